import { Agent, request as httpRequest } from 'node:http';

/** People who use a service, all at once: on connections they keep or on fresh ones, some with slow requests. */
export interface Load {
  /** Requests answered, or failed, so far. */
  sent: () => number;
  /** Whether a version has answered. */
  sees: (version: string) => boolean;
  /** Ends after the requests under way, and not before there were so many. */
  stop: (options?: { atLeast?: number }) => Promise<LoadReport>;
}

export interface LoadReport {
  requests: number;
  /** Of them, those that asked for an answer after 3 s. */
  slow: number;
  /** Of them, those that went over a connection which had carried another before. */
  reused: number;
  /** One line each. */
  failures: string[];
  /** Version (image tag) → answers of it. */
  versions: Record<string, number>;
}

export interface LoadOptions {
  /** Requests under way at most. @default 12 */
  clients?: number;
  /** What a client rests between two requests; leaves the machine room for the cloud. @default 5 */
  pauseMilliseconds?: number;
}

const SLOW_SECONDS = 3;
/** Longer than anything a request may wait for. */
const PATIENCE_MILLISECONDS = 30_000;

/** Where clients connect to: the ingress, or a load balancer itself by an address that they have resolved before. */
export interface Place {
  host: string;
  port: number;
}

export const ingressOf = ({ ingressUrl }: { ingressUrl: string }): Place => {
  const { hostname, port } = new URL(ingressUrl);
  return { host: hostname, port: Number(port) };
};

/** Uses the service `name` at a place until it is stopped. */
export function startLoad(place: Place, name: string, options: LoadOptions = {}): Load {
  const { clients = 12, pauseMilliseconds = 5 } = options;
  const report: LoadReport = { requests: 0, slow: 0, reused: 0, failures: [], versions: {} };
  const kept = new Agent({ keepAlive: true });
  let wanted = Infinity;

  const use = async (client: number, turn: number): Promise<void> => {
    // Every fourth client is slow, every second keeps its connections, so there are all four kinds.
    const isSlow = client % 8 === 0 || client % 8 === 5;
    const path = isSlow ? `/?seconds=${SLOW_SECONDS}` : `/${client}/${turn}`;
    const since = Date.now();
    try {
      const { status, body, reused } = await get({ ...place, name, path, agent: client % 2 === 0 ? kept : undefined });
      if (status !== 200) throw new Error(`status ${status}`);
      const { version } = JSON.parse(body) as { version: string };
      report.versions[version] = (report.versions[version] ?? 0) + 1;
      if (isSlow) report.slow += 1;
      if (reused) report.reused += 1;
    } catch (error) {
      const seconds = (Date.now() - since) / 1000;
      report.failures.push(`${new Date().toISOString()} ${path} after ${seconds} s: ${(error as Error).message}`);
    }
    report.requests += 1;
  };
  const ended = Array.from({ length: clients }, async (_, client) => {
    for (let turn = 0; report.requests < wanted; turn += 1) {
      await use(client, turn);
      await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
    }
  });

  return {
    sent: () => report.requests,
    sees: (version) => report.versions[version] !== undefined,
    stop: async ({ atLeast = 0 } = {}) => {
      wanted = atLeast;
      await Promise.all(ended);
      kept.destroy();
      return report;
    },
  };
}

interface Asked extends Place {
  name: string;
  path: string;
  /** Without one the connection is fresh and closed after the answer. */
  agent: Agent | undefined;
}

const get = ({ port, host, name, path, agent }: Asked): Promise<{ status: number; body: string; reused: boolean }> =>
  new Promise((resolve, reject) => {
    const options = { host, port, path, headers: { host: name }, agent: agent ?? false };
    const request = httpRequest(options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body, reused: request.reusedSocket }));
    });
    request.setTimeout(PATIENCE_MILLISECONDS, () => request.destroy(new Error('no answer')));
    request.once('error', reject).end();
  });
