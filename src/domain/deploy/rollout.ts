import type { RolloutCounts } from '../events.ts';

/** A task of our deployment that has stopped. */
export interface StoppedTask {
  /** Last part of the ARN. */
  id: string;
  stopCode?: string;
  reason: string;
  exitCode?: number;
  /** Name of the container that ended, and what ECS says of it. */
  container?: string;
  containerReason?: string;
}

/** One look at a rollout, bound to one `ecs-svc/…` deployment. */
export interface RolloutSnapshot {
  /** ECS service status, or MISSING. */
  service: string;
  desired: number;
  primary: { id: string; taskDefinition: string };
  /** Counts of our deployment; zero when ECS lists it no more. */
  ours: { running: number; pending: number };
  /** Tasks of every other deployment, and how many such deployments ECS lists. */
  others: { running: number; pending: number; deployments: number };
  /** EC2 instances with a RUNNING task of ours. */
  ourInstances: string[];
  /** Tasks of other deployments that still hold something: running or stopping. */
  oldTasks: number;
  /** Those of them that were told to stop: what they hold is about to be free. */
  oldStopping: number;
  stopped: StoppedTask[];
  health: { instance: string; state: string; description: string }[];
  /** The load balancer is not there any more. */
  balancerGone?: boolean;
  /** Newest event text that says a task could not be placed or moved, written since our deployment began. */
  stuck?: string;
  /** Event text of a fault that no waiting mends, written since our deployment began. */
  blocked?: string;
}

export interface RolloutContext {
  deploymentId: string;
  /** ARN. */
  taskDefinition: string;
  hasEndpoint: boolean;
  /** So many stopped tasks, or failed placements, of one cause end it. */
  failures: number;
  /** Tasks that shall run, as it was asked for. */
  desired: number;
  /** PRIMARY before ours, when that is another one. It never comes back, so who shows it shows the past. */
  previousDeployment?: string;
  /** On the way back the one before that: it never comes back either. */
  earlierDeployment?: string;
  /**
   * On the way back every task of the revision counts, whoever started it: those of the release that serves were never
   * gone, and need not be replaced before it is whole again.
   */
  isWayBack?: true;
}

export interface RolloutTarget extends RolloutContext {
  cluster: string;
  /** The incarnation: name of ECS service and ELB alike. */
  name: string;
  /** Tasks of this very deployment from before the change: how they end is no fault of it. */
  inheritedTasks?: string[];
  /** Where this very deployment is from before the change, its events up to then, in milliseconds: what they complain of may be over. */
  eventsAfter?: number;
}

/** How far a rollout is; each stage implies the earlier ones. */
export type RolloutStage = 'starting' | 'one-healthy' | 'all-healthy' | 'old-gone';

export type RolloutTrouble =
  | { kind: 'gone'; message: string }
  | { kind: 'interference'; message: string }
  | { kind: 'crashing'; message: string }
  | { kind: 'unplaceable'; message: string }
  | { kind: 'blocked'; message: string };

