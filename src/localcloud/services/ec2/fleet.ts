/** The instances of an account: launched, moved from state to state in cloud time, lost, forgotten an hour after their end. */
import type { Machines } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { insufficientCapacity } from './errors.ts';
import type { Instance, LaunchSpec, State, StateReason } from './model.ts';
import { ecsClusterOf } from './user-data.ts';
import { addressIn, SUBNET_ADDRESSES, ZONES } from './vpc.ts';

const BOOT_SECONDS = { least: 30, most: 60 };
/** From `stopping` and `shutting-down` to the state after it. */
const STOP_SECONDS = 10;
/** A terminated instance can be described for so long. */
const VISIBLE_MILLISECONDS = 3_600_000;
/** What ran on an instance is gone so long after its end; only then somebody else may get its address. */
const ADDRESS_REST_MILLISECONDS = 60_000;

/** What befalls machines from outside; the admin endpoint sets it going. */
export interface MachineFaults {
  /** Stops at once, as if its hardware had failed. False when it does not run. */
  crash(instanceId: string): boolean;
  /** All machines of the zone stop at once, and none can be launched or started there. False when there is no such zone. */
  loseZone(zone: string): boolean;
  /** The zone can be used again; its machines stay stopped. False when it was not lost. */
  restoreZone(zone: string): boolean;
  lostZones(): string[];
}

export interface Fleet extends Machines, MachineFaults {
  get(instanceId: string): Instance | undefined;
  list(): Instance[];
  /** @throws InsufficientInstanceCapacity when the zone is lost or no address is free for the first of them */
  launch(spec: LaunchSpec, count: number): Instance[];
  start(instance: Instance): void;
  stop(instance: Instance): void;
  terminate(instance: Instance): void;
  /** The machines an account begins with run at once. */
  adopt(instances: Instance[]): void;
  save(): unknown;
  load(data: unknown): void;
  resume(): void;
}

interface Saved {
  instances: Instance[];
  lostZones: string[];
}

const CRASHED: StateReason = {
  code: 'Server.InternalError',
  message: 'Server.InternalError: Internal error on the host',
};

const USER_INITIATED: StateReason = {
  code: 'Client.UserInitiatedShutdown',
  message: 'Client.UserInitiatedShutdown: User initiated shutdown',
};

