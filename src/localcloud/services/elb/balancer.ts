/** One load balancer at work: registered instances and their health, requests in flight, draining. */
import type { Machine, Machines } from '../../engine/contract.ts';
import type { Certificate } from '../../proxy/certificate.ts';
import type { Lease } from '../../proxy/lease.ts';
import type { Engine } from '../../registration.ts';
import { Backend } from './backend.ts';
import { createDraining, type SavedDraining } from './draining.ts';
import {
  describeHealth,
  DRAINING,
  NOT_REGISTERED,
  observe,
  REGISTERING,
  type Health,
  type InstanceState,
} from './health.ts';
import { createListeners, type Listeners } from './listeners.ts';
import { isSecure, isWeb, type Listener, type LoadBalancer } from './model.ts';
import { pick as pickBackend } from './pick.ts';
import { parseTarget, passes, probe } from './probe.ts';
import { createProber } from './prober.ts';

/** Cloud time between a registration and its first probe. */
const REGISTRATION_MILLISECONDS = 10_000;
/** Real time a probe is given at least, however fast the clock. */
const PROBE_MILLISECONDS = 500;

export interface SavedBalancer {
  settings: LoadBalancer;
  /** `probeAt`: cloud time of the next probe. */
  instances: { instanceId: string; health: Health; probeAt: number }[];
  draining: SavedDraining[];
}

export interface Balancer {
  readonly settings: LoadBalancer;
  readonly listeners: Omit<Listeners, 'closeAll'>;
  save(): SavedBalancer;
  /** Opens every listener; probing and draining go on where they were. */
  start(): Promise<void>;
  stop(): Promise<void>;
  register(instanceId: string): void;
  /** No new request from now on; those in flight end by themselves while draining allows, or at once. */
  deregister(instanceId: string): void;
  instanceIds(): string[];
  isRegistered(instanceId: string): boolean;
  /** Registered and still draining instances. */
  knownIds(): string[];
  isDraining(instanceId: string): boolean;
  /** Requests and connections this instance has in hand. */
  inFlight(instanceId: string): number;
  /** Undefined for an instance that is terminated: AWS answers nothing about those. */
  state(instanceId: string): InstanceState | undefined;
  /** Whether any instance gets requests. */
  isServing(): boolean;
  /** The health check has changed: counting starts again, but who is in service stays so until probes say otherwise. */
  restartProbing(): void;
  /** The state of a machine has changed. */
  follow(machine: Machine): void;
}

interface Ports {
  engine: Engine;
  machines: Machines;
  /** What HTTPS and SSL listeners show. */
  certificate: () => Certificate;
  /** Told of every request that is over, and of every connection of TCP and SSL that is made. */
  onRequest: () => void;
}

/** Balancers by name, in the order of their creation. */
export type BalancerTable = Map<string, Balancer>;

