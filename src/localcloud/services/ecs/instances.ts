import type { Machine, Machines } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { INSTANCE_TYPES } from '../ec2/instance-types.ts';
import { instanceAttributes } from './capabilities.ts';
import { invalid } from './input.ts';
import type { ContainerInstance, Task } from './model.ts';
import type { Quotas } from './quotas.ts';
import type { Scheduler } from './scheduler.ts';
import type { Store } from './store.ts';
import type { TaskLife } from './task-life.ts';

/** What the ECS-optimised image keeps for itself: SSH, Docker, the agent. */
const RESERVED_PORTS = [22, 2375, 2376, 51_678, 51_679];
/** Types that are not in EC2's table count as m5.large. */
const FALLBACK = { vcpus: 2, memoryMiB: 8192, architecture: 'x86_64' };
/** What the kernel leaves of the machine's memory: an m5.large registers 7680 MiB. */
const MEMORY_SHARE = 0.9375;
/** From a machine that runs to its agent's registration, and from there to ACTIVE. */
const AGENT_START = 5_000;
const REGISTRATION = 2_000;

interface Ports {
  engine: Engine;
  store: Store;
  machines: Machines;
  scheduler: Pick<Scheduler, 'look' | 'abandon'>;
  life: Pick<TaskLife, 'reconnected'>;
  quotas: Quotas;
}

/** Container instances: how machines join their clusters, lose their agents, and leave. */
export interface Instances {
  /** A machine joins a cluster at once, as its agent would have it; one that is there already stays as it is. */
  register(cluster: string, ec2InstanceId: string): ContainerInstance;
  setStatus(instance: ContainerInstance, status: 'ACTIVE' | 'DRAINING'): void;
  /** INACTIVE, and its tasks are lost. */
  deregister(instance: ContainerInstance, reason: string): void;
  /** False when no such machine is a container instance. */
  setAgentConnected(ec2InstanceId: string, isConnected: boolean): boolean;
  /** Catches up with what befell the machines; called once everything has loaded. */
  start(): void;
}

