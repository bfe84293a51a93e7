import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createAdmin, type Addresses } from './admin.ts';
import { createDispatch, type Dispatch } from './dispatch.ts';
import { createClock, type ClockOrigin } from './engine/clock.ts';
import { createFaults } from './engine/faults.ts';
import { createJournal } from './engine/journal.ts';
import { createNetwork, type NetworkState } from './engine/network.ts';
import { createStateFile } from './engine/state.ts';
import { createImages } from './images.ts';
import { createIngress } from './ingress.ts';
import type { Engine } from './registration.ts';
import { answerRegistry } from './registry.ts';
import { createAcm } from './services/acm.ts';
import { createCloudWatch } from './services/cloudwatch.ts';
import { createMachines } from './services/ec2.ts';
import { createEcs } from './services/ecs.ts';
import { createElb } from './services/elb.ts';
import { createLogs } from './services/logs.ts';
import { createRoute53 } from './services/route53.ts';
import { createSns } from './services/sns.ts';
import { createSts } from './services/sts.ts';
import { createSink } from './sink.ts';
import type { WireRequest, WireResponse } from './wire/message.ts';

const ACCOUNT = '123456789012';
const REGION = 'eu-west-1';
/** Bytes; AWS takes far less for any of the calls served here. */
const LARGEST_BODY = 10 * 1024 * 1024;

export interface CloudOptions {
  /** Where AWS, admin endpoint, registry and ingress listen; tasks and balancers always stay on the loopback. @default '127.0.0.1' */
  host?: string;
  /** AWS, admin endpoint and registry; 0 takes a free port. */
  port: number;
  ingressHttpPort: number;
  ingressHttpsPort: number;
  /** Without it everything is forgotten at the end. */
  stateFile?: string;
  /** Cloud seconds in a real one. */
  speed: number;
  /** `A.B` of 127.A.B.*; without it a free one is chosen. */
  block?: string;
  log: Engine['log'];
}

export interface Cloud {
  addresses: Addresses;
  stop(): Promise<void>;
}

class TooLarge extends Error {}

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) throw new TooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const readRequest = async (request: IncomingMessage): Promise<WireRequest> => {
  const [path = '/', query = ''] = (request.url ?? '/').split('?');
  return {
    method: request.method ?? 'GET',
    path,
    query: new URLSearchParams(query),
    headers: request.headers,
    body: await readBody(request),
  };
};

const send = (response: ServerResponse, { status, headers, body }: WireResponse): void => {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
};

const listen = (server: Server, port: number, host = '127.0.0.1'): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
    });
  });

/** Brings up the whole cloud: what was saved first, then everything that listens or counts time. */
export const startCloud = async (options: CloudOptions): Promise<Cloud> => {
  const { stateFile: path, log } = options;
  const state = createStateFile(path);
  const saved = await state.read();
  const clock = createClock(options.speed);
  if (saved.clock !== undefined) clock.resume(saved.clock as ClockOrigin);
  const network = createNetwork(options.block);
  await network.open(saved.network as NetworkState | undefined);
  const journal = createJournal(path === undefined ? undefined : `${path}.journal`);
  await journal.load();

  const settings = { connectionDraining: true };
  const engine: Engine = { clock, network, account: ACCOUNT, region: REGION, settings, changed: state.changed, log };
  const faults = createFaults();
  const images = createImages();
  const sink = createSink();
  const ec2 = createMachines(engine);
  const elb = createElb(engine, ec2.machines);
  const route53 = createRoute53(engine, elb);
  const logs = createLogs(engine);
  const ecs = createEcs(engine, { machines: ec2.machines, balancers: elb.balancers, images, logs: logs.sink });
  const parts = [
    ec2,
    elb,
    route53,
    logs,
    ecs,
    createSts(engine),
    createAcm(engine),
    createSns(engine),
    createCloudWatch(engine),
  ];
  const services = parts.flatMap((part) => part.services);
  const persistents = services.flatMap(({ persistent }) => persistent ?? []);

  const remembered = [
    { key: 'clock', save: clock.origin, load: () => {} },
    { key: 'network', save: network.state, load: () => {} },
    { key: 'settings', save: () => settings, load: (data: unknown) => void Object.assign(settings, data) },
    { key: 'faults', save: faults.list, load: (data: unknown) => faults.load(data) },
    images,
    sink,
    ...persistents,
  ];
  for (const part of remembered) {
    if (saved[part.key] !== undefined) part.load(saved[part.key]);
    state.remember(part);
  }
  for (const part of persistents) await part.start();

  const ingress = createIngress(engine, { elb, route53 });
  const ports = await ingress.start({
    ...(options.host !== undefined && { host: options.host }),
    http: options.ingressHttpPort,
    https: options.ingressHttpsPort,
  });
  const addresses: Addresses = {
    url: '',
    ingressHttp: `http://127.0.0.1:${ports.http}`,
    ingressHttps: `https://127.0.0.1:${ports.https}`,
  };
  const save = (): Promise<void> => state.flush();
  const dispatch: Dispatch = createDispatch({ services, engine, journal, faults, save });
  const admin = createAdmin({
    engine,
    network,
    journal,
    faults,
    images,
    sink,
    ecs,
    elb,
    addresses: () => addresses,
    save,
  });

  const route = async (request: WireRequest): Promise<WireResponse | undefined> => {
    if (request.path.startsWith('/_wonderland/')) return admin(request);
    if (request.path === '/v2' || request.path.startsWith('/v2/')) {
      const response = answerRegistry(images, request);
      // A digest that was given away has to lead back to its tag after a restart too.
      await save();
      return response;
    }
    return dispatch(request);
  };
  const server = createServer((request, response) => {
    readRequest(request)
      .then(route)
      .then((answer) => {
        if (answer === undefined) request.socket.destroy();
        else send(response, answer);
      })
      .catch((error: unknown) => {
        const isTooLarge = error instanceof TooLarge;
        if (!isTooLarge) log('a request failed', { error: error instanceof Error ? error.stack : String(error) });
        const __type = isTooLarge ? 'RequestEntityTooLargeException' : 'InternalFailure';
        const message = isTooLarge ? 'The request is too large.' : 'An internal error occurred.';
        const headers = { 'content-type': 'application/json', connection: 'close' };
        send(response, { status: isTooLarge ? 413 : 500, headers, body: JSON.stringify({ __type, message }) });
      });
  });
  // SDKs keep connections; one that is closed under them costs a call.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  addresses.url = `http://127.0.0.1:${await listen(server, options.port, options.host)}`;
  await save();

  return {
    addresses,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await ingress.stop();
      await state.close();
      await journal.flush();
      for (const part of persistents.toReversed()) await part.stop();
      await network.shutdown();
      clock.stop();
    },
  };
};
