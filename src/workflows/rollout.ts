import { ApplicationFailure, CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { Look } from '../activities/rollout.ts';
import type { Failure } from '../domain/deploy/diagnose.ts';
import { LINES } from '../domain/deploy/lines.ts';
import {
  countsOf,
  healthyInstances,
  isFailure,
  stageOf,
  troubleOf,
  type RolloutSnapshot,
  type RolloutStage,
  type RolloutTarget,
} from '../domain/deploy/rollout.ts';
import { explain, fail } from './failure.ts';
import { reads, summary, watches } from './proxies.ts';
import type { Story } from './story.ts';

const TICK_SECONDS = 10;

export interface RolloutLimits {
  /** Until every wanted task of the deployment is RUNNING and InService. */
  timeoutSeconds: number;
  /** From then on, for old tasks to drain and stop. */
  oldTasksSeconds: number;
  settleSeconds: number;
  /** Printed when the update is complete, before the gates. */
  rolledLine: string;
}

/** A rollout that did not pass; caught where the verdict is made. */
const rolloutFailed = (failure: Failure) => fail('deploy_failed', failure.message, { failure });

/** The failure of a rollout that did not pass, if that is what was thrown. */
export const rolloutFailureOf = (error: unknown): Failure | undefined =>
  error instanceof ApplicationFailure ? (error.details?.[0] as { failure?: Failure } | undefined)?.failure : undefined;

/** What is known of a rollout that is being watched. */
interface Watched {
  latest?: RolloutSnapshot;
  error?: unknown;
  /** When the current wait gives up, in milliseconds since the epoch. */
  deadline?: number;
}

const atLeast = (stage: RolloutStage, wanted: RolloutStage): boolean => {
  const order: RolloutStage[] = ['starting', 'one-healthy', 'all-healthy', 'old-gone'];
  return order.indexOf(stage) >= order.indexOf(wanted);
};

const failedTasks = (snapshot: RolloutSnapshot | undefined): number => snapshot?.stopped.filter(isFailure).length ?? 0;

/**
 * Watches one deployment of one ECS service until it has passed every gate: rolled, healthy, settled.
 * @throws ApplicationFailure `deploy_failed` when it does not, or cannot any more; see `rolloutFailureOf`.
 */
export async function passRollout(target: RolloutTarget, limits: RolloutLimits, story: Story): Promise<void> {
  const watched: Watched = {};
  const watch = new CancellationScope();
  const watching = watch.run(() => keepWatching(target, watched, story));
  try {
    await waitForUpdate(target, { limits, watched, story });
    story.line(limits.rolledLine);
    await passGates(target, { limits, watched, story });
  } finally {
    watch.cancel();
    await watching;
  }
}

async function keepWatching(target: RolloutTarget, watched: Watched, story: Story): Promise<void> {
  let seen: string | undefined;
  try {
    for (;;) {
      const input = seen === undefined ? { target } : { target, seen };
      const look: Look = await watches.watchRollout.executeWithOptions(summary(`watching ${target.name}`), [input]);
      watched.latest = look.snapshot;
      seen = look.digest;
      tellCounts(watched, story);
    }
  } catch (error) {
    if (!isCancellation(error)) watched.error = error;
  }
}

function tellCounts({ latest, deadline }: Watched, story: Story): void {
  if (latest === undefined || deadline === undefined) return;
  story.counts(countsOf(latest, Math.max(0, Math.round((deadline - Date.now()) / 1_000))));
}

interface Waiting {
  limits: RolloutLimits;
  watched: Watched;
  story: Story;
}

/** Throws what makes waiting pointless. */
function checkTrouble(target: RolloutTarget, { latest, error }: Watched): void {
  if (error !== undefined)
    throw rolloutFailed({ kind: 'error', message: `The rollout could not be watched: ${explain(error).message}` });
  const trouble = latest === undefined ? undefined : troubleOf(latest, target);
  if (trouble !== undefined) throw rolloutFailed(trouble);
}

async function waitForUpdate(target: RolloutTarget, { limits, watched, story }: Waiting): Promise<void> {
  const reached = (stage: RolloutStage) =>
    watched.latest !== undefined && atLeast(stageOf(watched.latest, target), stage);
  const done = () =>
    watched.error !== undefined || (watched.latest !== undefined && troubleOf(watched.latest, target) !== undefined);
  story.enter('rolling-update');

  let lineAt = Date.now();
  let left = limits.timeoutSeconds;
  watched.deadline = Date.now() + left * 1_000;
  while (!reached('all-healthy')) {
    checkTrouble(target, watched);
    if (left <= 0) {
      throw rolloutFailed({
        kind: 'timeout',
        message: `The rolling update did not complete within ${limits.timeoutSeconds} s`,
      });
    }
    story.line(LINES.waiting(target.name, left));
    lineAt = Date.now();
    left -= await tick(Math.min(TICK_SECONDS, left), () => reached('all-healthy') || done());
  }
  let oldLeft = limits.oldTasksSeconds;
  watched.deadline = Date.now() + oldLeft * 1_000;
  while (!reached('old-gone')) {
    checkTrouble(target, watched);
    if (oldLeft <= 0) {
      throw rolloutFailed({
        kind: 'old-tasks-timeout',
        message: `Old tasks were not gone within ${limits.oldTasksSeconds} s`,
      });
    }
    // In the rhythm of the lines before, whenever the tasks became healthy.
    let due = TICK_SECONDS - Math.floor((Date.now() - lineAt) / 1_000);
    if (due <= 0) {
      story.line(LINES.oldTasks(target.name, oldLeft));
      lineAt = Date.now();
      due = TICK_SECONDS;
    }
    oldLeft -= await tick(Math.min(due, oldLeft), () => reached('old-gone') || done());
  }
  checkTrouble(target, watched);
}

/** Waits for a condition, at most so many seconds, and answers how many of them count as gone by. */
async function tick(seconds: number, until: () => boolean): Promise<number> {
  const met = await condition(until, seconds * 1_000, { summary: 'rolling update: next line' });
  return met ? 0 : seconds;
}

/** At least one healthy, then all, then quiet for the settle window; one last look has the last word. */
async function passGates(target: RolloutTarget, { limits, watched, story }: Waiting): Promise<void> {
  const skip = !target.hasEndpoint
    ? 'the service has no endpoint'
    : watched.latest?.desired === 0
      ? 'no task is wanted'
      : undefined;
  story.enter('health-gate');
  story.line(skip === undefined ? LINES.oneHealthy() : LINES.gateSkipped(skip));
  const deadline = Date.now() + limits.timeoutSeconds * 1_000;
  watched.deadline = deadline;
  const broken = () =>
    watched.error !== undefined ||
    watched.latest === undefined ||
    !atLeast(stageOf(watched.latest, target), 'old-gone');

  for (;;) {
    checkTrouble(target, watched);
    const left = deadline - Date.now();
    if (left <= 0) {
      throw rolloutFailed({
        kind: 'timeout',
        message: `The service did not stay healthy within ${limits.timeoutSeconds} s after the update`,
      });
    }
    if (broken()) {
      story.enter('health-gate');
      await condition(() => !broken() || troubled(target, watched), left, { summary: 'health gate' });
      continue;
    }
    story.enter('settling');
    const stoppedBefore = failedTasks(watched.latest);
    const healthyBefore = watched.latest === undefined ? 0 : healthyInstances(watched.latest);
    const restless = () =>
      broken() ||
      failedTasks(watched.latest) > stoppedBefore ||
      (watched.latest !== undefined && healthyInstances(watched.latest) < healthyBefore);
    const settle = limits.settleSeconds * (stoppedBefore > 0 ? 2 : 1) * 1_000;
    if (settle > 0 && (await condition(restless, settle, { summary: 'settle' }))) continue;
    const look = await reads.lookAtRollout.executeWithOptions(summary('last look before the verdict'), [{ target }]);
    const stoppedSince = failedTasks(look.snapshot) - stoppedBefore;
    watched.latest = look.snapshot;
    if (!broken() && stoppedSince <= 0 && !troubled(target, watched)) return;
  }
}

const troubled = (target: RolloutTarget, { latest, error }: Watched): boolean =>
  error !== undefined || (latest !== undefined && troubleOf(latest, target) !== undefined);
