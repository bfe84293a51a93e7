import { FAULT_KINDS, type ImageBehaviour } from './engine/contract.ts';
import type { Faults, NewFault } from './engine/faults.ts';
import type { Journal } from './engine/journal.ts';
import type { LoopbackNetwork } from './engine/network.ts';
import type { Images } from './images.ts';
import type { Engine } from './registration.ts';
import type { Sink } from './sink.ts';
import type { WireRequest, WireResponse } from './wire/message.ts';
import type { World } from './world.ts';

/** Where the cloud is reached. */
export interface Addresses {
  url: string;
  ingressHttp: string;
  ingressHttps: string;
}

interface Ports {
  engine: Pick<Engine, 'clock' | 'settings' | 'log'>;
  worlds: ReadonlyMap<string, World>;
  network: LoopbackNetwork;
  journal: Journal;
  faults: Faults;
  images: Images;
  sink: Sink;
  /** With a stepped clock. */
  advance?: (milliseconds: number) => Promise<void>;
  addresses(): Addresses;
  save(): Promise<void>;
}

class AdminError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const respond = (status: number, body: unknown): WireResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

const parse = (body: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(body === '' ? '{}' : body);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Answered below, with the other kinds of wrong bodies.
  }
  throw new AdminError(400, 'the body has to be a JSON object');
};

const text = (body: Record<string, unknown>, key: string): string => {
  const value = body[key];
  if (typeof value !== 'string' || value === '') throw new AdminError(400, `${key} has to be a text`);
  return value;
};

/** A number within bounds that may be left out. */
const optionalNumber = (
  body: Record<string, unknown>,
  key: string,
  least: number,
  most = Infinity,
): Record<string, number> => {
  const value = body[key];
  if (value === undefined) return {};
  if (typeof value !== 'number' || !(value >= least && value <= most)) {
    throw new AdminError(400, `${key} has to be a number from ${least} to ${most}`);
  }
  return { [key]: value };
};

const readFault = (body: Record<string, unknown>): NewFault => {
  const kind = FAULT_KINDS.find((one) => one === body.kind);
  if (kind === undefined) throw new AdminError(400, `kind has to be one of ${FAULT_KINDS.join(', ')}`);
  if (body.count !== undefined && !(Number.isInteger(body.count) && (body.count as number) >= 1)) {
    throw new AdminError(400, 'count has to be a positive integer');
  }
  const isLasting = body.probability !== undefined || body.forSeconds !== undefined || kind === 'stale-read';
  return {
    kind,
    service: text(body, 'service'),
    operation: text(body, 'operation'),
    ...(body.resource === undefined ? {} : { resource: text(body, 'resource') }),
    ...(body.account === undefined ? {} : { account: text(body, 'account') }),
    // What says neither how often nor how long happens once.
    ...(body.count === undefined && isLasting ? {} : { count: (body.count as number | undefined) ?? 1 }),
    ...optionalNumber(body, 'probability', 0, 1),
    ...optionalNumber(body, 'seconds', 0, 3600),
    ...optionalNumber(body, 'afterSeconds', 0),
    ...optionalNumber(body, 'forSeconds', 0),
  };
};

const BEHAVIOUR = {
  exists: 'boolean',
  startDelaySeconds: 'number',
  neverStarts: 'boolean',
  crashAfterSeconds: 'number',
  exitCode: 'number',
  healthStatus: 'number',
  requestSeconds: 'number',
  cpuPercent: 'number',
} as const satisfies Record<keyof ImageBehaviour, string>;

const readBehaviour = (body: Record<string, unknown>): Partial<ImageBehaviour> => {
  const { repository: _repository, tag: _tag, ...behaviour } = body;
  for (const [key, value] of Object.entries(behaviour)) {
    const type = Object.hasOwn(BEHAVIOUR, key) ? BEHAVIOUR[key as keyof ImageBehaviour] : undefined;
    if (type === undefined) throw new AdminError(400, `${key} is nothing an image does`);
    if (typeof value !== type) throw new AdminError(400, `${key} has to be a ${type}`);
  }
  return behaviour;
};

const SWITCHES = ['connectionDraining', 'strict', 'rolloutStateBehindClassic', 'dnsPending'] as const;
type Switch = (typeof SWITCHES)[number];

type Handler = (body: () => Record<string, unknown>, request: WireRequest, rest: string) => unknown;

