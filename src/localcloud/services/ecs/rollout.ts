/** The arithmetic of a rolling update, without effects: what may start, what may stop. */
import type { DeploymentConfiguration } from './model.ts';

/** A task the scheduler wants running; those on their way out are not among them. */
export interface TaskView {
  id: string;
  /** Of the PRIMARY deployment and not on a DRAINING instance. */
  isWanted: boolean;
  isPending: boolean;
  /** RUNNING, and healthy in the load balancer (without one: RUNNING for 40 s). */
  isHealthy: boolean;
  /** Failed its load balancer's checks, its grace period over. */
  isUnhealthy: boolean;
  /** Under scale-in protection: neither scale-in nor a deployment stops it while it is healthy. */
  isProtected: boolean;
  /** Tasks of the service in its zone and on its instance: scale-in begins where most are. */
  crowd: number;
}

export interface Limits {
  /** Healthy tasks never fall below. */
  lower: number;
  /** PENDING and RUNNING tasks never exceed. */
  upper: number;
}

export const limitsOf = (desired: number, configuration: DeploymentConfiguration): Limits => ({
  lower: Math.ceil((desired * configuration.minimumHealthyPercent) / 100),
  upper: Math.floor((desired * configuration.maximumPercent) / 100),
});

/** How many tasks are missing, and how many of those the upper limit lets start now. */
export const planStarts = (
  desired: number,
  { upper }: Limits,
  tasks: readonly TaskView[],
): { missing: number; start: number } => {
  const good = tasks.filter((task) => task.isWanted && !task.isUnhealthy).length;
  const missing = Math.max(0, desired - good);
  return { missing, start: Math.max(0, Math.min(missing, upper - tasks.length)) };
};

export interface Stops {
  /** Never ran: stopped without ado. */
  pending: string[];
  running: string[];
  /** Would have gone but for their protection. */
  heldBack: number;
}

const byCrowd = (a: TaskView, b: TaskView): number => b.crowd - a.crowd;

/**
 * What to stop, after the starts of this tick. `isBlocked`: something was missing and could not be started; then
 * unhealthy tasks make room one by one.
 */
export const planStops = (
  desired: number,
  { lower }: Limits,
  tasks: readonly TaskView[],
  isBlocked: boolean,
): Stops => {
  const wanted = tasks.filter(({ isWanted }) => isWanted);
  const outgoing = tasks.filter(({ isWanted }) => !isWanted);
  const good = wanted.filter(({ isUnhealthy }) => !isUnhealthy);
  const bad = wanted.filter(({ isUnhealthy }) => isUnhealthy);

  // Scale-in: what is not there yet goes first, then what is not healthy, then where most are.
  const surplus = [...good]
    .toSorted(
      (a, b) => Number(b.isPending) - Number(a.isPending) || Number(a.isHealthy) - Number(b.isHealthy) || byCrowd(a, b),
    )
    .filter(({ isProtected }) => !isProtected)
    .slice(0, Math.max(0, good.length - desired));
  // Replacements come first; only without room for them do unhealthy tasks go before.
  const replaced = good.length >= desired ? bad : isBlocked ? bad.slice(0, 1) : [];

  const going = new Set(surplus);
  const staying = tasks.filter((task) => task.isHealthy && !going.has(task)).length;
  const spare = Math.max(0, staying - lower);
  const leaving = outgoing.filter(({ isProtected, isUnhealthy }) => !isProtected || isUnhealthy);
  const healthyOutgoing = leaving.filter(({ isHealthy }) => isHealthy).toSorted(byCrowd);
  // Running is what the minimum asks for: what may yet prove healthy goes only where enough others are.
  const isUseless = (task: TaskView): boolean => task.isPending || task.isUnhealthy || staying >= lower;
  const outgoingNow = [
    ...leaving.filter((task) => !task.isHealthy && isUseless(task)),
    ...healthyOutgoing.slice(0, spare),
  ];
  const unwilling = good.filter(({ isProtected }) => isProtected).length;

  const all = [...surplus, ...replaced, ...outgoingNow];
  const idsOf = (views: readonly TaskView[]): string[] => views.map(({ id }) => id);
  return {
    pending: idsOf(all.filter(({ isPending }) => isPending)),
    running: idsOf(all.filter(({ isPending }) => !isPending)),
    heldBack:
      outgoing.length - leaving.length + Math.min(unwilling, Math.max(0, good.length - desired - surplus.length)),
  };
};
