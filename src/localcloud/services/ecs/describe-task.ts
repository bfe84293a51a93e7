import type { Params } from '../../engine/contract.ts';
import { taskHealth } from './container-health.ts';
import { seconds } from '../epoch.ts';
import { tagList } from './describe.ts';
import type { ContainerDefinition, PortMapping, Task, TaskContainer } from './model.ts';
import type { Store } from './store.ts';

const describeBinding = ({ containerPort, hostPort, protocol }: PortMapping): Params => ({
  bindIP: '0.0.0.0',
  containerPort,
  hostPort,
  protocol,
});

const describeContainer = (task: Task, container: TaskContainer, definition?: ContainerDefinition): Params => {
  const isPending = container.lastStatus === 'PENDING';
  const overrides = ((task.overrides.containerOverrides ?? []) as Params[]).find(({ name }) => name === container.name);
  const { cpu, memory, memoryReservation } = { ...definition, ...overrides } as Partial<ContainerDefinition>;
  return {
    containerArn: container.containerArn,
    taskArn: task.arn,
    name: container.name,
    image: container.image,
    imageDigest: container.imageDigest,
    runtimeId: isPending ? undefined : container.runtimeId,
    lastStatus: container.lastStatus,
    exitCode: container.exitCode,
    reason: container.reason,
    networkBindings: isPending ? [] : container.bindings.map(describeBinding),
    networkInterfaces: [],
    healthStatus: container.healthStatus ?? 'UNKNOWN',
    cpu: String(cpu ?? 0),
    ...(memory !== undefined && { memory: String(memory) }),
    ...(memoryReservation !== undefined && { memoryReservation: String(memoryReservation) }),
  };
};

/** Every container has its entry, also those that are not overridden. */
const describeOverrides = (task: Task): Params => {
  const given = (task.overrides.containerOverrides ?? []) as Params[];
  const containerOverrides = task.containers.map(
    ({ name }) => given.find((override) => override.name === name) ?? { name },
  );
  return { inferenceAcceleratorOverrides: [], ...task.overrides, containerOverrides };
};

export const describeTask = (store: Store, task: Task, withTags: boolean): Params => {
  const definitions = store.definitions.get(task.taskDefinition)?.containers ?? [];
  const instance = store.instances.get(task.containerInstance);
  const valueOf = (attribute: string): string | undefined =>
    instance?.attributes.find(({ name }) => name === attribute)?.value;
  const architecture = valueOf('ecs.cpu-architecture');
  const isConnected = instance?.agentConnected === true || task.lastStatus === 'STOPPED';
  return {
    taskArn: task.arn,
    clusterArn: store.arn('cluster', task.cluster),
    taskDefinitionArn: task.taskDefinition,
    containerInstanceArn: task.containerInstance,
    availabilityZone: valueOf('ecs.availability-zone'),
    group: task.group,
    startedBy: task.startedBy,
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    healthStatus: taskHealth(task),
    connectivity: isConnected ? 'CONNECTED' : 'DISCONNECTED',
    connectivityAt: seconds(task.pullStartedAt ?? task.createdAt),
    launchType: 'EC2',
    cpu: String(task.cpu),
    memory: String(task.memory),
    overrides: describeOverrides(task),
    attachments: [],
    attributes: architecture === undefined ? [] : [{ name: 'ecs.cpu-architecture', value: architecture }],
    enableExecuteCommand: task.enableExecuteCommand ?? false,
    version: task.version,
    containers: task.containers.map((container) =>
      describeContainer(
        task,
        container,
        definitions.find(({ name }) => name === container.name),
      ),
    ),
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
