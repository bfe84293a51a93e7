/** What the API says of what ECS remembers: times in seconds, counts computed. */
import type { Params } from '../../engine/contract.ts';
import type { Cluster, ContainerInstance, Deployment, Service, Tags, Task, TaskDefinition } from './model.ts';
import { usageOf } from './placement.ts';
import type { Store } from './store.ts';

/** AWS JSON times: seconds since the epoch, three decimals. */
export const seconds = (milliseconds: number | undefined): number | undefined =>
  milliseconds === undefined ? undefined : Math.round(milliseconds) / 1000;

export const tagList = (tags: Tags): Params[] => Object.entries(tags).map(([key, value]) => ({ key, value }));

export const wantsTags = (params: Params): boolean =>
  ((params.include ?? []) as string[]).some((what) => what === 'TAGS');

export const describeCluster = (store: Store, cluster: Cluster, withTags: boolean): Params => {
  const instances = store.instancesOf(cluster.name).filter(({ status }) => status !== 'INACTIVE');
  const tasks = [...store.tasks.values()].filter((task) => task.cluster === cluster.name);
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: cluster.status,
    registeredContainerInstancesCount: instances.length,
    runningTasksCount: tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length,
    pendingTasksCount: tasks.filter(({ lastStatus }) => lastStatus === 'PENDING').length,
    activeServicesCount: store.servicesOf(cluster.name).filter(({ status }) => status !== 'INACTIVE').length,
    statistics: [],
    settings: cluster.settings,
    capacityProviders: [],
    defaultCapacityProviderStrategy: [],
    tags: withTags ? tagList(cluster.tags) : [],
  };
};

const resources = (cpu: number, memory: number, ports: readonly number[]): Params[] => [
  { name: 'CPU', type: 'INTEGER', doubleValue: 0, longValue: 0, integerValue: cpu },
  { name: 'MEMORY', type: 'INTEGER', doubleValue: 0, longValue: 0, integerValue: memory },
  {
    name: 'PORTS',
    type: 'STRINGSET',
    doubleValue: 0,
    longValue: 0,
    integerValue: 0,
    stringSetValue: ports.map(String),
  },
  { name: 'PORTS_UDP', type: 'STRINGSET', doubleValue: 0, longValue: 0, integerValue: 0, stringSetValue: [] },
];

export const describeInstance = (store: Store, instance: ContainerInstance, withTags: boolean): Params => {
  const tasks = store.tasksOn(instance);
  const usage = usageOf(instance, tasks);
  return {
    containerInstanceArn: instance.arn,
    ec2InstanceId: instance.ec2InstanceId,
    version: instance.version,
    versionInfo: { agentVersion: '1.102.0', agentHash: '00000000', dockerVersion: 'DockerVersion: 25.0.8' },
    remainingResources: resources(instance.cpu - usage.cpu, instance.memory - usage.memory, [...usage.ports]),
    registeredResources: resources(instance.cpu, instance.memory, instance.reservedPorts),
    status: instance.status,
    agentConnected: instance.agentConnected,
    runningTasksCount: tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length,
    pendingTasksCount: tasks.filter(({ lastStatus }) => lastStatus === 'PENDING').length,
    attributes: instance.attributes,
    registeredAt: seconds(instance.registeredAt),
    attachments: [],
    tags: withTags ? tagList(instance.tags) : [],
  };
};

export const describeDefinition = (definition: TaskDefinition): Params => ({
  taskDefinitionArn: definition.arn,
  containerDefinitions: definition.containers,
  family: definition.family,
  revision: definition.revision,
  volumes: [],
  status: definition.status,
  placementConstraints: [],
  compatibilities: ['EXTERNAL', 'EC2'],
  ...definition.rest,
  registeredAt: seconds(definition.registeredAt),
  registeredBy: definition.registeredBy,
  ...(definition.deregisteredAt === undefined ? {} : { deregisteredAt: seconds(definition.deregisteredAt) }),
});

const countsOf = (tasks: readonly Task[]): { runningCount: number; pendingCount: number } => ({
  runningCount: tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length,
  pendingCount: tasks.filter(({ lastStatus, desiredStatus }) => lastStatus === 'PENDING' && desiredStatus === 'RUNNING')
    .length,
});

