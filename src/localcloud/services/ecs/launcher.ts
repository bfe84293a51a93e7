import type { Machines } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import type { ContainerInstance, Deployment, Service, Task, TaskDefinition } from './model.ts';
import { bindPorts, place, requirementsOf, usageOf, type Candidate, type Placement, type Usage } from './placement.ts';
import type { Store } from './store.ts';
import type { TaskLife } from './task-life.ts';

interface Ports {
  engine: Engine;
  store: Store;
  machines: Machines;
  life: TaskLife;
}

/** Who a task is started for. */
export type Launch = Pick<Task, 'cluster' | 'group'> &
  Partial<Pick<Task, 'startedBy' | 'service' | 'deploymentId' | 'overrides' | 'tags'>>;

export interface Launcher {
  startForService(service: Service, deployment: Deployment): { task: Task } | Exclude<Placement, { usage: Usage }>;
  /** Where a task would go now. */
  choose(cluster: string, definition: TaskDefinition, siblingsOf: string, isDistinct: boolean): Placement;
  /** Instances that take tasks: ACTIVE ones. */
  candidates(cluster: string, siblingsOf: string): Candidate[];
  start(launch: Launch, definition: TaskDefinition, where: { instance: ContainerInstance; usage: Usage }): Task;
  zoneOf(instance: ContainerInstance | undefined): string;
}

/** Makes tasks, on the instances that placement picks. */
export const createLauncher = ({ engine, store, machines, life }: Ports): Launcher => {
  const zoneOf = (instance: ContainerInstance | undefined): string =>
    machines.get(instance?.ec2InstanceId ?? '')?.availabilityZone ?? '';

  const candidates = (cluster: string, group: string): Candidate[] =>
    store
      .instancesOf(cluster)
      .filter(({ status }) => status === 'ACTIVE')
      .map((instance) => {
        const tasks = store.tasksOn(instance);
        const siblings = tasks.filter((task) => task.group === group && task.desiredStatus === 'RUNNING').length;
        return { instance, usage: usageOf(instance, tasks), siblings, zone: zoneOf(instance) };
      });
  const choose = (cluster: string, definition: TaskDefinition, group: string, isDistinct: boolean): Placement =>
    place(candidates(cluster, group), requirementsOf(definition), isDistinct);

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
    zoneOf,
    candidates,
    choose,
    start,
    startForService: (service, deployment) => {
      const definition = store.definitions.get(deployment.taskDefinition);
      if (definition === undefined) return {};
      const group = `service:${service.name}`;
      const isDistinct = service.placementConstraints.some(({ type }) => type === 'distinctInstance');
      const placement = choose(service.cluster, definition, group, isDistinct);
      if (!('usage' in placement)) return placement;
      const tagged = { SERVICE: service.tags, TASK_DEFINITION: definition.tags };
      const launch: Launch = {
        cluster: service.cluster,
        group,
        service: service.name,
        deploymentId: deployment.id,
        startedBy: deployment.id,
        tags: { ...tagged[service.rest.propagateTags as keyof typeof tagged] },
      };
      return { task: start(launch, definition, placement) };
    },
  };
};
