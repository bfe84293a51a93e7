import type { ECSClient, Service, ServiceEvent, Task } from '@aws-sdk/client-ecs';
import { DescribeInstanceHealthCommand, type ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing';
import { isServing, type RolloutSnapshot, type RolloutTarget, type StoppedTask } from '../domain/deploy/rollout.ts';
import { awsCodeOf, call } from './call.ts';
import { describeInstances, listTasks, taskId } from './cluster.ts';
import { BALANCER_NOT_FOUND } from './elb-read.ts';
import type { TaskPoller } from './pollers.ts';

export interface RolloutClients {
  ecs: ECSClient;
  elb: ElasticLoadBalancingClient;
  /** Rollouts side by side share its calls. */
  tasks: TaskPoller;
}

const STUCK =
  /was unable to (place a task|stop or start tasks|reach steady state)|is unable to consistently start tasks/;

/** What one look at a rollout found out beyond the service itself; kept between looks, read again when it may differ. */
interface Known {
  counts: string;
  /** Running tasks by deployment, and those of ours. */
  running: string;
  oursRunning: number;
  newestEvent: string | undefined;
  /** The event that tells of the tasks started last. */
  startEvent: string | undefined;
  tasks: Task[];
  stopped: Task[];
  instances: string[];
  /** Undefined when there is no load balancer any more. */
  health: RolloutSnapshot['health'] | undefined;
}

/** Looks at one rollout again and again with as few calls as will do. */
export interface RolloutEye {
  /** What the last look saw. */
  latest(): RolloutSnapshot | undefined;
  look(service: Service | undefined, signal?: AbortSignal): Promise<RolloutSnapshot>;
}

const countsOf = (service: Service | undefined): string =>
  JSON.stringify([
    service?.status,
    service?.desiredCount,
    service?.deployments?.map((d) => [d.id, d.runningCount, d.pendingCount, d.failedTasks]),
  ]);

/** What ECS says when it places tasks. */
const STARTED = /has started (\d+) tasks/;

/**
 * Running tasks are listed when their number changes or others were started meanwhile, stopped ones when the counts or the events say that one of ours
 * may have stopped or that the last of the others is on its way out, and the balancer is asked only while its answer
 * decides something.
 */
export function createRolloutEye(clients: RolloutClients, target: RolloutTarget): RolloutEye {
  let known: Known | undefined;
  let latest: RolloutSnapshot | undefined;
  const { cluster, name: incarnation } = target;
  /** Those that ECS has forgotten are left out. */
  const describe = async (arns: string[]): Promise<Task[]> =>
    (await Promise.all(arns.map((arn) => clients.tasks(cluster, arn)))).filter((task) => task !== undefined);
  const tasksWith = async (desiredStatus: 'RUNNING' | 'STOPPED', signal?: AbortSignal): Promise<Task[]> =>
    describe(await listTasks(clients.ecs, { cluster, incarnation, desiredStatus }, signal));

  const refresh = async (service: Service, signal?: AbortSignal): Promise<Known> => {
    const counts = countsOf(service);
    const newestEvent = service.events?.[0]?.id;
    const startEvent = service.events?.find(({ message = '' }) => STARTED.test(message))?.id;
    const changed = known?.counts !== counts;
    const running = JSON.stringify(service.deployments?.map((d) => [d.id, d.runningCount]));
    const oursRunning = oursRun(service, target);
    const stoppedTasks = async (): Promise<Task[]> => {
      if (known === undefined) return tasksWith('STOPPED', signal);
      const othersGone = othersRun(service, target) === 0;
      const perhapsNew = (changed || known.newestEvent !== newestEvent) && mayHaveStopped(service, target);
      if (perhapsNew || (changed && othersGone)) return tasksWith('STOPPED', signal);
      const leaving = known.stopped.filter(isStopping);
      if (leaving.length === 0 || !(changed || othersGone)) return known.stopped;
      const seenAgain = await describe(leaving.map((task) => task.taskArn ?? ''));
      return [...known.stopped.filter((t) => !isStopping(t)), ...seenAgain];
    };
    // A task that another one has replaced leaves the number as it was. A list that lags behind the counts is not kept.
    const isSame =
      known?.running === running && known.startEvent === startEvent && known.instances.length === oursRunning;
    const sameTasks = isSame ? known?.tasks : undefined;
    const [tasks, stopped, health] = await Promise.all([
      sameTasks ?? tasksWith('RUNNING', signal),
      stoppedTasks(),
      known === undefined || known.oursRunning !== oursRunning || asksHealth(known, service, target)
        ? instanceHealth(clients.elb, target, signal)
        : known.health,
    ]);
    const serving = tasks.filter((t) => isOurs(t, target) && t.lastStatus === 'RUNNING');
    const instances =
      tasks === known?.tasks ? known.instances : await ec2Instances(clients.ecs, target.cluster, serving, signal);
    return { counts, running, oursRunning, newestEvent, startEvent, tasks, stopped, instances, health };
  };

  return {
    latest: () => latest,
    async look(service, signal) {
      if (service !== undefined) known = await refresh(service, signal);
      latest = toSnapshot(service, known, target);
      return latest;
    },
  };
}

/** Everything anew, for the last word before a verdict. */
export const takeSnapshot = (
  clients: RolloutClients,
  { target, service }: { target: RolloutTarget; service: Service | undefined },
  signal?: AbortSignal,
): Promise<RolloutSnapshot> => createRolloutEye(clients, target).look(service, signal);

/** Told to stop, and still holding its port: ECS counts it no more, so it is looked at until it is gone. */
const isStopping = (task: Task): boolean => task.lastStatus !== 'STOPPED';

const deploymentOf = (service: Service | undefined, { deploymentId }: RolloutTarget) =>
  service?.deployments?.find((d) => d.id === deploymentId);

const isOurs = (task: Task, target: RolloutTarget): boolean =>
  target.isWayBack === true ? task.taskDefinitionArn === target.taskDefinition : task.startedBy === target.deploymentId;

const isOurDeployment = (d: NonNullable<Service['deployments']>[number], target: RolloutTarget): boolean =>
  target.isWayBack === true ? d.taskDefinition === target.taskDefinition : d.id === target.deploymentId;

const oursRun = (service: Service, target: RolloutTarget): number =>
  (service.deployments ?? [])
    .filter((d) => isOurDeployment(d, target))
    .reduce((sum, d) => sum + (d.runningCount ?? 0), 0);

/** Tasks of other deployments that ECS counts as running or about to. */
const othersRun = (service: Service, target: RolloutTarget): number =>
  (service.deployments ?? [])
    .filter((d) => !isOurDeployment(d, target))
    .reduce((sum, d) => sum + (d.runningCount ?? 0) + (d.pendingCount ?? 0), 0);

/** ECS has counted a failure, or has started more tasks for us than are wanted: some of them have stopped. */
function mayHaveStopped(service: Service, target: RolloutTarget): boolean {
  const ours = deploymentOf(service, target);
  if ((ours?.failedTasks ?? 0) > 0) return true;
  const since = ours?.createdAt ?? new Date(0);
  const started = (service.events ?? [])
    .filter((e) => (e.createdAt ?? since) >= since)
    .reduce((sum, e) => sum + Number(STARTED.exec(e.message ?? '')?.[1] ?? 0), 0);
  return started > (service.desiredCount ?? 0);
}

/** While every wanted task runs and not all are in service yet, and again when nothing else is left to wait for. */
function asksHealth({ instances, health, stopped }: Known, service: Service, target: RolloutTarget): boolean {
  if (oursRun(service, target) < (service.desiredCount ?? 0)) return false;
  const serving = (health ?? []).filter((h) => isServing(h) && instances.includes(h.instance)).length;
  return serving < instances.length || (othersRun(service, target) === 0 && !stopped.some(isStopping));
}

function toSnapshot(service: Service | undefined, known: Known | undefined, target: RolloutTarget): RolloutSnapshot {
  const primary = service?.deployments?.find((d) => d.status === 'PRIMARY');
  const ours = deploymentOf(service, target);
  const others = service?.deployments?.filter((d) => !isOurDeployment(d, target)) ?? [];
  const { tasks = [], stopped = [], instances = [], health } = known ?? {};
  return {
    service: service?.status ?? 'MISSING',
    desired: service?.desiredCount ?? 0,
    primary: { id: primary?.id ?? '', taskDefinition: primary?.taskDefinition ?? '' },
    // On the way back ECS may go on replacing what is whole already.
    ours: { running: instances.length, pending: target.isWayBack === true ? 0 : (ours?.pendingCount ?? 0) },
    others: {
      running: others.reduce((sum, d) => sum + (d.runningCount ?? 0), 0),
      pending: others.reduce((sum, d) => sum + (d.pendingCount ?? 0), 0),
      deployments: others.length,
    },
    ourInstances: instances,
    oldTasks: [...tasks, ...stopped.filter(isStopping)].filter((t) => !isOurs(t, target)).length,
    oldStopping: stopped.filter((t) => isStopping(t) && !isOurs(t, target)).length,
    stopped: stopped
      .filter((t) => t.startedBy === target.deploymentId)
      .sort((a, b) => stoppedSince(a) - stoppedSince(b))
      .map(toStopped)
      .filter(({ id }) => target.inheritedTasks?.includes(id) !== true),
    health: health ?? [],
    ...(known !== undefined && health === undefined ? { balancerGone: true } : {}),
    ...said(eventsOf(service, target)),
  };
}

/** ECS stops maintaining the service until somebody mends its role. */
const BLOCKED = /IAM permissions policies have been misconfigured/;

/** What ECS says once whatever it complained of is over. */
const SETTLED = /has reached a steady state/;

/**
 * Texts of the events of a rollout, newest first: those since its deployment began. Of a deployment that is older than the
 * change those from before are left out, but for tasks that have found no place ever since: ECS does not say that again.
 */
export function eventsOf(service: Service | undefined, target: RolloutTarget): string[] {
  const began = deploymentOf(service, target)?.createdAt?.getTime() ?? 0;
  const at = ({ createdAt = new Date() }: ServiceEvent): number => createdAt.getTime();
  const events = (service?.events ?? []).filter((e) => at(e) >= began);
  const settled = events.findIndex(({ message = '' }) => SETTLED.test(message));
  const stands = events.slice(0, settled < 0 ? undefined : settled).filter(({ message = '' }) => STUCK.test(message));
  const isNews = (e: ServiceEvent) => at(e) > (target.eventsAfter ?? 0) || stands.includes(e);
  return events.filter(isNews).map(({ message = '' }) => message);
}

/** What the newest events say of tasks that do not move. */
function said(events: string[]): { stuck?: string; blocked?: string } {
  const texts = events.map((text) => text.replace(/^\(service [^)]*\) /, ''));
  const [stuck, blocked] = [texts.find((text) => STUCK.test(text)), texts.find((text) => BLOCKED.test(text))];
  return { ...(stuck === undefined ? {} : { stuck }), ...(blocked === undefined ? {} : { blocked }) };
}