/** A service behind a classic load balancer has no rollout state: the API leaves it out. */
const rolloutOf = (service: Service, { id, isCompleted }: Deployment): Params => {
  if (service.loadBalancers.length > 0) return {};
  return {
    rolloutState: isCompleted ? 'COMPLETED' : 'IN_PROGRESS',
    rolloutStateReason: `ECS deployment ${id} ${isCompleted ? 'completed' : 'in progress'}.`,
  };
};

const describeDeployment = (service: Service, deployment: Deployment, all: readonly Task[]): Params => {
  const tasks = all.filter(({ deploymentId }) => deploymentId === deployment.id);
  const isPrimary = deployment.status === 'PRIMARY';
  return {
    id: deployment.id,
    status: deployment.status,
    taskDefinition: deployment.taskDefinition,
    // A deployment on its way out wants only what has not been told to stop yet.
    desiredCount: isPrimary
      ? service.desiredCount
      : tasks.filter(({ desiredStatus }) => desiredStatus === 'RUNNING').length,
    ...countsOf(tasks),
    failedTasks: deployment.failedTasks,
    createdAt: seconds(deployment.createdAt),
    updatedAt: seconds(deployment.updatedAt),
    launchType: 'EC2',
    ...rolloutOf(service, deployment),
  };
};

export const describeService = (store: Store, service: Service, withTags: boolean): Params => {
  const tasks = store.tasksOf(service);
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: store.arn('cluster', service.cluster),
    loadBalancers: service.loadBalancers,
    serviceRegistries: [],
    status: service.status,
    desiredCount: service.desiredCount,
    ...countsOf(tasks),
    launchType: 'EC2',
    taskDefinition: service.taskDefinition,
    deploymentConfiguration: service.deploymentConfiguration,
    deployments: service.deployments.map((deployment) => describeDeployment(service, deployment, tasks)),
    events: service.events.map((event) => ({ ...event, createdAt: seconds(event.createdAt) })),
    createdAt: seconds(service.createdAt),
    createdBy: service.createdBy,
    placementConstraints: service.placementConstraints,
    placementStrategy: service.placementStrategy,
    ...(service.healthCheckGracePeriodSeconds === undefined
      ? {}
      : { healthCheckGracePeriodSeconds: service.healthCheckGracePeriodSeconds }),
    ...service.rest,
    ...(withTags && Object.keys(service.tags).length > 0 ? { tags: tagList(service.tags) } : {}),
  };
};

export const describeTask = (store: Store, task: Task, withTags: boolean): Params => {
  const definition = store.definitions.get(task.taskDefinition);
  const zone = store.instances
    .get(task.containerInstance)
    ?.attributes.find(({ name }) => name === 'ecs.availability-zone')?.value;
  return {
    taskArn: task.arn,
    clusterArn: store.arn('cluster', task.cluster),
    taskDefinitionArn: task.taskDefinition,
    containerInstanceArn: task.containerInstance,
    ...(zone === undefined ? {} : { availabilityZone: zone }),
    group: task.group,
    startedBy: task.startedBy,
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    healthStatus: 'UNKNOWN',
    connectivity: 'CONNECTED',
    connectivityAt: seconds(task.createdAt),
    launchType: 'EC2',
    cpu: String(task.cpu),
    memory: String(task.memory),
    overrides: { containerOverrides: definition?.containers.map(({ name }) => ({ name })) ?? [], ...task.overrides },
    attachments: [],
    attributes: [],
    enableExecuteCommand: false,
    version: task.version,
    containers: task.containers.map((container) => ({
      containerArn: container.containerArn,
      taskArn: task.arn,
      name: container.name,
      image: container.image,
      imageDigest: container.imageDigest,
      runtimeId: container.lastStatus === 'PENDING' ? undefined : container.runtimeId,
      lastStatus: container.lastStatus,
      exitCode: container.exitCode,
      reason: container.reason,
      networkBindings:
        container.lastStatus === 'PENDING' ? [] : container.bindings.map((port) => ({ bindIP: '0.0.0.0', ...port })),
      networkInterfaces: [],
      healthStatus: 'UNKNOWN',
    })),
    createdAt: seconds(task.createdAt),
    pullStartedAt: seconds(task.pullStartedAt),
    pullStoppedAt: seconds(task.pullStoppedAt),
    startedAt: seconds(task.startedAt),
    stoppingAt: seconds(task.stoppingAt),
    executionStoppedAt: seconds(task.executionStoppedAt),
    stoppedAt: seconds(task.stoppedAt),
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    tags: withTags ? tagList(task.tags) : [],
  };
};
