import { AwsError } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import type { Cluster, ContainerInstance, Service, Task, TaskDefinition } from './model.ts';
import { account as count, emptyUsage, type Usage } from './placement.ts';
import { tableOf } from '../../engine/table.ts';

interface Saved {
  clusters: Cluster[];
  instances: ContainerInstance[];
  definitions: TaskDefinition[];
  services: Service[];
  tasks: Task[];
  revisions: Record<string, number>;
  runTokens: Record<string, RunToken>;
}

/** A RunTask that may be repeated. */
export interface RunToken {
  parameters: string;
  taskArns: string[];
  at: number;
}

const clusterMissing = (): AwsError => new AwsError('ClusterNotFoundException', 'Cluster not found.');

/** Everything ECS knows, and how callers' names, ARNs and ids lead to it. */
export type Store = ReturnType<typeof createStore>;

export const createStore = ({ account, region, random }: Pick<Engine, 'account' | 'region' | 'random'>) => {
  const clusters = new Map<string, Cluster>();
  const instances = new Map<string, ContainerInstance>();
  const definitions = new Map<string, TaskDefinition>();
  const services = new Map<string, Service>();
  const tasks = new Map<string, Task>();
  /** Tasks of one service, by its ARN, so that a tick need not look at all of them. */
  const tasksByService = new Map<string, Set<Task>>();
  const tasksByInstance = new Map<string, Set<Task>>();
  /** Those that are not STOPPED, by service, instance, and cluster and group. */
  const live = new Map<string, Set<Task>>();
  /** What the live tasks of an instance take, by its ARN. */
  const usages = new Map<string, Usage>();
  /** In the order in which they stopped. */
  const stopped = new Set<Task>();
  let revisions = tableOf<number>();
  let runTokens = tableOf<RunToken>();

  const arn = (kind: string, path: string): string => `arn:aws:ecs:${region}:${account}:${kind}/${path}`;
  /** Name of a cluster, out of a name or an ARN; `default` when none is given. */
  const clusterName = (reference: unknown): string =>
    reference === undefined || reference === null ? 'default' : (String(reference).split('/').at(-1) ?? '');
  const index = (map: Map<string, Set<Task>>, key: string, task: Task): void => {
    const set = map.get(key);
    if (set === undefined) map.set(key, new Set([task]));
    else set.add(task);
  };
  const serviceArn = (cluster: string, name: string): string => arn('service', `${cluster}/${name}`);
  const groupKey = (cluster: string, group: string): string => `${cluster}/${group}`;
  const keysOf = (task: Task): string[] => [
    task.containerInstance,
    groupKey(task.cluster, task.group),
    ...(task.service === undefined ? [] : [serviceArn(task.cluster, task.service)]),
  ];
  const usageOn = (instance: ContainerInstance): Usage => {
    const known = usages.get(instance.arn);
    if (known !== undefined) return known;
    const fresh = emptyUsage(instance);
    usages.set(instance.arn, fresh);
    return fresh;
  };
  const take = (task: Task, sign: 1 | -1): void => {
    const instance = instances.get(task.containerInstance);
    if (instance !== undefined) count(usageOn(instance), task, sign);
  };
  const release = (task: Task): void => {
    if (live.get(task.containerInstance)?.delete(task) !== true) return;
    for (const key of keysOf(task)) live.get(key)?.delete(task);
    take(task, -1);
    stopped.add(task);
  };
  const addTask = (task: Task): void => {
    tasks.set(task.arn, task);
    index(tasksByInstance, task.containerInstance, task);
    if (task.service !== undefined) index(tasksByService, serviceArn(task.cluster, task.service), task);
    if (task.lastStatus === 'STOPPED') {
      stopped.add(task);
      return;
    }
    for (const key of keysOf(task)) index(live, key, task);
    take(task, 1);
  };
  const removeTask = (task: Task): void => {
    release(task);
    stopped.delete(task);
    tasks.delete(task.arn);
    tasksByInstance.get(task.containerInstance)?.delete(task);
    if (task.service !== undefined) tasksByService.get(serviceArn(task.cluster, task.service))?.delete(task);
  };
  const none: ReadonlySet<Task> = new Set();

  return {
    /** 32 hexadecimal digits: task and instance ids. */
    hexId: (): string => random.hex(32),
    containerId: (): string => random.uuid(),
    /** `ecs-svc/` and 19 digits. */
    deploymentId: (): string => `ecs-svc/${random.digits(19)}`,
    clusters,
    instances,
    definitions,
    services,
    tasks,
    arn,
    serviceArn,
    clusterName,
    addTask,
    removeTask,
    /** Whoever sets a task to STOPPED says so here: only now what it held is free. */
    taskStopped: release,
    /** Forgets the tasks that had stopped before then. */
    forgetStopped: (before: number): void => {
      for (const task of stopped) {
        if ((task.stoppedAt ?? 0) >= before) return;
        removeTask(task);
      }
    },
    tasksOf: (service: Service): Task[] => [...(tasksByService.get(service.arn) ?? none)],
    tasksOn: (instance: ContainerInstance): Task[] => [...(tasksByInstance.get(instance.arn) ?? none)],
    /** Without those that are STOPPED. */
    liveTasksOf: (service: Service): ReadonlySet<Task> => live.get(service.arn) ?? none,
    liveTasksOn: (instance: ContainerInstance): ReadonlySet<Task> => live.get(instance.arn) ?? none,
    liveTasksIn: (cluster: string, group: string): ReadonlySet<Task> => live.get(groupKey(cluster, group)) ?? none,
    /** What is taken of an instance now; not to be changed. */
    usageOn,
    instancesOf: (cluster: string): ContainerInstance[] =>
      [...instances.values()].filter((instance) => instance.cluster === cluster),
    servicesOf: (cluster: string): Service[] => [...services.values()].filter((service) => service.cluster === cluster),
    cluster: (reference: unknown): Cluster => {
      const found = clusters.get(clusterName(reference));
      if (found?.status !== 'ACTIVE') throw clusterMissing();
      return found;
    },
    /** By name or ARN; INACTIVE ones too. */
    findService: (cluster: string, reference: unknown): Service | undefined =>
      services.get(
        serviceArn(
          cluster,
          String(reference ?? '')
            .split('/')
            .at(-1) ?? '',
        ),
      ),
    /** By id or ARN. */
    findTask: (cluster: string, reference: unknown): Task | undefined =>
      tasks.get(
        arn(
          'task',
          `${cluster}/${
            String(reference ?? '')
              .split('/')
              .at(-1) ?? ''
          }`,
        ),
      ),
    findInstance: (cluster: string, reference: unknown): ContainerInstance | undefined =>
      instances.get(
        arn(
          'container-instance',
          `${cluster}/${
            String(reference ?? '')
              .split('/')
              .at(-1) ?? ''
          }`,
        ),
      ),
    /** `family`, `family:revision` or an ARN; a bare family means its latest ACTIVE revision. */
    findDefinition: (reference: unknown): TaskDefinition | undefined => {
      const [family = '', revision] = (
        String(reference ?? '')
          .split('/')
          .at(-1) ?? ''
      ).split(':');
      if (revision !== undefined) return definitions.get(arn('task-definition', `${family}:${revision}`));
      for (let latest = revisions[family] ?? 0; latest > 0; latest -= 1) {
        const definition = definitions.get(arn('task-definition', `${family}:${latest}`));
        if (definition?.status === 'ACTIVE') return definition;
      }
      return undefined;
    },
    nextRevision: (family: string): number => {
      revisions[family] = (revisions[family] ?? 0) + 1;
      return revisions[family];
    },
    runTokens: (): Record<string, RunToken> => runTokens,
    save: (): Saved => ({
      clusters: [...clusters.values()],
      instances: [...instances.values()],
      definitions: [...definitions.values()],
      services: [...services.values()],
      tasks: [...tasks.values()],
      revisions,
      runTokens,
    }),
    load: (saved: Saved): void => {
      for (const cluster of saved.clusters) clusters.set(cluster.name, cluster);
      for (const instance of saved.instances) instances.set(instance.arn, instance);
      for (const definition of saved.definitions) definitions.set(definition.arn, definition);
      for (const service of saved.services) services.set(service.arn, service);
      for (const task of saved.tasks) addTask(task);
      const inOrder = [...stopped].toSorted((a, b) => (a.stoppedAt ?? 0) - (b.stoppedAt ?? 0));
      stopped.clear();
      for (const task of inOrder) stopped.add(task);
      revisions = tableOf(saved.revisions);
      runTokens = tableOf(saved.runTokens);
    },
  };
};
