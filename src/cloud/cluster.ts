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
import { call } from './call.ts';

/** DescribeContainerInstances and DescribeTasks take a hundred ARNs. */
const DESCRIBE_LIMIT = 100;

/** ACTIVE instances with a connected agent, and on which of them the given incarnation has tasks. */
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
  const byArn = new Map(instances.map((i) => [i.containerInstanceArn, i.ec2InstanceId ?? '']));
  return {
    name: cluster,
    instances: instances.filter((i) => i.status === 'ACTIVE' && i.agentConnected === true).map(toInstance),
    ownInstances: [...new Set(tasks.map((t) => byArn.get(t.containerInstanceArn) ?? '').filter((id) => id !== ''))],
  };
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

/** Tasks of one ECS service whose desired status is the given one. */
export async function describeTasks(
  ecs: ECSClient,
  {
    cluster,
    incarnation,
    desiredStatus,
  }: { cluster: string; incarnation: string; desiredStatus: 'RUNNING' | 'STOPPED' },
  signal?: AbortSignal,
): Promise<Task[]> {
  const tasks: Task[] = [];
  let nextToken: string | undefined;
  do {
    const page = await call(
      ecs,
      new ListTasksCommand({ cluster, serviceName: incarnation, desiredStatus, nextToken }),
      signal,
    );
    const arns = page.taskArns ?? [];
    if (arns.length > 0)
      tasks.push(...((await call(ecs, new DescribeTasksCommand({ cluster, tasks: arns }), signal)).tasks ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return tasks;
}

/** These tasks as they are now; those that ECS has forgotten are left out. */
export async function describeTasksByArn(
  ecs: ECSClient,
  cluster: string,
  tasks: Task[],
  signal?: AbortSignal,
): Promise<Task[]> {
  const arns = tasks.map((t) => t.taskArn ?? '');
  return (await call(ecs, new DescribeTasksCommand({ cluster, tasks: arns }), signal)).tasks ?? [];
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
