import type { Client } from './installation.ts';
import type { StatusReport } from './stack.ts';

/** Where everything is, for people. */
export const formatUrls = (client: Client): string[] => [
  `Temporal Web UI  ${client.webUiUrl}`,
  `Temporal         ${client.temporalAddress}`,
  `AWS endpoint     ${client.awsEndpointUrl}`,
  `Local cloud      ${client.awsEndpointUrl}/_wonderland/`,
  `Wonderland API   ${client.apiUrl}`,
  `Ingress          ${client.ingressUrl}  ${client.ingressHttpsUrl}`,
];

export function formatStatus({ running, stateDir, speed, parts }: StatusReport): string[] {
  const rows = parts.map(({ part, state, pid, restarts, url }) => [
    part,
    state,
    pid === undefined ? '-' : String(pid),
    String(restarts),
    url || '-',
  ]);
  const table = [['PART', 'STATE', 'PID', 'RESTARTS', 'URL'], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [running ? `Running in ${stateDir}, clock at speed ${speed}` : `Not running in ${stateDir}`, ...lines];
}
