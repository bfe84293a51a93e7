/**
 * The way in from outside: what a browser or curl would reach by DNS. A request's Host is resolved through the zones
 * of Route 53 to a load balancer, and handed to its listener of the same scheme.
 */
import {
  Agent,
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { Agent as SecureAgent, createServer as createHttpsServer, type Server as SecureServer } from 'node:https';
import { createSecureContext, type SecureContext } from 'node:tls';
import { forward } from './proxy/forward.ts';
import type { Engine } from './registration.ts';
import type { Listener, Protocol } from './services/elb/model.ts';
import { normalizeName } from './services/route53/names.ts';
import type { World } from './world.ts';

/** Connections to balancers are given up long before a balancer would, so that no request meets a closing one. */
const IDLE_MILLISECONDS = 5_000;

/** Accounts a name may lead through. */
const MOST_HOPS = 4;

export interface Ingress {
  /** Listens on `host`, by default 127.0.0.1; port 0 takes a free one. Answers the ports. */
  start(where: { host?: string; http: number; https: number }): Promise<{ http: number; https: number }>;
  stop(): Promise<void>;
}

type Scheme = 'http' | 'https';

const PROTOCOLS: Record<Scheme, readonly Protocol[]> = { http: ['HTTP', 'TCP'], https: ['HTTPS', 'SSL'] };
const PORTS: Record<Scheme, number> = { http: 80, https: 443 };

/** Where a host leads to in one account. */
type Way = Pick<World, 'engine' | 'elb' | 'route53'>;

/** Accounts have zones of their own; a host belongs to the one whose zone's name is the longest it ends with. */
const wayOf = (ways: readonly Way[], host: string): Way | undefined =>
  ways
    .filter(({ route53 }) => route53.zoneFor(host) !== undefined)
    .toSorted((a, b) => (b.route53.zoneFor(host)?.length ?? 0) - (a.route53.zoneFor(host)?.length ?? 0))[0] ?? ways[0];

/** Names come back from DNS in its own spelling. */
const isSame = (name: string, other: string): boolean => normalizeName(name) === normalizeName(other);

/** DNS is one for all accounts: what ends in one's zone may go on in another's. */
const resolve = (ways: readonly Way[], host: string): string => {
  let name = host;
  for (let hop = 0; hop < MOST_HOPS; hop += 1) {
    const next = wayOf(ways, name)?.route53.resolve(name) ?? name;
    if (isSame(next, name)) return next;
    name = next;
  }
  return name;
};

export const createIngress = ({ network }: Pick<Engine, 'network'>, ways: readonly Way[]): Ingress => {
  const options = { keepAlive: true, timeout: IDLE_MILLISECONDS };
  const plainAgent = new Agent(options);
  const secureAgent = new SecureAgent({ ...options, rejectUnauthorized: false });
  let servers: (Server | SecureServer)[] = [];
  /** What each account shows for the hosts in its zones. */
  const contexts = new Map<Way, SecureContext>();

  const serve = (scheme: Scheme) => (request: IncomingMessage, response: ServerResponse) => {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    const name = resolve(ways, host).replace(/\.$/, '');
    const balancer = ways.flatMap(({ elb }) => elb.findByDnsName(name) ?? [])[0];
    if (balancer === undefined) {
      const how = isSame(name, host) ? 'no record' : `a record that leads to ${name}, which is no load balancer`;
      refuse(request, response, `The host '${host}' has ${how}.`);
      return;
    }
    const listener = chooseListener(balancer.settings.listeners, scheme);
    if (listener === undefined) {
      refuse(request, response, `The load balancer ${balancer.settings.name} has no listener for ${scheme}.`);
      return;
    }
    const place = network.resolve(balancer.settings.address, listener.loadBalancerPort);
    if (place === undefined) {
      refuse(request, response, `The load balancer ${balancer.settings.name} does not listen.`);
      return;
    }
    const tls = listener.protocol === 'HTTPS' || listener.protocol === 'SSL';
    forward(request, response, { ...place, tls, agent: tls ? secureAgent : plainAgent });
  };

  return {
    start: async ({ host = '127.0.0.1', http: httpPort, https: httpsPort }) => {
      const http = createHttpServer(serve('http'));
      const SNICallback = (name: string, answer: (error: null, context: SecureContext | undefined) => void): void => {
        const way = wayOf(ways, name);
        answer(null, way && contexts.get(way));
      };
      for (const way of ways) contexts.set(way, createSecureContext(way.elb.certificate()));
      const https = createHttpsServer({ ...ways[0]?.elb.certificate(), SNICallback }, serve('https'));
      servers = [http, https];
      return { http: await listen(http, httpPort, host), https: await listen(https, httpsPort, host) };
    },
    stop: async () => {
      for (const server of servers) {
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeAllConnections();
        await closed;
      }
      plainAgent.destroy();
      secureAgent.destroy();
    },
  };
};

/** The listener of the scheme, on its usual port if there are several; else the only one there is. */
export const chooseListener = <L extends Pick<Listener, 'protocol' | 'loadBalancerPort'>>(
  listeners: readonly L[],
  scheme: Scheme,
): L | undefined => {
  const fitting = PROTOCOLS[scheme].flatMap((protocol) =>
    listeners.filter((listener) => listener.protocol === protocol),
  );
  const usual = fitting.find((listener) => listener.loadBalancerPort === PORTS[scheme]);
  return usual ?? fitting[0] ?? (listeners.length === 1 ? listeners[0] : undefined);
};

const refuse = (request: IncomingMessage, response: ServerResponse, message: string): void => {
  request.resume();
  const body = JSON.stringify({ error: 'no_such_host', message });
  response.writeHead(404, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
};

/** No time limits: a client's idle connection is closed by the client, never under its feet. */
const listen = (server: Server | SecureServer, port: number, host: string): Promise<number> => {
  server.keepAliveTimeout = 0;
  server.headersTimeout = 0;
  server.requestTimeout = 0;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
};
