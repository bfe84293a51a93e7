import { ApplicationFailure, condition, sleep } from '@temporalio/workflow';
import type { Failure } from '../domain/deploy/diagnose.ts';
import { LINES } from '../domain/deploy/lines.ts';
import { healthyInstances, isFailure, type RolloutSnapshot, type RolloutTarget } from '../domain/deploy/rollout.ts';
import { attendedTime } from './attended-time.ts';
import { fail } from './failure.ts';
import { reads, summary } from './proxies.ts';
import type { Story } from './story.ts';
import { watchRollout, type Watching } from './watching.ts';

const TICK_SECONDS = 10;

export interface RolloutLimits {
  /** Until every wanted task of the deployment is RUNNING and InService: "too long". */
  timeoutSeconds: number;
  /** Without anything that moves on: "no progress"; absent: the timeout alone counts. */
  progressSeconds?: number;
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

const failedTasks = (snapshot: RolloutSnapshot | undefined): number => snapshot?.stopped.filter(isFailure).length ?? 0;

/** What a rollout that passed had in the end. */
export interface Passed {
  /** Tasks that ECS was asked for when it passed: somebody else may have changed that meanwhile. */
  desired: number;
}

interface Waiting {
  target: RolloutTarget;
  limits: RolloutLimits;
  watching: Watching;
  story: Story;
}

/**
 * Watches one deployment of one ECS service until it has passed every gate: rolled, healthy, settled.
 * @throws ApplicationFailure `deploy_failed` when it does not, or cannot any more; see `rolloutFailureOf`.
 */
export async function passRollout(target: RolloutTarget, limits: RolloutLimits, story: Story): Promise<Passed> {
  const watching = watchRollout(target, story);
  const waiting = { target, limits, watching, story };
  try {
    await waitForOldTasks(waiting, await waitForUpdate(waiting));
    story.line(limits.rolledLine);
    await passGates(waiting);
    return { desired: watching.latest()?.desired ?? target.desired };
  } finally {
    await watching.stop();
  }
}

function checkTrouble(watching: Watching): void {
  const trouble = watching.trouble();
  if (trouble !== undefined) throw rolloutFailed(trouble);
}

/** Answers when it printed its last line, in milliseconds since the epoch. */
async function waitForUpdate({ target, limits, watching, story }: Waiting): Promise<number> {
  story.enter('rolling-update');
  let lineAt = Date.now();
  let due = 0;
  let left = limits.timeoutSeconds;
  watching.giveUpAt(Date.now() + left * 1_000);
  const done = () => watching.reached('all-healthy') || watching.trouble() !== undefined;
  while (!watching.reached('all-healthy')) {
    checkTrouble(watching);
    const still = progressLeft(limits, watching);
    if (left <= 0) {
      throw rolloutFailed({
        kind: 'timeout',
        message: `The rolling update did not complete within ${limits.timeoutSeconds} s`,
      });
    }
    if (still <= 0) {
      throw rolloutFailed({
        kind: 'no-progress',
        message: `The rolling update has not moved on for ${limits.progressSeconds} s`,
      });
    }
    if (due <= 0) {
      story.line(LINES.waiting(target.name, left));
      lineAt = Date.now();
      due = TICK_SECONDS;
    }
    const gone = await tick(Math.min(due, left, still), done);
    due -= gone;
    left -= gone;
  }
  return lineAt;
}

/** Whole seconds until "no progress" is called. */
const progressLeft = ({ progressSeconds }: RolloutLimits, watching: Watching): number =>
  progressSeconds === undefined ? Infinity : Math.ceil(progressSeconds - watching.stillSeconds());

async function waitForOldTasks({ target, limits, watching, story }: Waiting, lastLineAt: number): Promise<void> {
  let lineAt = lastLineAt;
  let left = limits.oldTasksSeconds;
  watching.giveUpAt(Date.now() + left * 1_000);
  const done = () => watching.reached('old-gone') || watching.trouble() !== undefined;
  while (!watching.reached('old-gone')) {
    checkTrouble(watching);
    if (left <= 0) {
      throw rolloutFailed({
        kind: 'old-tasks-timeout',
        message: `Old tasks were not gone within ${limits.oldTasksSeconds} s`,
      });
    }
    // In the rhythm of the lines before, whenever the tasks became healthy.
    let due = TICK_SECONDS - Math.floor((Date.now() - lineAt) / 1_000);
    if (due <= 0) {
      story.line(LINES.oldTasks(target.name, left));
      lineAt = Date.now();
      due = TICK_SECONDS;
    }
    left -= await tick(Math.min(due, left), done);
  }
  checkTrouble(watching);
}

/** Waits for a condition, at most so many seconds, and answers how many of them count as gone by. */
async function tick(seconds: number, until: () => boolean): Promise<number> {
  const met = await condition(until, seconds * 1_000, { summary: 'rolling update: next line' });
  return met ? 0 : seconds;
}

interface Attending {
  milliseconds: number;
  /** Looked at every ten seconds, so that it goes on. */
  attended: () => number;
  summary: string;
}

/** Waits for a condition, at most so long; time in which no worker looked does not count. */
async function attend(until: () => boolean, { milliseconds, attended, summary }: Attending): Promise<boolean> {
  for (let left = milliseconds; left > 0; left -= TICK_SECONDS * 1_000) {
    const isMet = await condition(until, Math.min(left, TICK_SECONDS * 1_000), { summary });
    attended();
    if (isMet) return true;
  }
  return false;
}

/** At least one healthy, then all, then quiet for the settle window; one last look has the last word. */
async function passGates({ target, limits, watching, story }: Waiting): Promise<void> {
  const skip = !target.hasEndpoint
    ? 'the service has no endpoint'
    : watching.latest()?.desired === 0
      ? 'no task is wanted'
      : undefined;
  story.enter('health-gate');
  story.line(skip === undefined ? LINES.oneHealthy() : LINES.gateSkipped(skip));
  const attended = attendedTime();
  const deadline = limits.timeoutSeconds * 1_000;
  watching.giveUpAt(Date.now() + deadline);
  const broken = () => watching.trouble() !== undefined || !watching.reached('old-gone');

  for (;;) {
    checkTrouble(watching);
    const left = deadline - attended();
    if (left <= 0) {
      throw rolloutFailed({
        kind: 'timeout',
        message: `The service did not stay healthy within ${limits.timeoutSeconds} s after the update`,
      });
    }
    if (broken()) {
      story.enter('health-gate');
      await attend(() => !broken() || watching.trouble() !== undefined, {
        milliseconds: left,
        attended,
        summary: 'health gate',
      });
      continue;
    }
    if (await settled({ target, limits, watching, story }, { broken, attended })) return;
  }
}

async function settled(
  { target, limits, watching, story }: Waiting,
  { broken, attended }: { broken: () => boolean; attended: () => number },
): Promise<boolean> {
  story.enter('settling');
  const before = watching.latest();
  const stoppedBefore = failedTasks(before);
  const healthyBefore = before === undefined ? 0 : healthyInstances(before);
  const restless = () => {
    const now = watching.latest();
    return broken() || failedTasks(now) > stoppedBefore || (now !== undefined && healthyInstances(now) < healthyBefore);
  };
  const settle = limits.settleSeconds * (stoppedBefore > 0 ? 2 : 1) * 1_000;
  if (settle > 0 && (await attend(restless, { milliseconds: settle, attended, summary: 'settle' }))) return false;
  const look = await reads.lookAtRollout.executeWithOptions(summary('last look before the verdict'), [{ target }]);
  if (!watching.take(look.snapshot)) {
    await sleep('2s', { summary: 'DescribeServices shows the past' });
    return false;
  }
  return !broken() && failedTasks(look.snapshot) <= stoppedBefore;
}
