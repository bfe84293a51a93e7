/** One load balancer at work: listeners, registered instances and their health, requests in flight, draining. */
import type { Machine, Machines } from '../../engine/contract.ts';
import type { Certificate } from '../../proxy/certificate.ts';
import type { Lease } from '../../proxy/lease.ts';
import { createListenerServer, type ListenerServer } from '../../proxy/listener.ts';
import type { Engine } from '../../registration.ts';
import { Backend } from './backend.ts';
import {
  describeHealth,
  DRAINING,
  NOT_REGISTERED,
  observe,
  REGISTERING,
  type Health,
  type InstanceState,
} from './health.ts';
import type { Listener, LoadBalancer } from './model.ts';
import { parseTarget, probe } from './probe.ts';

/** Cloud time between a registration and its first probe. */
const REGISTRATION_SECONDS = 10;
/** Real time a probe is given at least, however fast the clock. */
const PROBE_MILLISECONDS = 500;

export interface SavedBalancer {
  settings: LoadBalancer;
  instances: { instanceId: string; health: Health }[];
}

export interface BalancerPorts {
  engine: Engine;
  machines: Machines;
  /** What HTTPS and SSL listeners show. */
  certificate: () => Certificate;
}

/** Balancers by name, in the order of their creation. */
export type BalancerTable = Map<string, Balancer>;

export class Balancer {
  readonly settings: LoadBalancer;
  readonly #engine: Engine;
  readonly #machines: Machines;
  readonly #certificate: () => Certificate;
  readonly #backends = new Map<string, Backend>();
  readonly #draining = new Map<string, Backend>();
  readonly #listeners = new Map<number, ListenerServer>();
  #zoneTurn = 0;
  #picks = 0;

  constructor({ settings, instances }: SavedBalancer, { engine, machines, certificate }: BalancerPorts) {
    this.settings = settings;
    for (const { instanceId, health } of instances) this.#backends.set(instanceId, new Backend(instanceId, health));
    this.#engine = engine;
    this.#machines = machines;
    this.#certificate = certificate;
  }

