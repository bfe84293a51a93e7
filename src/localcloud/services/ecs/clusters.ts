import { AwsError, type Machines, type OperationTable, type Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { describeCluster, describeInstance, wantsTags } from './describe.ts';
import { integer, invalid, lookUp, paginate, readTags } from './input.ts';
import type { Cluster, ContainerInstance } from './model.ts';
import type { Scheduler } from './scheduler.ts';
import type { Store } from './store.ts';

/** What the ECS-optimised image keeps for itself: SSH, Docker, the agent. */
const RESERVED_PORTS = [22, 2375, 2376, 51_678, 51_679];
/** m5.large, as its agent registers it: MiB are what the kernel leaves. */
const SIZE = { cpu: 2048, memory: 7680 };

export const createCluster = (store: Store, name: string, params: Params = {}): Cluster => {
  const existing = store.clusters.get(name);
  if (existing?.status === 'ACTIVE') return existing;
  const cluster: Cluster = {
    name,
    arn: store.arn('cluster', name),
    status: 'ACTIVE',
    tags: readTags(params.tags),
    settings: (params.settings as Params[] | undefined) ?? [{ name: 'containerInsights', value: 'disabled' }],
  };
  store.clusters.set(name, cluster);
  return cluster;
};

/** A machine joins a cluster, as its agent would have it. */
export const registerInstance = (
  store: Store,
  machines: Machines,
  now: number,
  { cluster, ec2InstanceId }: { cluster: string; ec2InstanceId: string },
): ContainerInstance => {
  const machine = machines.get(ec2InstanceId);
  if (machine === undefined) throw invalid(`The instance ${ec2InstanceId} does not exist.`);
  const id = store.hexId();
  const instance: ContainerInstance = {
    arn: store.arn('container-instance', `${cluster}/${id}`),
    id,
    cluster,
    ec2InstanceId,
    status: 'ACTIVE',
    agentConnected: true,
    ...SIZE,
    reservedPorts: RESERVED_PORTS,
    attributes: [
      { name: 'ecs.availability-zone', value: machine.availabilityZone },
      { name: 'ecs.instance-type', value: machine.instanceType },
      { name: 'ecs.os-type', value: 'linux' },
      { name: 'ecs.cpu-architecture', value: 'x86_64' },
      { name: 'com.amazonaws.ecs.capability.logging-driver.awslogs' },
    ],
    registeredAt: now,
    version: 1,
    tags: {},
  };
  store.instances.set(instance.arn, instance);
  return instance;
};

const cluster = (params: Params): string | undefined => {
  const name = params.clusterName ?? params.cluster;
  return name === undefined ? undefined : String(name);
};

interface Ports {
  engine: Engine;
  store: Store;
  machines: Machines;
  scheduler: Scheduler;
}

const refuseUnlessEmpty = (store: Store, name: string): void => {
  const refuse = (what: string): never => {
    throw new AwsError(`ClusterContains${what}Exception`, `The Cluster cannot be deleted while ${what} are active.`);
  };
  if (store.servicesOf(name).some(({ status }) => status !== 'INACTIVE')) refuse('Services');
  if (store.instancesOf(name).some(({ status }) => status !== 'INACTIVE')) refuse('ContainerInstances');
  if ([...store.tasks.values()].some((task) => task.cluster === name && task.lastStatus !== 'STOPPED')) refuse('Tasks');
};

/** Clusters and the instances in them. */
export const clusterOperations = ({ engine, store, machines, scheduler }: Ports): OperationTable => {
  const instanceState = (instance: ContainerInstance, status: ContainerInstance['status']): void => {
    instance.status = status;
    instance.version += 1;
    for (const service of store.servicesOf(instance.cluster)) if (service.status === 'ACTIVE') scheduler.look(service);
  };

  return {
    CreateCluster: {
      mutating: true,
      resource: cluster,
      run: (params) => ({
        cluster: describeCluster(store, createCluster(store, cluster(params) ?? 'default', params), true),
      }),
    },
    DeleteCluster: {
      mutating: true,
      resource: cluster,
      run: (params) => {
        const found = store.cluster(params.cluster);
        refuseUnlessEmpty(store, found.name);
        found.status = 'INACTIVE';
        return { cluster: describeCluster(store, found, false) };
      },
    },
    DescribeClusters: {
      mutating: false,
      run: (params) => {
        const names = (params.clusters as string[] | undefined) ?? ['default'];
        const find = (name: unknown) => store.clusters.get(store.clusterName(name));
        const { found, failures } = lookUp(names, find, (name) => store.arn('cluster', name));
        return { clusters: found.map((one) => describeCluster(store, one, wantsTags(params))), failures };
      },
    },
    ListClusters: {
      mutating: false,
      run: (params) => {
        const arns = [...store.clusters.values()].filter(({ status }) => status === 'ACTIVE').map(({ arn }) => arn);
        const { items, ...more } = paginate(arns, params, 100);
        return { clusterArns: items, ...more };
      },
    },
    RegisterContainerInstance: {
      mutating: true,
      resource: cluster,
      run: (params) => {
        const { name } = createCluster(store, store.clusterName(params.cluster));
        const document = JSON.parse(String(params.instanceIdentityDocument ?? '{}')) as { instanceId?: string };
        const ec2InstanceId = document.instanceId ?? '';
        const instance = registerInstance(store, machines, engine.clock.now(), { cluster: name, ec2InstanceId });
        instance.tags = readTags(params.tags);
        return { containerInstance: describeInstance(store, instance, true) };
      },
    },
    DeregisterContainerInstance: {
      mutating: true,
      resource: cluster,
      run: (params) => {
        const { name } = store.cluster(params.cluster);
        const instance = store.findInstance(name, params.containerInstance);
        if (instance === undefined) throw invalid('Referenced container instance not found.');
        const tasks = store.tasksOn(instance).filter(({ lastStatus }) => lastStatus !== 'STOPPED');
        if (tasks.length > 0 && params.force !== true) throw invalid('Found running tasks on the instance.');
        instance.status = 'INACTIVE';
        scheduler.abandon(tasks, 'Container instance deregistration forced by user');
        return { containerInstance: describeInstance(store, instance, false) };
      },
    },
    ListContainerInstances: {
      mutating: false,
      resource: cluster,
      run: (params) => {
        const { name } = store.cluster(params.cluster);
        const status = (params.status as string | undefined) ?? undefined;
        const arns = store
          .instancesOf(name)
          .filter((one) => (status === undefined ? one.status !== 'INACTIVE' : one.status === status))
          .map(({ arn }) => arn);
        const { items, ...more } = paginate(arns, params, 100);
        return { containerInstanceArns: items, ...more };
      },
    },
    DescribeContainerInstances: {
      mutating: false,
      resource: cluster,
      run: (params) => {
        const { name } = store.cluster(params.cluster);
        const references = (params.containerInstances ?? []) as string[];
        if (references.length === 0) throw invalid('Container instances cannot be empty.');
        if (references.length > 100) throw invalid('You can describe at most 100 container instances at once.');
        const { found, failures } = lookUp(
          references,
          (reference) => store.findInstance(name, reference),
          (id) => store.arn('container-instance', `${name}/${id}`),
        );
        return { containerInstances: found.map((one) => describeInstance(store, one, wantsTags(params))), failures };
      },
    },
    UpdateContainerInstancesState: {
      mutating: true,
      resource: cluster,
      run: (params) => {
        const { name } = store.cluster(params.cluster);
        const status = String(params.status);
        if (status !== 'ACTIVE' && status !== 'DRAINING')
          throw invalid('Container instance status must be ACTIVE or DRAINING.');
        const references = (params.containerInstances ?? []) as string[];
        integer(references.length, 'The number of container instances', 1);
        if (references.length > 10) throw invalid('You can update at most 10 container instances at once.');
        const { found, failures } = lookUp(
          references,
          (reference) => store.findInstance(name, reference),
          (id) => store.arn('container-instance', `${name}/${id}`),
        );
        for (const instance of found) instanceState(instance, status);
        return { containerInstances: found.map((one) => describeInstance(store, one, false)), failures };
      },
    },
  };
};