/** Container instances keep their EC2 instance for life, so one answer serves the whole worker. */
const ec2Ids = new Map<string, string>();

async function ec2Instances(ecs: ECSClient, cluster: string, tasks: Task[], signal?: AbortSignal): Promise<string[]> {
  const arns = tasks.map((t) => t.containerInstanceArn ?? '');
  if (arns.some((arn) => !ec2Ids.has(arn))) {
    for (const i of await describeInstances(ecs, cluster, signal))
      ec2Ids.set(i.containerInstanceArn ?? '', i.ec2InstanceId ?? '');
  }
  return arns.map((arn) => ec2Ids.get(arn) ?? '');
}

/** Undefined when somebody deleted the load balancer. */
async function instanceHealth(
  elb: ElasticLoadBalancingClient,
  { name, hasEndpoint }: RolloutTarget,
  signal?: AbortSignal,
): Promise<RolloutSnapshot['health'] | undefined> {
  if (!hasEndpoint) return [];
  try {
    const answer = await call(elb, new DescribeInstanceHealthCommand({ LoadBalancerName: name }), signal);
    return (answer.InstanceStates ?? []).map((s) => ({
      instance: s.InstanceId ?? '',
      state: s.State ?? 'Unknown',
      description: s.Description ?? '',
    }));
  } catch (error) {
    if (BALANCER_NOT_FOUND.includes(awsCodeOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** When it began to stop, in milliseconds since the epoch: the first of several is the one to look at. */
const stoppedSince = ({ stoppingAt, stoppedAt }: Task): number => (stoppingAt ?? stoppedAt)?.getTime() ?? 0;

function toStopped(task: Task): StoppedTask {
  const container = task.containers?.find((c) => c.exitCode !== undefined || c.reason !== undefined);
  return {
    id: taskId(task.taskArn ?? ''),
    ...(task.stopCode === undefined ? {} : { stopCode: task.stopCode }),
    reason: task.stoppedReason ?? '',
    ...(container?.exitCode === undefined ? {} : { exitCode: container.exitCode }),
    ...(container?.name === undefined ? {} : { container: container.name }),
    ...(container?.reason === undefined ? {} : { containerReason: container.reason }),
  };
}