export const createInstances = ({ engine, store, machines, scheduler, life, quotas }: Ports): Instances => {
  const { clock } = engine;
  /** Not INACTIVE, by EC2 instance id. */
  const byMachine = new Map<string, ContainerInstance>();

  const touch = (instance: ContainerInstance): void => {
    instance.version += 1;
    engine.changed();
  };
  const lookAll = (cluster: string): void => {
    for (const service of store.servicesOf(cluster)) if (service.status === 'ACTIVE') scheduler.look(service);
  };
  const lookFor = (tasks: readonly Task[]): void => {
    const arns = new Set(tasks.map(({ cluster, service }) => service && store.serviceArn(cluster, service)));
    for (const arn of arns) {
      const service = store.services.get(arn ?? '');
      if (service !== undefined) scheduler.look(service);
    }
  };

  const countOf = (cluster: string): number =>
    store.instancesOf(cluster).filter(({ status }) => status !== 'INACTIVE').length;
  const add = (machine: Machine, cluster: string, status: ContainerInstance['status']): ContainerInstance => {
    const { vcpus, memoryMiB, architecture } = INSTANCE_TYPES.get(machine.instanceType) ?? FALLBACK;
    const id = store.hexId();
    const instance: ContainerInstance = {
      arn: store.arn('container-instance', `${cluster}/${id}`),
      id,
      cluster,
      ec2InstanceId: machine.instanceId,
      status,
      agentConnected: status === 'ACTIVE',
      cpu: vcpus * 1024,
      memory: Math.floor(memoryMiB * MEMORY_SHARE),
      reservedPorts: RESERVED_PORTS,
      attributes: instanceAttributes(machine, architecture),
      registeredAt: clock.now(),
      version: 1,
      tags: {},
    };
    store.instances.set(instance.arn, instance);
    byMachine.set(machine.instanceId, instance);
    engine.changed();
    return instance;
  };
  const connect = (instance: ContainerInstance): void => {
    if (instance.status === 'REGISTERING') instance.status = 'ACTIVE';
    if (instance.agentConnected) return;
    instance.agentConnected = true;
    touch(instance);
    life.reconnected(instance);
    lookAll(instance.cluster);
  };
  const disconnect = (instance: ContainerInstance): void => {
    if (!instance.agentConnected) return;
    instance.agentConnected = false;
    touch(instance);
  };
  const lose = (instance: ContainerInstance, reason: string): void => {
    const tasks = [...store.liveTasksOn(instance)];
    scheduler.abandon(tasks, reason);
    lookFor(tasks);
  };
  const deregister: Instances['deregister'] = (instance, reason) => {
    instance.status = 'INACTIVE';
    instance.agentConnected = false;
    byMachine.delete(instance.ec2InstanceId);
    touch(instance);
    lose(instance, reason);
  };

  const isRunning = ({ instanceId }: Machine): boolean => machines.get(instanceId)?.state === 'running';
  /** The agent has started with its machine: it comes back, or registers when its user data names a cluster that is there. */
  const startAgent = (machine: Machine): void => {
    clock.after(AGENT_START, () => {
      if (!isRunning(machine)) return;
      const known = byMachine.get(machine.instanceId);
      const { ecsCluster } = machine;
      if (known !== undefined && known.status !== 'REGISTERING') return connect(known);
      if (known === undefined && store.clusters.get(ecsCluster ?? '')?.status !== 'ACTIVE') return;
      // An agent whose registration is refused gives up.
      if (known === undefined && quotas.isFull(countOf(ecsCluster ?? ''))) return;
      const instance = known ?? add(machine, ecsCluster ?? '', 'REGISTERING');
      clock.after(REGISTRATION, () => {
        if (isRunning(machine) && instance.status === 'REGISTERING') connect(instance);
      });
    });
  };
  const machineMoved = (machine: Machine): void => {
    const { instanceId, state } = machine;
    if (state === 'running') return startAgent(machine);
    const instance = byMachine.get(instanceId);
    if (instance === undefined) return;
    disconnect(instance);
    const reason = `Host EC2 (instance ${instanceId}) ${state}.`;
    // A terminated machine leaves its cluster; a stopped one only loses its agent and its tasks.
    if (state === 'terminated') deregister(instance, reason);
    else if (state === 'stopped') lose(instance, reason);
  };
  machines.onState(machineMoved);

  return {
    register: (cluster, ec2InstanceId) => {
      const machine = machines.get(ec2InstanceId);
      if (machine?.state !== 'running') throw invalid(`The instance ${ec2InstanceId} does not run.`);
      const known = byMachine.get(ec2InstanceId);
      if (known?.cluster === cluster) {
        connect(known);
        return known;
      }
      if (known !== undefined) throw invalid(`The instance ${ec2InstanceId} is registered in another cluster.`);
      quotas.containerInstances(countOf(cluster));
      const instance = add(machine, cluster, 'ACTIVE');
      lookAll(cluster);
      return instance;
    },
    setStatus: (instance, status) => {
      instance.status = status;
      touch(instance);
      lookAll(instance.cluster);
    },
    deregister,
    setAgentConnected: (ec2InstanceId, isConnected) => {
      const instance = byMachine.get(ec2InstanceId);
      if (instance === undefined) return false;
      if (!isConnected) disconnect(instance);
      else if (machines.get(ec2InstanceId)?.state === 'running') connect(instance);
      return true;
    },
    start: () => {
      for (const instance of store.instances.values()) {
        if (instance.status !== 'INACTIVE') byMachine.set(instance.ec2InstanceId, instance);
      }
      for (const instance of byMachine.values()) {
        const machine = machines.get(instance.ec2InstanceId);
        if (machine === undefined) deregister(instance, `Host EC2 (instance ${instance.ec2InstanceId}) terminated.`);
        else if (machine.state !== 'running') machineMoved(machine);
        else if (instance.status === 'REGISTERING') startAgent(machine);
      }
      for (const machine of machines.list()) {
        const isNew = machine.ecsCluster !== undefined && !byMachine.has(machine.instanceId);
        if (machine.state === 'running' && isNew) startAgent(machine);
      }
    },
  };
};