/** Stopped by the scheduler while scaling, or lost with its instance: no fault of the release. */
export const isFailure = ({ stopCode, reason }: StoppedTask): boolean =>
  !(stopCode === 'ServiceSchedulerInitiated' && reason.startsWith('Scaling activity initiated by')) &&
  !/^Host EC2 \(instance |^Container instance /.test(reason);

/** In service, and not on its way out: draining instances are InService too, with another description. */
export const isServing = (health: { state: string; description: string }): boolean =>
  health.state === 'InService' && health.description === 'N/A';

/** Instances that are in service and run a task of ours. */
export function healthyInstances({ health, ourInstances }: RolloutSnapshot): number {
  const ours = new Set(ourInstances);
  return health.filter((h) => isServing(h) && ours.has(h.instance)).length;
}

export function stageOf(
  snapshot: RolloutSnapshot,
  { hasEndpoint, isWayBack }: Pick<RolloutContext, 'hasEndpoint' | 'isWayBack'>,
): RolloutStage {
  const { desired, ours, others, oldTasks } = snapshot;
  const healthy = hasEndpoint ? healthyInstances(snapshot) : ours.running;
  if (ours.running < desired || ours.pending > 0 || healthy < desired) return healthy > 0 ? 'one-healthy' : 'starting';
  // ECS lists an old deployment for a while after its last task is gone: that holds nothing up.
  const othersGone = others.running === 0 && others.pending === 0 && oldTasks === 0;
  // Scaled in, ECS stops the surplus a moment later.
  const oldGone = othersGone && (isWayBack === true || ours.running <= desired);
  return oldGone ? 'old-gone' : 'all-healthy';
}

/** What ends the rollout at once; undefined while there is hope. */
export function troubleOf(
  snapshot: RolloutSnapshot,
  { deploymentId, taskDefinition, failures, isWayBack }: RolloutContext,
): RolloutTrouble | undefined {
  if (snapshot.service !== 'ACTIVE') {
    return { kind: 'gone', message: `The ECS service is ${snapshot.service}: somebody deleted it during the rollout` };
  }
  if (snapshot.balancerGone === true) {
    return { kind: 'gone', message: 'The load balancer is gone: somebody deleted it during the rollout' };
  }
  if (snapshot.primary.id !== deploymentId || snapshot.primary.taskDefinition !== taskDefinition) {
    const revision = snapshot.primary.taskDefinition.split('/').at(-1);
    return {
      kind: 'interference',
      message:
        `Somebody else updated the ECS service during the rollout: its PRIMARY deployment is ${snapshot.primary.id} ` +
        `with ${revision}, not ours (${deploymentId})`,
    };
  }
  // On the way back nothing has to be registered that is not there already.
  if (snapshot.blocked !== undefined && isWayBack !== true)
    return { kind: 'blocked', message: `ECS says: ${snapshot.blocked}` };
  const worst = mostCommonCause(snapshot.stopped);
  if (worst !== undefined && worst.count >= failures) {
    return {
      kind: 'crashing',
      message: `${worst.count === 1 ? '1 task' : `${worst.count} tasks`} stopped for one reason: ${worst.cause}`,
    };
  }
  return undefined;
}

/** The scheduler acts about every ten seconds; so long each try to place a task counts. */
const PLACEMENT_SECONDS = 10;

/**
 * ECS has said that it cannot place a task, tasks are still to be placed, and nothing is on its way that would make
 * room: no task of ours is starting or warming up, no old one is leaving. It says so once only, so time tells how often
 * it has tried since.
 * @param stillSeconds how long nothing has moved
 */
export function unplaceableOf(
  snapshot: RolloutSnapshot,
  { failures, hasEndpoint }: RolloutContext,
  stillSeconds: number,
): RolloutTrouble | undefined {
  const { ours, desired, oldStopping, stuck } = snapshot;
  if (stuck === undefined || ours.running >= desired || ours.pending > 0 || oldStopping > 0) return undefined;
  if (hasEndpoint && healthyInstances(snapshot) < ours.running) return undefined;
  if (stillSeconds < failures * PLACEMENT_SECONDS) return undefined;
  return { kind: 'unplaceable', message: `${desired - ours.running} of ${desired} tasks find no place: ECS ${stuck}` };
}

/**
 * Whether a look shows the time before our change: DescribeServices is eventually consistent.
 * @param isUnseen no look has shown ours yet, and DescribeServices may be that late
 */
export function isPast(
  { service, primary, desired }: RolloutSnapshot,
  context: Pick<RolloutContext, 'deploymentId' | 'desired' | 'previousDeployment' | 'earlierDeployment'>,
  isUnseen: boolean,
): boolean {
  const { deploymentId, previousDeployment: previous, earlierDeployment: earlier } = context;
  if (service === 'ACTIVE' && [previous, earlier].includes(primary.id)) return true;
  if (!isUnseen) return false;
  // Without a previous one ours was made just now, perhaps under the name of one that was deleted.
  if (primary.id !== deploymentId) return service !== 'ACTIVE' || previous === undefined;
  // A change of the count alone begins no deployment: the count tells.
  return service === 'ACTIVE' && previous === undefined && desired !== context.desired;
}

/** Greater than ever before when something has moved on. */
export const progressOf = (snapshot: RolloutSnapshot): number[] => [
  snapshot.ours.running,
  snapshot.ours.running + snapshot.ours.pending,
  healthyInstances(snapshot),
  -snapshot.oldTasks,
];

/** In plain words why a task stopped; task ids are left out so that equal causes read equal. */
export function causeOf({ reason, exitCode, container, containerReason }: StoppedTask): string {
  const parts = [reason.replaceAll(/\(task [0-9a-f-]+\)/g, '(task)')];
  if (exitCode !== undefined) parts.push(`container ${container ?? '?'} exited with code ${exitCode}`);
  // Of an image that cannot be pulled ECS says the same twice.
  if (containerReason !== undefined && containerReason !== reason) parts.push(containerReason);
  return parts.filter((p) => p !== '').join('; ');
}

export function mostCommonCause(stopped: StoppedTask[]): { cause: string; count: number } | undefined {
  const counts = new Map<string, number>();
  for (const task of stopped.filter(isFailure)) counts.set(causeOf(task), (counts.get(causeOf(task)) ?? 0) + 1);
  const [first] = [...counts].sort((a, b) => b[1] - a[1]);
  return first === undefined ? undefined : { cause: first[0], count: first[1] };
}

export const countsOf = (snapshot: RolloutSnapshot, secondsLeft: number): RolloutCounts => ({
  newTasks: snapshot.ours.running,
  oldTasks: snapshot.oldTasks,
  wanted: snapshot.desired,
  healthy: healthyInstances(snapshot),
  secondsLeft,
});