export const createBalancer = (saved: SavedBalancer, { engine, machines, certificate, onRequest }: Ports): Balancer => {
  const { settings } = saved;
  const { clock, network } = engine;
  const backends = new Map<string, Backend>();
  const draining = createDraining(clock, engine.changed);
  let picks = 0;
  let isStarted = false;

  const intervalMilliseconds = (): number => settings.healthCheck.intervalSeconds * 1000;
  const drains = (): boolean => settings.attributes.draining.enabled && engine.settings.connectionDraining;

  const state = (instanceId: string): InstanceState | undefined => {
    const machine = machines.get(instanceId);
    if (machine === undefined || machine.state === 'terminated') return undefined;
    if (draining.get(instanceId) !== undefined) return DRAINING;
    const backend = backends.get(instanceId);
    return backend === undefined ? NOT_REGISTERED : describeHealth(backend, machine, settings.zones);
  };

  const judge = (backend: Backend, passed: boolean): void => {
    const before = backend.health.phase;
    backend.health = observe(backend.health, passed, settings.healthCheck);
    if (backend.health.phase === before) return;
    if (backend.health.phase === 'failed' && !drains()) backend.abortAll();
    engine.changed();
  };

  /** A machine that is not running is not probed: its state speaks for itself. */
  const probeOne = (instanceId: string): void => {
    const backend = backends.get(instanceId);
    const machine = machines.get(instanceId);
    const target = parseTarget(settings.healthCheck.target);
    if (backend === undefined || machine?.state !== 'running' || target === undefined) return;
    if (!engine.settings.dataPlane) {
      judge(backend, passes(target, network.pretended(machine.address, target.port)));
      return;
    }
    const place = network.resolve(machine.address, target.port);
    if (place === undefined) {
      judge(backend, false);
      return;
    }
    const { generation } = backend;
    const timeout = clock.real(settings.healthCheck.timeoutSeconds * 1000);
    void probe(place, target, Math.max(PROBE_MILLISECONDS, timeout)).then((passed) => {
      if (backends.get(instanceId) === backend && backend.generation === generation) judge(backend, passed);
    });
  };

  const prober = createProber({ clock, interval: intervalMilliseconds, probe: probeOne });

  const begin = (instanceId: string): void => {
    backends.set(instanceId, new Backend(instanceId, REGISTERING));
    prober.schedule(instanceId, clock.now() + REGISTRATION_MILLISECONDS);
  };

  /** Answers what is no longer registered. */
  const drop = (instanceId: string): Backend | undefined => {
    const backend = backends.get(instanceId);
    prober.forget(instanceId);
    backends.delete(instanceId);
    return backend;
  };

  const pick = (listener: Listener): Lease | undefined => {
    const inService = [...backends.values()].flatMap((backend) => {
      const machine = machines.get(backend.instanceId);
      if (machine === undefined || state(backend.instanceId)?.state !== 'InService') return [];
      return [{ backend, machine }];
    });
    picks += 1;
    const chosen = pickBackend(inService, settings.attributes.crossZone, picks);
    if (chosen === undefined) return undefined;
    const { backend, machine } = chosen;
    const place = network.resolve(machine.address, listener.instancePort);
    const isRequest = isWeb(listener.protocol);
    if (!isRequest && place !== undefined) onRequest();
    return backend.lease(place, isSecure(listener.instanceProtocol), picks, () => {
      if (isRequest) onRequest();
      if (backend.inFlight.size === 0) draining.end(backend);
    });
  };

  const listeners = createListeners({ engine, settings, certificate, pick });

  return {
    settings,
    listeners,
    save: () => {
      if (!isStarted) return saved;
      const instances = [...backends.values()].map(({ instanceId, health }) => ({
        instanceId,
        health,
        probeAt: prober.dueAt(instanceId) ?? clock.now(),
      }));
      return { settings, instances, draining: draining.save() };
    },
    start: async () => {
      isStarted = true;
      for (const { instanceId, health, probeAt } of saved.instances) {
        backends.set(instanceId, new Backend(instanceId, health));
        prober.schedule(instanceId, Math.max(probeAt, clock.now()));
      }
      // Nobody knows what was in flight in the life before, so all of the time is waited out.
      for (const { instanceId, until } of saved.draining) draining.begin(new Backend(instanceId, REGISTERING), until);
      for (const listener of settings.listeners) await listeners.open(listener);
    },
    stop: async () => {
      prober.stop();
      await listeners.closeAll();
      draining.stop();
    },
    register: (instanceId) => {
      if (backends.has(instanceId)) return;
      const drained = draining.get(instanceId);
      if (drained !== undefined) draining.end(drained);
      begin(instanceId);
    },
    deregister: (instanceId) => {
      const backend = drop(instanceId);
      if (backend === undefined || backend.inFlight.size === 0) return;
      if (drains()) draining.begin(backend, clock.now() + settings.attributes.draining.timeoutSeconds * 1000);
      else backend.abortAll();
    },
    instanceIds: () => [...backends.keys()],
    isRegistered: (instanceId) => backends.has(instanceId),
    knownIds: () => [...new Set([...backends.keys(), ...draining.ids()])],
    isDraining: (instanceId) => draining.get(instanceId) !== undefined,
    inFlight: (instanceId) => (backends.get(instanceId) ?? draining.get(instanceId))?.inFlight.size ?? 0,
    state,
    isServing: () => [...backends.keys()].some((instanceId) => state(instanceId)?.state === 'InService'),
    restartProbing: () => {
      for (const backend of backends.values()) {
        backend.generation += 1;
        backend.health = { ...backend.health, successes: 0, failures: 0 };
        const isNew = backend.health.phase === 'registering';
        prober.schedule(backend.instanceId, clock.now() + (isNew ? REGISTRATION_MILLISECONDS : intervalMilliseconds()));
      }
    },
    follow: ({ instanceId, state: now }) => {
      if (!backends.has(instanceId)) return;
      if (now === 'terminated') drop(instanceId)?.abortAll();
      // What was proven before the machine stopped does not hold for its next life.
      if (now === 'running') begin(instanceId);
    },
  };
};
