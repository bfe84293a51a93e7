/** ECS without the wire and without the other services: as many machines as wanted, balancers that obey, stepped time. */
import { newSettings } from '../../../src/localcloud/settings.ts';
import type { Balancers, CallContext, Machine, Params } from '../../../src/localcloud/engine/contract.ts';
import { createRandom } from '../../../src/localcloud/engine/random.ts';
import { createVirtualClock } from '../../../src/localcloud/engine/virtual-clock.ts';
import { createImages } from '../../../src/localcloud/images.ts';
import type { Engine } from '../../../src/localcloud/registration.ts';
import { createEcs } from '../../../src/localcloud/services/ecs.ts';
import type { ContainerInstance, Service, Task } from '../../../src/localcloud/services/ecs/model.ts';

const ZONES = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'];
/** What AWS takes from a registration to the first check that passes. */
const IN_SERVICE_AFTER = 10_000;

const context: CallContext = {
  requestId: 'test',
  account: '123456789012',
  region: 'eu-west-1',
  accessKeyId: 'AKIAWONDERLANDLOCAL1',
  userName: 'wonderland',
};

/** Every balancer exists, and finds what is registered healthy after a while. */
const createBalancers = (now: () => number): Balancers => {
  const registered = new Map<string, number>();
  const key = (name: string, instanceId: string): string => `${name}/${instanceId}`;
  return {
    isAllowed: () => true,
    exists: () => true,
    register: (name, id) => void registered.set(key(name, id), now()),
    deregister: (name, id) => void registered.delete(key(name, id)),
    isRegistered: (name, id) => registered.has(key(name, id)),
    isDraining: () => false,
    health: (name, id) => {
      const since = registered.get(key(name, id));
      const isIn = since !== undefined && now() - since >= IN_SERVICE_AFTER;
      return isIn
        ? { state: 'InService', reasonCode: 'N/A', description: 'N/A' }
        : { state: 'OutOfService', reasonCode: 'ELB', description: 'Instance registration is still in progress.' };
    },
  };
};

interface Options {
  seed?: number;
  machines?: number;
  instanceType?: string;
}

export const startEcs = async ({ seed = 1, machines: count = 4, instanceType = 'm5.large' }: Options = {}) => {
  const clock = createVirtualClock();
  const random = createRandom(seed);
  const errors: string[] = [];
  const machines = new Map<string, Machine>();
  const listeners: ((machine: Machine) => void)[] = [];
  for (let i = 0; i < count; i += 1) {
    const instanceId = `i-${String(i).padStart(8, '0')}`;
    machines.set(instanceId, {
      instanceId,
      instanceType,
      availabilityZone: ZONES[i % ZONES.length] ?? '',
      privateIpAddress: `10.0.0.${i}`,
      address: `instance-${i}`,
      state: 'running',
    });
  }
  const engine: Engine = {
    clock,
    random,
    network: {
      allocate: () => '',
      listen: () => Promise.resolve(),
      close: () => Promise.resolve(),
      resolve: () => undefined,
      release: () => undefined,
      pretend: () => undefined,
      pretended: () => 200,
    },
    account: context.account,
    region: context.region,
    domain: 'example.com',
    endpoint: () => '',
    settings: newSettings({ dataPlane: false }),
    changed: () => undefined,
    log: (message, fields) => void errors.push(`${message} ${JSON.stringify(fields)}`),
  };
  const images = createImages();
  const ecs = createEcs(engine, {
    machines: {
      get: (id) => machines.get(id),
      list: () => [...machines.values()],
      onState: (listener) => void listeners.push(listener),
    },
    balancers: createBalancers(clock.now),
    images,
    logs: { write: () => undefined, refuse: () => undefined },
    secrets: { read: () => ({ value: '' }) },
    roles: { exists: () => true, trusts: () => true, allows: () => true, mayPass: () => true },
    alarms: { state: () => undefined },
  });
  const [registration] = ecs.services;
  const persistent = registration?.persistent;
  if (registration === undefined || persistent === undefined) throw new Error('ECS is no service');
  await persistent.start();

  return {
    clock,
    images,
    ecs,
    settings: engine.settings,
    /** What the scheduler could not do. */
    errors,
    advance: (seconds: number): Promise<void> => clock.advance(seconds * 1000),
    call: async (operation: string, params: Params): Promise<Params> => {
      const entry = registration.operations[operation];
      if (entry === undefined) throw new Error(`no operation ${operation}`);
      return entry.run({ cluster: 'crims', ...params }, context);
    },
    /** As it would be saved; the things themselves, not copies. */
    state: () => persistent.save() as { services: Service[]; tasks: Task[]; instances: ContainerInstance[] },
    machineIds: [...machines.keys()],
    setMachine: (instanceId: string, state: Machine['state']): void => {
      const machine = machines.get(instanceId);
      if (machine === undefined || machine.state === state || machine.state === 'terminated') return;
      machine.state = state;
      for (const listener of listeners) listener(machine);
    },
    stop: async (): Promise<void> => {
      await persistent.stop();
      clock.stop();
    },
  };
};

export type Ecs = Awaited<ReturnType<typeof startEcs>>;
