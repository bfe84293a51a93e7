import { createServer, type Server, type ServerResponse } from 'node:http';
import type { ImageBehaviour } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';

/** What a container says about itself on every path. */
interface Identity {
  service?: string;
  family: string;
  revision: number;
  taskArn: string;
  deployment?: string;
  image: string;
  instance: string;
  hostPort: number;
  version: string;
}

interface RunningContainer {
  address: string;
  /** As scripted now: what is changed takes effect with the next request. */
  behaviour(): Pick<ImageBehaviour, 'healthStatus' | 'requestSeconds'>;
  identity: Omit<Identity, 'hostPort'>;
  hostPorts: number[];
  /** A line on the container's stdout. */
  print(line: string): void;
  /** A request that costs CPU has come in. */
  served(): void;
}

/** A container that is up. */
export interface Listening {
  listening(): { host: string; port: number }[];
  /** Answers on all of its ports, as far as a health check inside the container can tell. */
  isUp(): boolean;
  /** SIGTERM: takes nothing new, ends what is open; after so many cloud milliseconds connections are cut. True when all ended by itself. */
  terminate(graceMilliseconds: number): Promise<boolean>;
  /** Gone at once, connections cut. */
  kill(): Promise<void>;
}

/** Longer waits of `?seconds=` are cut to this, so that nothing hangs for ever. */
const LONGEST_REQUEST_SECONDS = 600;

const isProbe = (userAgent: string | undefined): boolean => userAgent?.startsWith('ELB-HealthChecker') === true;
const isHealthPath = (path: string): boolean => /\/health/i.test(path);

const secondsOf = (query: URLSearchParams, byDefault: number): number => {
  const asked = Number(query.get('seconds') ?? byDefault);
  return Number.isFinite(asked) ? Math.min(Math.max(asked, 0), LONGEST_REQUEST_SECONDS) : byDefault;
};

/** Without a data plane nothing listens; probes are told what they would see. */
export const pretendContainer = (
  { network }: Engine,
  { address, hostPorts, behaviour }: Pick<RunningContainer, 'address' | 'hostPorts' | 'behaviour'>,
): Listening => {
  let isThere = true;
  for (const port of hostPorts) network.pretend(address, port, () => behaviour().healthStatus);
  const leave = (): void => {
    if (isThere) for (const port of hostPorts) network.pretend(address, port, undefined);
    isThere = false;
  };
  return {
    listening: () => [],
    isUp: () => isThere,
    terminate: async () => {
      leave();
      return true;
    },
    kill: async () => leave(),
  };
};

/** One HTTP server per host port on the instance's loopback address. */
export const startContainer = async ({ network, clock }: Engine, container: RunningContainer): Promise<Listening> => {
  const { address, behaviour, identity, hostPorts, print, served } = container;
  const servers = new Map<number, Server>();
  let isStopping = false;

  const answer = (response: ServerResponse, status: number, body: unknown): void => {
    // A client that would use the connection again must not meet a closed one.
    if (isStopping) response.setHeader('connection', 'close');
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const serve = (hostPort: number): Server => {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://task');
      const probe = isProbe(request.headers['user-agent']);
      const isHealth = probe || isHealthPath(url.pathname);
      const { healthStatus, requestSeconds } = behaviour();
      const status = isHealth ? healthStatus : 200;
      const seconds = secondsOf(url.searchParams, isHealth ? 0 : requestSeconds);
      if (!probe) served();
      const finish = (): void => {
        if (!probe) print(`${request.method ?? ''} ${url.pathname} ${status}`);
        answer(response, status, { ...identity, hostPort });
      };
      request.resume();
      if (seconds === 0) finish();
      else setTimeout(finish, seconds * 1000);
    });
    // Only its clients end idle connections: a server that does so races with the next request.
    server.keepAliveTimeout = 0;
    server.requestTimeout = 0;
    return server;
  };
  const closeAll = (): Promise<void[]> =>
    Promise.all(
      [...servers].map(([port, server]) => {
        const closed = network.close(address, port);
        server.closeIdleConnections();
        return closed;
      }),
    );

  try {
    for (const hostPort of hostPorts) {
      const server = serve(hostPort);
      await network.listen(server, address, hostPort);
      servers.set(hostPort, server);
    }
  } catch (error) {
    await closeAll();
    throw error;
  }

  return {
    listening: () =>
      [...servers.keys()].flatMap((port) => {
        const bound = network.resolve(address, port);
        return bound === undefined ? [] : [bound];
      }),
    isUp: () => !isStopping,
    terminate: async (graceMilliseconds) => {
      isStopping = true;
      let isGraceful = true;
      const cancel = clock.after(graceMilliseconds, () => {
        isGraceful = false;
        for (const server of servers.values()) server.closeAllConnections();
      });
      await closeAll();
      cancel();
      return isGraceful;
    },
    kill: async () => {
      isStopping = true;
      const closed = closeAll();
      for (const server of servers.values()) server.closeAllConnections();
      await closed;
    },
  };
};
