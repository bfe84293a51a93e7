import {
  DescribeContainerInstancesCommand,
  DescribeTasksCommand,
  ListContainerInstancesCommand,
  ListTasksCommand,
  type ContainerInstance,
  type ECSClient,
  type Task,
} from '@aws-sdk/client-ecs';
import type { ObservedCluster, ObservedInstance } from '../domain/deploy/observed.ts';
import { AGENT_GONE } from '../domain/deploy/capacity.ts';
import { call } from './call.ts';

/** DescribeContainerInstances and DescribeTasks take a hundred ARNs. */
const DESCRIBE_LIMIT = 100;

/** ACTIVE instances with a connected agent, the others by name, and the tasks of the given incarnation. */
export async function observeCluster(
  ecs: ECSClient,
  { cluster, incarnation }: { cluster: string; incarnation?: string },
  signal?: AbortSignal,
): Promise<ObservedCluster> {
  const instances = await describeInstances(ecs, cluster, signal);
  const tasks =
    incarnation === undefined
      ? []
      : await describeTasks(ecs, { cluster, incarnation, desiredStatus: 'RUNNING' }, signal);
  const stopped =
    incarnation === undefined ? [] : await listTasks(ecs, { cluster, incarnation, desiredStatus: 'STOPPED' }, signal);
  const byArn = new Map(instances.map((i) => [i.containerInstanceArn, i.ec2InstanceId ?? '']));
  return {
    name: cluster,
    instances: instances.filter(takesTasks).map(toInstance),
    ...unusable(instances),
    ownInstances: tasks.map((t) => byArn.get(t.containerInstanceArn) ?? '').filter((id) => id !== ''),
    ...oldest(tasks),
    ownTasks: [...tasks.map((t) => t.taskArn ?? ''), ...stopped].map(taskId),
  };
}

function oldest(tasks: Task[]): Pick<ObservedCluster, 'oldestTaskAt'> {
  const starts = tasks.flatMap(({ startedAt }) => startedAt?.getTime() ?? []);
  return starts.length === 0 ? {} : { oldestTaskAt: Math.min(...starts) };
}

/** Last part of an ARN. */
export const taskId = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

const takesTasks = (i: ContainerInstance): boolean => i.status === 'ACTIVE' && i.agentConnected === true;

function unusable(instances: ContainerInstance[]): Pick<ObservedCluster, 'unusable'> {
  const names = instances
    .filter((i) => !takesTasks(i))
    .map((i) => `${i.ec2InstanceId}: ${i.status === 'ACTIVE' ? AGENT_GONE : i.status}`);
  return names.length === 0 ? {} : { unusable: names };
}

export async function describeInstances(
  ecs: ECSClient,
  cluster: string,
  signal?: AbortSignal,
): Promise<ContainerInstance[]> {
  const instances: ContainerInstance[] = [];
  let nextToken: string | undefined;
  do {
    const page = await call(
      ecs,
      new ListContainerInstancesCommand({ cluster, maxResults: DESCRIBE_LIMIT, nextToken }),
      signal,
    );
    const arns = page.containerInstanceArns ?? [];
    if (arns.length > 0) {
      const answer = await call(
        ecs,
        new DescribeContainerInstancesCommand({ cluster, containerInstances: arns }),
        signal,
      );
      instances.push(...(answer.containerInstances ?? []));
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return instances;
}

interface TaskQuery {
  cluster: string;
  incarnation: string;
  desiredStatus: 'RUNNING' | 'STOPPED';
}

/** Tasks of one ECS service whose desired status is the given one. */
export async function describeTasks(ecs: ECSClient, query: TaskQuery, signal?: AbortSignal): Promise<Task[]> {
  const tasks: Task[] = [];
  for await (const arns of taskPages(ecs, query, signal)) {
    const command = new DescribeTasksCommand({ cluster: query.cluster, tasks: arns });
    tasks.push(...((await call(ecs, command, signal)).tasks ?? []));
  }
  return tasks;
}

/** Their ARNs alone. */
export async function listTasks(ecs: ECSClient, query: TaskQuery, signal?: AbortSignal): Promise<string[]> {
  const all: string[] = [];
  for await (const arns of taskPages(ecs, query, signal)) all.push(...arns);
  return all;
}

/** Pages of at most a hundred; none that is empty. */
async function* taskPages(ecs: ECSClient, query: TaskQuery, signal?: AbortSignal): AsyncGenerator<string[]> {
  const { cluster, incarnation: serviceName, desiredStatus } = query;
  let nextToken: string | undefined;
  do {
    const page = await call(ecs, new ListTasksCommand({ cluster, serviceName, desiredStatus, nextToken }), signal);
    if ((page.taskArns ?? []).length > 0) yield page.taskArns ?? [];
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}

function toInstance(instance: ContainerInstance): ObservedInstance {
  const amount = (resources: ContainerInstance['remainingResources'], name: string) =>
    resources?.find((r) => r.name === name)?.integerValue ?? 0;
  const ports = instance.remainingResources?.find((r) => r.name === 'PORTS')?.stringSetValue ?? [];
  return {
    id: instance.ec2InstanceId ?? '',
    availabilityZone: instance.attributes?.find((a) => a.name === 'ecs.availability-zone')?.value ?? '',
    cpuTotal: amount(instance.registeredResources, 'CPU'),
    memoryTotal: amount(instance.registeredResources, 'MEMORY'),
    cpuFree: amount(instance.remainingResources, 'CPU'),
    memoryFree: amount(instance.remainingResources, 'MEMORY'),
    portsUsed: ports.map(Number),
  };
}
