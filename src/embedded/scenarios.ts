import { WonderlandError, type ErrorCode } from '../domain/errors.ts';
import type { Client } from './installation.ts';
import type { LocalIo } from './commands.ts';

interface Playing {
  scenario: string;
  service: string;
  phase: string;
  shown: Record<string, number>;
  problem?: string;
}

interface Description {
  name: string;
  title: string;
  aws: string;
  seen: string[];
  undone: string;
}

const CODES: Record<number, ErrorCode> = { 400: 'usage', 404: 'not_found', 409: 'conflict' };

/** @throws WonderlandError in the local cloud's own words, or `unavailable` when it does not answer */
async function ask<T>({ awsEndpointUrl }: Client, method: string, path: string, body?: unknown): Promise<T> {
  const request = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await fetch(`${awsEndpointUrl}/_wonderland/${path}`, request).catch((error: unknown) => {
    throw new WonderlandError('unavailable', `The local cloud at ${awsEndpointUrl} does not answer`, {
      hint: 'See `wl local status`.',
      cause: error,
    });
  });
  const answer = (await response.json()) as T & { error?: string };
  if (response.ok) return answer;
  throw new WonderlandError(CODES[response.status] ?? 'internal', answer.error ?? `HTTP ${response.status}`);
}

const pathOf = (name: string): string => `scenarios/${encodeURIComponent(name)}`;

export async function listScenarios(client: Client, { out }: LocalIo): Promise<void> {
  const { scenarios, runs } = await ask<{ scenarios: { name: string; title: string }[]; runs: Playing[] }>(
    client,
    'GET',
    'scenarios',
  );
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  for (const { name, title } of scenarios) {
    out(`${name.padEnd(width)}  ${title}`);
    for (const run of runs.filter(({ scenario }) => scenario === name)) {
      out(
        `${' '.repeat(width)}  played on ${run.service}: ${run.problem ?? (Object.keys(run.shown).join('; ') || run.phase)}`,
      );
    }
  }
}

export async function runScenario(
  client: Client,
  name: string,
  options: { service?: string; deploy?: boolean },
  { out, err }: LocalIo,
): Promise<void> {
  const { service } = await ask<Playing>(client, 'POST', pathOf(name), options);
  const { title, aws, seen } = await ask<Description>(client, 'GET', pathOf(name));
  out(`${name} is played on ${service}: ${title}.`);
  err(aws);
  err('Look for:');
  for (const line of seen) err(`  ${line}`);
  err(`Hint: \`wl local scenario stop ${name}\` undoes it.`);
}

/** False when something of it could not be undone. */
export async function stopScenario(client: Client, name: string, { out, err }: LocalIo): Promise<boolean> {
  const { undone, left } = await ask<{ undone: string[]; left: string[] }>(client, 'DELETE', pathOf(name));
  for (const line of undone) out(line);
  for (const line of left) err(`Warning: not undone: ${line}`);
  out(`${name} is over.`);
  return left.length === 0;
}