export const createFleet = (engine: Engine): Fleet => {
  const { clock, random, network } = engine;
  const instances = new Map<string, Instance>();
  const usedAddresses = new Set<string>();
  const lost = new Set<string>();
  const listeners: ((machine: Instance) => void)[] = [];

  const privateAddress = (subnetId: string): string | undefined => {
    for (let index = 0; index < SUBNET_ADDRESSES; index += 1) {
      const address = addressIn(subnetId, index);
      if (!usedAddresses.has(address)) return address;
    }
    return undefined;
  };
  const moved = (instance: Instance): void => {
    for (const listener of listeners) listener(instance);
    engine.changed();
  };
  const enter = (instance: Instance, state: State): void => {
    delete instance.next;
    instance.state = state;
    if (state === 'running') instance.runningSince = clock.now();
    if (state === 'terminated') {
      instance.terminatedAt = clock.now();
      usedAddresses.delete(instance.privateIpAddress);
      retire(instance);
    }
    moved(instance);
  };
  /** Reaches the state that is next when it is time, unless something else came between. */
  const schedule = (instance: Instance): void => {
    const { next } = instance;
    if (next === undefined) return;
    clock.after(next.at - clock.now(), () => {
      if (instance.next === next) enter(instance, next.state);
    });
  };
  const head = (instance: Instance, through: State, to: State, seconds: number): void => {
    instance.state = through;
    instance.next = { state: to, at: clock.now() + seconds * 1000 };
    schedule(instance);
    moved(instance);
  };
  const retire = (instance: Instance): void => {
    const { instanceId, terminatedAt = clock.now() } = instance;
    const since = clock.now() - terminatedAt;
    if (instance.address !== '') {
      clock.after(ADDRESS_REST_MILLISECONDS - since, () => {
        network.release(instance.address);
        instance.address = '';
        engine.changed();
      });
    }
    clock.after(VISIBLE_MILLISECONDS - since, () => {
      instances.delete(instanceId);
      engine.changed();
    });
  };
  const explain = (instance: Instance, reason: StateReason): void => {
    instance.stateReason = reason;
    const time = new Date(clock.now()).toISOString().replace('T', ' ').slice(0, 19);
    instance.transitionReason = reason === CRASHED ? reason.message : `User initiated (${time} GMT)`;
  };
  const bootSeconds = (): number => BOOT_SECONDS.least + random.below(BOOT_SECONDS.most - BOOT_SECONDS.least + 1);
  const checkZone = (instanceType: string, zone: string): void => {
    const others = ZONES.filter((other) => other !== zone && !lost.has(other));
    if (lost.has(zone)) throw insufficientCapacity(instanceType, zone, others);
  };
  const build = (spec: LaunchSpec, reservationId: string, launchIndex: number): Instance | undefined => {
    const privateIpAddress = privateAddress(spec.subnetId);
    if (privateIpAddress === undefined) return undefined;
    let address: string;
    try {
      address = network.allocate('instance');
    } catch {
      return undefined;
    }
    usedAddresses.add(privateIpAddress);
    const { zone, userData, ...rest } = spec;
    const ecsCluster = ecsClusterOf(userData);
    return {
      ...rest,
      ...(ecsCluster === undefined ? {} : { ecsCluster }),
      instanceId: `i-0${random.hex(16)}`,
      availabilityZone: zone,
      privateIpAddress,
      address,
      state: 'pending',
      reservationId,
      launchIndex,
      launchedAt: clock.now(),
      transitionReason: '',
      tags: { ...spec.tags },
    };
  };
  const fail = (instance: Instance): void => {
    explain(instance, CRASHED);
    enter(instance, 'stopped');
  };
  const isUp = ({ state }: Instance): boolean => state === 'pending' || state === 'running' || state === 'stopping';

  return {
    get: (instanceId) => instances.get(instanceId),
    list: () => [...instances.values()],
    onState: (listener) => void listeners.push(listener),
    launch: (spec, count) => {
      checkZone(spec.instanceType, spec.zone);
      const reservationId = `r-0${random.hex(16)}`;
      const launched: Instance[] = [];
      for (let index = 0; index < count; index += 1) {
        const instance = build(spec, reservationId, index);
        if (instance === undefined) break;
        instances.set(instance.instanceId, instance);
        launched.push(instance);
        head(instance, 'pending', 'running', bootSeconds());
      }
      return launched;
    },
    start: (instance) => {
      checkZone(instance.instanceType, instance.availabilityZone);
      delete instance.stateReason;
      instance.transitionReason = '';
      instance.launchedAt = clock.now();
      head(instance, 'pending', 'running', bootSeconds());
    },
    stop: (instance) => {
      explain(instance, USER_INITIATED);
      head(instance, 'stopping', 'stopped', STOP_SECONDS);
    },
    terminate: (instance) => {
      explain(instance, USER_INITIATED);
      head(instance, 'shutting-down', 'terminated', STOP_SECONDS);
    },
    adopt: (machines) => {
      for (const machine of machines) {
        instances.set(machine.instanceId, machine);
        usedAddresses.add(machine.privateIpAddress);
      }
    },
    crash: (instanceId) => {
      const instance = instances.get(instanceId);
      if (instance === undefined || !isUp(instance)) return false;
      fail(instance);
      return true;
    },
    loseZone: (zone) => {
      if (!(ZONES as readonly string[]).includes(zone)) return false;
      lost.add(zone);
      for (const instance of instances.values()) {
        if (instance.availabilityZone === zone && isUp(instance)) fail(instance);
      }
      engine.changed();
      return true;
    },
    restoreZone: (zone) => {
      if (!lost.delete(zone)) return false;
      engine.changed();
      return true;
    },
    lostZones: () => [...lost],
    save: (): Saved => ({ instances: [...instances.values()], lostZones: [...lost] }),
    load: (data) => {
      const saved = data as Saved;
      for (const zone of saved.lostZones) lost.add(zone);
      for (const instance of saved.instances) {
        instances.set(instance.instanceId, instance);
        if (instance.state !== 'terminated') usedAddresses.add(instance.privateIpAddress);
      }
    },
    resume: () => {
      for (const instance of instances.values()) {
        if (instance.state === 'terminated') retire(instance);
        else schedule(instance);
      }
    },
  };
};
