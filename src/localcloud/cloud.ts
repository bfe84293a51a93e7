import { createServer, type Server } from 'node:http';
import { createAdmin } from './admin/endpoint.ts';
import type { Addresses } from './admin/ports.ts';
import { createStage } from './admin/stage.ts';
import { ACCOUNTS } from './auth/accounts.ts';
import { createDispatch, type Dispatch } from './dispatch.ts';
import { createClock, type ClockOrigin, type ScaledClock } from './engine/clock.ts';
import { createFaults } from './engine/faults.ts';
import { createJournal } from './engine/journal.ts';
import { createNetwork, type NetworkState } from './engine/network.ts';
import { createRandom } from './engine/random.ts';
import { createStateFile } from './engine/state.ts';
import { createVirtualClock, type VirtualClock } from './engine/virtual-clock.ts';
import { createImages } from './images.ts';
import { createIngress } from './ingress.ts';
import { createPerform } from './perform.ts';
import type { Engine } from './registration.ts';
import { answerRegistry } from './registry.ts';
import { newSettings } from './settings.ts';
import { createSink } from './sink.ts';
import { answerSnsCertificate, SNS_CERTIFICATE_PATH } from './sns-certificate.ts';
import { serveWire } from './wire/http.ts';
import type { WireRequest, WireResponse } from './wire/message.ts';
import { createWorld, type World } from './world.ts';

const REGION = 'eu-west-1';

export interface CloudOptions {
  /** Where AWS, admin endpoint, registry and ingress listen; tasks and balancers always stay on the loopback. @default '127.0.0.1' */
  host?: string;
  /** AWS, admin endpoint and registry; 0 takes a free port. */
  port: number;
  ingressHttpPort: number;
  ingressHttpsPort: number;
  /** Without it everything is forgotten at the end. */
  stateFile?: string;
  /** Cloud seconds in a real one; `stepped`: time passes only when the admin endpoint says so. */
  speed: number | 'stepped';
  /** Throttle buckets and quotas of AWS apply. @default false */
  strict?: boolean;
  /** False: nothing but the AWS port listens. @default true */
  dataPlane?: boolean;
  /** The same seed gives the same ids and choices. */
  seed?: number;
  /** `A.B` of 127.A.B.*; without it a free one is chosen. */
  block?: string;
  log: Engine['log'];
}

export interface Cloud {
  addresses: Addresses;
  /** Present with a stepped clock. */
  advance?: VirtualClock['advance'];
  stop(): Promise<void>;
}

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
  const { stateFile: path, log, seed } = options;
  const state = createStateFile(path);
  const saved = await state.read();
  const random = createRandom(seed);
  const stepped = options.speed === 'stepped' ? createVirtualClock() : undefined;
  const scaled: ScaledClock | undefined = options.speed === 'stepped' ? undefined : createClock(options.speed);
  if (saved.clock !== undefined) scaled?.resume(saved.clock as ClockOrigin);
  const clock = stepped ?? scaled ?? createClock(1);
  const network = createNetwork(options.block);
  await network.open(saved.network as NetworkState | undefined);
  const journal = createJournal(path === undefined ? undefined : `${path}.journal`);
  await journal.load();

  const settings = newSettings({ strict: options.strict ?? false, dataPlane: options.dataPlane ?? true });
  const faults = createFaults(random, clock.now);
  const perform = createPerform(faults, clock.now);
  const images = createImages();
  const sink = createSink();
  const endpoint = (): string => addresses.url;
  const common = { clock, network, random, region: REGION, settings, endpoint, changed: state.changed, log };
  const worlds = new Map<string, World>(
    ACCOUNTS.map(({ id, domain }) => [id, createWorld({ ...common, account: id, domain }, { images })]),
  );
  const everyWorld = [...worlds.values()];
  const stage = createStage({ engine: common, worlds, network, journal, faults, perform, images });
  const persistents = [
    ...everyWorld.flatMap((world) =>
      world.persistents.map((part) => ({ ...part, key: `${world.engine.account}/${part.key}` })),
    ),
    ...stage.persistents,
  ];

  const remembered = [
    { key: 'clock', save: () => scaled?.origin(), load: () => {} },
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

  const ingress = createIngress(common, everyWorld);
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
  const advance = stepped && ((milliseconds: number): Promise<void> => stage.pass(milliseconds, stepped.advance));
  const dispatch: Dispatch = createDispatch({ engine: common, random, worlds, journal, faults, perform, save });
  const admin = createAdmin({
    engine: common,
    worlds,
    network,
    journal,
    faults,
    images,
    sink,
    stage,
    ...(advance === undefined ? {} : { advance }),
    addresses: () => addresses,
    save,
  });

  const route = async (request: WireRequest): Promise<WireResponse | undefined> => {
    if (request.path === SNS_CERTIFICATE_PATH) return answerSnsCertificate(worlds, request);
    if (/^\/_wonderland(\/|$)/.test(request.path)) return admin(request);
    if (request.path === '/v2' || request.path.startsWith('/v2/')) {
      const response = answerRegistry({ images, registries: everyWorld.map(({ ecr }) => ecr) }, request);
      // A digest that was given away has to lead back to its tag after a restart too.
      await save();
      return response;
    }
    return dispatch(request);
  };
  const server = createServer(serveWire(route, { log, random }));
  // SDKs keep connections; one that is closed under them costs a call.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  addresses.url = `http://127.0.0.1:${await listen(server, options.port, options.host)}`;
  await save();

  return {
    addresses,
    ...(advance === undefined ? {} : { advance }),
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