  save(): SavedBalancer {
    const instances = [...this.#backends.values()].map(({ instanceId, health }) => ({ instanceId, health }));
    return { settings: this.settings, instances };
  }

  /** Opens every listener; probing of what is registered goes on where it was. */
  async start(): Promise<void> {
    for (const backend of this.#backends.values()) this.#startProbing(backend);
    for (const listener of this.settings.listeners) await this.openListener(listener);
  }

  async stop(): Promise<void> {
    for (const backend of this.#backends.values()) backend.stopProbing();
    for (const port of this.#listeners.keys()) await this.closeListener(port);
    for (const backend of this.#draining.values()) this.#endDraining(backend);
  }

  async openListener(listener: Listener): Promise<void> {
    const opened = createListenerServer({
      protocol: listener.protocol,
      port: listener.loadBalancerPort,
      certificate: this.#certificate(),
      pick: () => this.#pick(listener),
      idleTimeoutMilliseconds: () => this.settings.attributes.idleTimeoutSeconds * 1000,
    });
    this.#listeners.set(listener.loadBalancerPort, opened);
    await this.#engine.network.listen(opened.server, this.settings.address, listener.loadBalancerPort);
  }

  async closeListener(port: number): Promise<void> {
    const listener = this.#listeners.get(port);
    this.#listeners.delete(port);
    const closed = this.#engine.network.close(this.settings.address, port);
    listener?.disconnect();
    await closed;
  }

  instanceIds(): string[] {
    return [...this.#backends.keys()];
  }

  isRegistered(instanceId: string): boolean {
    return this.#backends.has(instanceId);
  }

  isDraining(instanceId: string): boolean {
    return this.#draining.has(instanceId);
  }

  register(instanceId: string): void {
    if (this.#backends.has(instanceId)) return;
    const drained = this.#draining.get(instanceId);
    if (drained !== undefined) this.#endDraining(drained);
    const backend = new Backend(instanceId, REGISTERING);
    this.#backends.set(instanceId, backend);
    this.#startProbing(backend);
  }

  /** No new request from now on; those in flight end by themselves while draining allows, or at once. */
  deregister(instanceId: string): void {
    const backend = this.#backends.get(instanceId);
    if (backend === undefined) return;
    backend.stopProbing();
    this.#backends.delete(instanceId);
    if (!this.#drains()) {
      backend.abortAll();
      return;
    }
    if (backend.inFlight.size === 0) return;
    this.#draining.set(instanceId, backend);
    const seconds = this.settings.attributes.draining.timeoutSeconds;
    backend.stopDraining = this.#engine.clock.after(seconds * 1000, () => {
      this.#endDraining(backend);
      backend.abortAll();
    });
  }

  /** Undefined for an instance that is terminated: AWS answers nothing about those. */
  state(instanceId: string): InstanceState | undefined {
    const machine = this.#machines.get(instanceId);
    if (machine === undefined || machine.state === 'terminated') return undefined;
    if (this.#draining.has(instanceId)) return DRAINING;
    const backend = this.#backends.get(instanceId);
    return backend === undefined ? NOT_REGISTERED : describeHealth(backend.health, machine, this.settings.zones);
  }

  /** Registered and still draining instances. */
  knownIds(): string[] {
    return [...new Set([...this.#backends.keys(), ...this.#draining.keys()])];
  }

  /** The health check has changed: counting starts again, but who is in service stays so until probes say otherwise. */
  restartProbing(): void {
    for (const backend of this.#backends.values()) {
      backend.health = { ...backend.health, successes: 0, failures: 0 };
      this.#startProbing(backend);
    }
  }

  #drains(): boolean {
    return this.settings.attributes.draining.enabled && this.#engine.settings.connectionDraining;
  }

  #endDraining(backend: Backend): void {
    if (this.#draining.get(backend.instanceId) !== backend) return;
    backend.stopDraining();
    this.#draining.delete(backend.instanceId);
    this.#engine.changed();
  }

  #startProbing(backend: Backend): void {
    backend.stopProbing();
    let stopped = false;
    let cancel = (): void => undefined;
    const next = (afterSeconds: number): void => {
      cancel = this.#engine.clock.after(afterSeconds * 1000, () => {
        next(this.settings.healthCheck.intervalSeconds);
        void this.#probe(backend.instanceId).then((passed) => {
          if (!stopped && passed !== undefined) this.#observe(backend, passed);
        });
      });
    };
    backend.stopProbing = () => {
      stopped = true;
      cancel();
    };
    next(backend.health.phase === 'registering' ? REGISTRATION_SECONDS : this.settings.healthCheck.intervalSeconds);
  }

  /** Undefined when the machine is not running: its state speaks for itself. */
  async #probe(instanceId: string): Promise<boolean | undefined> {
    const machine = this.#machines.get(instanceId);
    const target = parseTarget(this.settings.healthCheck.target);
    if (machine?.state !== 'running' || target === undefined) return undefined;
    const place = this.#engine.network.resolve(machine.address, target.port);
    if (place === undefined) return false;
    const timeout = this.#engine.clock.real(this.settings.healthCheck.timeoutSeconds * 1000);
    return probe(place, target, Math.max(PROBE_MILLISECONDS, timeout));
  }

  #observe(backend: Backend, passed: boolean): void {
    const before = backend.health.phase;
    backend.health = observe(backend.health, passed, this.settings.healthCheck);
    if (backend.health.phase === before) return;
    if (backend.health.phase === 'failed' && !this.#drains()) backend.abortAll();
    this.#engine.changed();
  }

  /** One backend for one request or connection: of one zone at a time unless cross-zone, least outstanding first. */
  #pick(listener: Listener): Lease | undefined {
    const all = [...this.#backends.values()].flatMap((backend) => {
      const machine = this.#machines.get(backend.instanceId);
      if (machine === undefined || this.state(backend.instanceId)?.state !== 'InService') return [];
      return [{ backend, machine }];
    });
    const chosen = leastBusy(this.settings.attributes.crossZone ? all : this.#inNextZone(all));
    if (chosen === undefined) return undefined;
    const place = this.#engine.network.resolve(chosen.machine.address, listener.instancePort);
    const tls = listener.instanceProtocol === 'HTTPS' || listener.instanceProtocol === 'SSL';
    return chosen.backend.lease(place, tls, (this.#picks += 1), () => {
      if (chosen.backend.inFlight.size === 0) this.#endDraining(chosen.backend);
    });
  }

  /** Without cross-zone every zone has a node of its own, and DNS sends clients to them in turn. */
  #inNextZone<T extends { machine: Machine }>(candidates: T[]): T[] {
    const zones = [...new Set(candidates.map(({ machine }) => machine.availabilityZone))];
    const zone = zones[(this.#zoneTurn += 1) % zones.length];
    return candidates.filter(({ machine }) => machine.availabilityZone === zone);
  }
}

const leastBusy = <T extends { backend: Backend }>(candidates: T[]): T | undefined =>
  candidates.toSorted(
    (a, b) => a.backend.inFlight.size - b.backend.inFlight.size || a.backend.lastPick - b.backend.lastPick,
  )[0];
