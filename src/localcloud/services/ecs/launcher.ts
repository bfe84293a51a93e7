import type { Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { readConstraints, type Constraints } from './constraints.ts';
import type { ContainerInstance, Deployment, Service, Task, TaskDefinition } from './model.ts';
import {
  bindPorts,
  lacksAttribute,
  obstacleOn,
  place,
  requirementsOf,
  type Candidate,
  type Placement,
  type Usage,
} from './placement.ts';
import type { Store } from './store.ts';
import { readStrategies, SERVICE_DEFAULT } from './strategies.ts';
import { managedTags } from './tags.ts';
import type { TaskLife } from './task-life.ts';

interface Ports {
  engine: Engine;
  store: Store;
  life: TaskLife;
}

/** Who a task is started for. */
export type Launch = Pick<Task, 'cluster' | 'group'> &
  Partial<Pick<Task, 'startedBy' | 'service' | 'deploymentId' | 'overrides' | 'tags' | 'enableExecuteCommand'>>;

/** Where a task may go, besides what its task definition says; as the API has them. */
interface Wish {
  group: string;
  constraints: readonly Params[];
  /** Empty: the fewest tasks of the group, then the most room. */
  strategies: readonly Params[];
}

export interface Launcher {
  startForService(service: Service, deployment: Deployment): { task: Task } | Exclude<Placement, { usage: Usage }>;
  /** ARNs of the instances that are to have a task of a DAEMON service, whether there is room or not. */
  daemonInstances(service: Service, deployment: Deployment): ReadonlySet<string>;
  /** Where a task would go now. @throws InvalidParameterException an expression or strategy that AWS does not take. */
  choose(cluster: string, definition: TaskDefinition, wish: Wish): Placement;
  /** Every ACTIVE instance, and what keeps the task from it. @throws like `choose`. */
  candidates(cluster: string, definition: TaskDefinition, wish: Wish): Candidate[];
  start(launch: Launch, definition: TaskDefinition, where: { instance: ContainerInstance; usage: Usage }): Task;
}

export const zoneOf = (instance: ContainerInstance | undefined): string =>
  instance?.attributes.find(({ name }) => name === 'ecs.availability-zone')?.value ?? '';

/** One task on each instance that qualifies, instead of so many wherever there is room. */
export const isDaemon = ({ rest }: Pick<Service, 'rest'>): boolean => rest.schedulingStrategy === 'DAEMON';

/** Makes tasks, on the instances that placement picks. */
export const createLauncher = ({ engine, store, life }: Ports): Launcher => {
  const candidates: Launcher['candidates'] = (cluster, definition, { group, constraints }) => {
    const want = requirementsOf(definition);
    const { obstacle: constraintOn } = constraintsOf(definition, constraints);
    const siblings = new Map<string, number>();
    for (const { containerInstance, desiredStatus } of store.liveTasksIn(cluster, group)) {
      if (desiredStatus === 'RUNNING') siblings.set(containerInstance, (siblings.get(containerInstance) ?? 0) + 1);
    }
    return store
      .instancesOf(cluster)
      .filter(({ status }) => status === 'ACTIVE')
      .map((instance) => {
        const usage = store.usageOn(instance);
        const count = siblings.get(instance.arn) ?? 0;
        const obstacle =
          obstacleOn(instance, usage, want) ?? constraintOn(instance, store.liveTasksOn(instance), count);
        const common = { instance, usage, siblings: count, zone: zoneOf(instance) };
        return obstacle === undefined ? common : { ...common, obstacle };
      });
  };
  const constraintsOf = (definition: TaskDefinition, more: readonly Params[]): Constraints =>
    readConstraints([...((definition.rest.placementConstraints ?? []) as Params[]), ...more]);
  const choose: Launcher['choose'] = (cluster, definition, wish) =>
    place(candidates(cluster, definition, wish), readStrategies(wish.strategies), engine.random);

  const start: Launcher['start'] = (launch, definition, { instance, usage }) => {
    const id = store.hexId();
    const { cpu, memory } = requirementsOf(definition);
    const taken = new Set(usage.ports);
    const task: Task = {
      overrides: {},
      tags: {},
      ...launch,
      id,
      arn: store.arn('task', `${launch.cluster}/${id}`),
      taskDefinition: definition.arn,
      containerInstance: instance.arn,
      lastStatus: 'PENDING',
      desiredStatus: 'RUNNING',
      containers: definition.containers.map((container) => ({
        name: container.name,
        image: container.image,
        containerArn: store.arn('container', `${launch.cluster}/${id}/${store.containerId()}`),
        runtimeId: `${store.hexId()}${store.hexId()}`,
        essential: container.essential,
        lastStatus: 'PENDING',
        bindings: bindPorts(container.portMappings, taken),
      })),
      cpu,
      memory,
      createdAt: engine.clock.now(),
      version: 1,
      isRegistered: false,
      wasHealthy: false,
    };
    store.addTask(task);
    life.resume(task);
    return task;
  };

  return {
    candidates,
    choose,
    start,
    daemonInstances: (service, deployment) => {
      const definition = store.definitions.get(deployment.taskDefinition);
      if (definition === undefined) return new Set();
      const want = requirementsOf(definition);
      const constraints = constraintsOf(definition, service.placementConstraints);
      const eligible = store
        .instancesOf(service.cluster)
        .filter((one) => one.status === 'ACTIVE' && !lacksAttribute(one, want))
        .filter((one) => constraints.obstacle(one, store.liveTasksOn(one), 0) === undefined);
      return new Set(eligible.map(({ arn }) => arn));
    },
    startForService: (service, deployment) => {
      const definition = store.definitions.get(deployment.taskDefinition);
      if (definition === undefined) return {};
      const { cluster, placementStrategy } = service;
      const constraints = isDaemon(service)
        ? [...service.placementConstraints, { type: 'distinctInstance' }]
        : service.placementConstraints;
      const group = `service:${service.name}`;
      const strategies = placementStrategy.length > 0 ? placementStrategy : SERVICE_DEFAULT;
      const placement = choose(cluster, definition, { group, constraints, strategies });
      if (!('usage' in placement)) return placement;
      const tagged = { SERVICE: service.tags, TASK_DEFINITION: definition.tags };
      const launch: Launch = {
        cluster,
        group,
        service: service.name,
        deploymentId: deployment.id,
        startedBy: deployment.id,
        tags: {
          ...tagged[service.rest.propagateTags as keyof typeof tagged],
          ...(service.rest.enableECSManagedTags === true && managedTags(cluster, service.name)),
        },
        ...(service.rest.enableExecuteCommand === true && { enableExecuteCommand: true }),
      };
      return { task: start(launch, definition, placement) };
    },
  };
};
