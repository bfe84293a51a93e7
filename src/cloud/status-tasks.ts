import {
  DescribeContainerInstancesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  type Service,
  type Task,
} from '@aws-sdk/client-ecs';
import { DescribeInstanceHealthCommand } from '@aws-sdk/client-elastic-load-balancing';
import type { TaskRow } from '../domain/api.ts';
import { isWonderlandError } from '../domain/errors.ts';
import { serviceFamily, serviceOfIncarnation, TAG } from '../domain/ids.ts';
import { call } from './call.ts';
import type { Clients } from './clients.ts';
import { fromEcsTags } from './tags.ts';
import { describeRevision } from './task-definition.ts';

/** ListTasks and DescribeTasks both take a hundred. */
const PAGE = 100;
const NONE = '-';
/** Enough for every machine and revision in use; the oldest are forgotten first. */
const REMEMBERED = 5_000;

/** Reads the tasks of services of one cluster. What never changes is asked for once. */
export function createTaskReader({ ecs, elb }: Pick<Clients, 'ecs' | 'elb'>, cluster: string) {
  /** EC2 instance id by ARN of the container instance. */
  const machines = new Map<string, string>();
  /** Deployment id by ARN of a revision that is in no release yet. */
  const revisions = new Map<string, string>();

  /** Tasks that should run; by family, because that needs no knowledge of the incarnation. */
  async function tasksOf(service: string, signal: AbortSignal): Promise<Task[]> {
    const tasks: Task[] = [];
    let nextToken: string | undefined;
    do {
      const query = { cluster, family: serviceFamily(service), maxResults: PAGE, nextToken };
      const page = await call(ecs, new ListTasksCommand(query), signal);
      nextToken = page.nextToken;
      if ((page.taskArns ?? []).length === 0) continue;
      const described = await call(ecs, new DescribeTasksCommand({ cluster, tasks: page.taskArns }), signal);
      tasks.push(...(described.tasks ?? []));
    } while (nextToken !== undefined);
    return tasks.filter(({ group = '' }) => serviceOfIncarnation(group.replace(/^service:/, '')) === service);
  }

  /** At most one call, so that a status stays within its five: unknown machines first, then one unknown revision. */
  async function learn(tasks: Task[], released: Map<string, string>, signal: AbortSignal): Promise<void> {
    const instances = [...new Set(tasks.flatMap((task) => task.containerInstanceArn ?? []))];
    const strangers = instances.filter((arn) => !machines.has(arn)).slice(0, PAGE);
    if (strangers.length > 0) {
      const command = new DescribeContainerInstancesCommand({ cluster, containerInstances: strangers });
      const { containerInstances = [] } = await call(ecs, command, signal);
      for (const { containerInstanceArn: arn = '', ec2InstanceId = NONE } of containerInstances)
        remember(machines, arn, ec2InstanceId);
      return;
    }
    const revision = tasks
      .map(({ taskDefinitionArn: arn = '' }) => arn)
      .find((arn) => !released.has(revisionNumber(arn)) && !revisions.has(arn));
    if (revision === undefined) return;
    const described = await describeRevision(ecs, revision, signal);
    remember(revisions, revision, described?.deployment ?? NONE);
  }

  /** ELB state by EC2 instance id; empty when the balancer is gone. */
  async function healthOf(balancer: string | undefined, signal: AbortSignal): Promise<Map<string, string>> {
    if (balancer === undefined) return new Map();
    try {
      const command = new DescribeInstanceHealthCommand({ LoadBalancerName: balancer });
      const { InstanceStates = [] } = await call(elb, command, signal);
      return new Map(InstanceStates.map(({ InstanceId = '', State = NONE }) => [InstanceId, State]));
    } catch (error) {
      if (isWonderlandError(error) && error.code === 'not_found') return new Map();
      throw error;
    }
  }

  /** One row per container of every task, in the order of the machines. */
  async function rows(tasks: Task[], service: Service, signal: AbortSignal): Promise<TaskRow[]> {
    const balancer = service.loadBalancers?.[0];
    const released = releasesByRevision(service);
    const [health] = await Promise.all([healthOf(balancer?.loadBalancerName, signal), learn(tasks, released, signal)]);
    const found = tasks.flatMap((task) => {
      const machine = machines.get(task.containerInstanceArn ?? '') ?? NONE;
      const revision = task.taskDefinitionArn ?? '';
      const deployment = released.get(revisionNumber(revision)) ?? revisions.get(revision) ?? NONE;
      return (task.containers ?? []).map(({ name = NONE }): TaskRow => ({
        machine,
        component: name,
        status: task.lastStatus ?? NONE,
        ...(task.startedAt === undefined ? {} : { startedAt: task.startedAt.getTime() }),
        deployment,
        elb: (name === balancer?.containerName ? health.get(machine) : undefined) ?? NONE,
      }));
    });
    return found.toSorted((a, b) => a.machine.localeCompare(b.machine) || (a.startedAt ?? 0) - (b.startedAt ?? 0));
  }

  return { tasksOf, rows };
}

function remember(map: Map<string, string>, key: string, value: string): void {
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > REMEMBERED && oldest !== undefined) map.delete(oldest);
}

/** `7` of `arn:…:task-definition/service-autoscaler:7`. */
const revisionNumber = (arn: string): string => arn.slice(arn.lastIndexOf(':') + 1);

/** Deployment id by number of the revision, from the tag of the last good `id:revision` pairs, newest first. */
function releasesByRevision({ tags }: Service): Map<string, string> {
  const pairs = (fromEcsTags(tags)[TAG.releases] ?? '').split(' ').filter((pair) => pair.includes(':'));
  return new Map(pairs.toReversed().map((pair) => [revisionNumber(pair), pair.slice(0, pair.indexOf(':'))]));
}