/** `/_wonderland/…`: what a person or a test may see and do that AWS has no call for. */
export const createAdmin = (ports: Ports): ((request: WireRequest) => Promise<WireResponse>) => {
  const { engine, worlds, network, journal, faults, images, sink, addresses, save } = ports;
  const everyWorld = [...worlds.values()];

  const balancers = () =>
    everyWorld
      .flatMap(({ elb }) => elb.list())
      .map(({ settings }) => ({
        name: settings.name,
        dnsName: settings.dnsName,
        address: settings.address,
        listeners: settings.listeners.map(({ protocol, loadBalancerPort }) => {
          const bound = network.resolve(settings.address, loadBalancerPort);
          return { port: loadBalancerPort, protocol, host: bound?.host, boundPort: bound?.port };
        }),
      }));
  const readJournal = (query: URLSearchParams) => {
    const service = query.get('service');
    const operation = query.get('operation');
    const entries = journal.entries({
      after: Number(query.get('after') ?? 0),
      ...(service === null ? {} : { service }),
      ...(operation === null ? {} : { operation }),
      ...(query.has('mutating') ? { mutating: query.get('mutating') === 'true' } : {}),
    });
    return { entries, last: journal.last() };
  };
  const missingTask = (): never => {
    throw new AdminError(404, 'there is no such task');
  };
  /** Account of an ARN: `arn:aws:ecs:eu-west-1:123456789012:task/…`. */
  const worldOf = (arn: string): World => worlds.get(arn.split(':')[4] ?? '') ?? missingTask();

  const handlers: Record<string, Handler> = {
    'GET health': () => ({
      status: 'ok',
      speed: engine.clock.speed,
      cloudTime: engine.clock.now(),
      block: network.block,
      ...addresses(),
    }),
    'GET journal': (_body, { query }) => readJournal(query),
    'GET faults': () => ({ faults: faults.list() }),
    'POST faults': (body) => ({ id: faults.add(readFault(body())).id }),
    'DELETE faults': (_body, _request, id) => {
      if (id === '') faults.clear();
      else if (!faults.remove(id)) throw new AdminError(404, `there is no fault ${id}`);
      return {};
    },
    'GET tasks': () => ({ tasks: everyWorld.flatMap(({ ecs }) => ecs.report()) }),
    'POST tasks/kill-listener': async (body) =>
      (await worldOf(text(body(), 'taskArn')).ecs.killListener(text(body(), 'taskArn'))) ? {} : missingTask(),
    'POST tasks/crash': (body) => {
      const { exitCode = 1, ...rest } = body();
      if (typeof exitCode !== 'number') throw new AdminError(400, 'exitCode has to be a number');
      const taskArn = text(rest, 'taskArn');
      return worldOf(taskArn).ecs.crash(taskArn, exitCode) ? {} : missingTask();
    },
    'GET balancers': () => ({ balancers: balancers() }),
    'GET images': () => images.list(),
    'PUT images': (body) => {
      const image = body();
      images.script({ repository: text(image, 'repository'), tag: text(image, 'tag') }, readBehaviour(image));
      return images.list();
    },
    'GET speed': () => ({ speed: engine.clock.speed }),
    'PUT speed': (body) => {
      const { speed } = body();
      if (typeof speed !== 'number' || !(speed > 0 && speed <= 1000)) {
        throw new AdminError(400, 'speed has to be a number above 0, at most 1000');
      }
      engine.clock.setSpeed(speed);
      return { speed };
    },
    'GET settings': () => engine.settings,
    'PUT settings': (body) => {
      for (const [key, value] of Object.entries(body())) {
        if (!SWITCHES.includes(key as Switch)) throw new AdminError(400, `${key} is no setting that can be changed`);
        if (typeof value !== 'boolean') throw new AdminError(400, `${key} has to be a boolean`);
        engine.settings[key as Switch] = value;
      }
      return engine.settings;
    },
    'POST clock/advance': async (body) => {
      const { seconds } = body();
      if (ports.advance === undefined)
        throw new AdminError(409, 'the clock runs by itself: start the cloud with --speed stepped');
      if (typeof seconds !== 'number' || !(seconds >= 0)) throw new AdminError(400, 'seconds has to be a number');
      await ports.advance(seconds * 1000);
      return { cloudTime: engine.clock.now() };
    },
    'GET buckets': () => ({
      buckets: everyWorld.flatMap(({ engine: { account }, throttle }) =>
        throttle.levels().map((level) => ({ account, ...level })),
      ),
    }),
    'PUT buckets': (body) => {
      const given = body();
      const size = { ...optionalNumber(given, 'burst', 1), ...optionalNumber(given, 'refill', 0) };
      if (size.burst === undefined || size.refill === undefined)
        throw new AdminError(400, 'burst and refill are needed');
      const wanted = everyWorld.filter(
        ({ engine: { account } }) => given.account === undefined || given.account === account,
      );
      const { burst, refill } = size;
      const done = wanted.map(({ throttle }) =>
        throttle.resize(text(given, 'service'), text(given, 'name'), { burst, refill }),
      );
      if (!done.some(Boolean)) throw new AdminError(404, 'there is no such bucket');
      return {};
    },
    'GET sink': () => ({ received: sink.list() }),
  };

  const find = (method: string, path: string): { handler: Handler; rest: string } => {
    const exact = handlers[`${method} ${path}`];
    if (exact !== undefined) return { handler: exact, rest: '' };
    const [first = '', ...more] = path.split('/');
    if (method === 'POST' && first === 'sink') {
      const take: Handler = (_body, { body }) => {
        sink.take({ path: `/${more.join('/')}`, time: engine.clock.now(), body });
        return {};
      };
      return { handler: take, rest: '' };
    }
    if (method === 'DELETE' && first === 'faults' && handlers['DELETE faults'] !== undefined) {
      return { handler: handlers['DELETE faults'], rest: more.join('/') };
    }
    throw new AdminError(404, `${method} ${path} is no admin endpoint`);
  };

  return async (request) => {
    try {
      const path = request.path.replace(/^\/_wonderland\//, '').replace(/\/$/, '');
      const { handler, rest } = find(request.method, path);
      const answer = await handler(() => parse(request.body), request, rest);
      if (request.method !== 'GET') await save();
      return respond(200, answer);
    } catch (error) {
      if (error instanceof AdminError) return respond(error.status, { error: error.message });
      engine.log('an admin call failed', { error: (error as Error).stack });
      return respond(500, { error: 'internal error' });
    }
  };
};
