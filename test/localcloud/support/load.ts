/** People who use a service: some on connections they keep, some on fresh ones, some with slow requests. */
import { Agent } from 'node:http';
import { ask } from './http.ts';

export interface Load {
  /** Ends after the requests that are under way. */
  stop(): Promise<LoadReport>;
}

export interface LoadReport {
  requests: number;
  /** One line each. */
  failures: string[];
  /** Version (image tag) → answers of it. */
  versions: Record<string, number>;
}

const CLIENTS = 12;
/** Every so many clients asks slowly, all the time. */
const SLOW_CLIENTS = 4;
const SLOW_SECONDS = 3;

export const startLoad = (port: number, host: string): Load => {
  const report: LoadReport = { requests: 0, failures: [], versions: {} };
  const kept = new Agent({ keepAlive: true });
  let isOver = false;

  const request = async (client: number, turn: number): Promise<void> => {
    const path = client % SLOW_CLIENTS === 0 ? `/?seconds=${SLOW_SECONDS}` : `/${client}/${turn}`;
    const since = Date.now();
    try {
      const { status, body } = await ask(port, { host, path, ...(client % 2 === 0 ? {} : { agent: kept }) });
      if (status !== 200) throw new Error(`status ${status}`);
      const { version } = JSON.parse(body) as { version: string };
      report.versions[version] = (report.versions[version] ?? 0) + 1;
    } catch (error) {
      const seconds = (Date.now() - since) / 1000;
      report.failures.push(`${new Date().toISOString()} ${path} after ${seconds} s: ${(error as Error).message}`);
    }
    report.requests += 1;
  };

  const clients = Array.from({ length: CLIENTS }, async (_, client) => {
    for (let turn = 0; !isOver; turn += 1) {
      await request(client, turn);
      // Leaves the machine room for the cloud, which shares its two cores with everything else.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  });

  return {
    stop: async () => {
      isOver = true;
      await Promise.all(clients);
      kept.destroy();
      return report;
    },
  };
};
