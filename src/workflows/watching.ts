import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { Look } from '../activities/rollout.ts';
import type { Failure } from '../domain/deploy/diagnose.ts';
import { LINES } from '../domain/deploy/lines.ts';
import {
  countsOf,
  isPast,
  progressOf,
  stageOf,
  troubleOf,
  unplaceableOf,
  type RolloutSnapshot,
  type RolloutStage,
  type RolloutTarget,
} from '../domain/deploy/rollout.ts';
import { attendedTime } from './attended-time.ts';
import { explain } from './failure.ts';
import { summary, watches } from './proxies.ts';
import type { Story } from './story.ts';

/** So long DescribeServices may not know of the change before it, when nothing else tells that it does not. */
const STALE_MILLISECONDS = 30_000;
/** Two autoscalers that fight change the count every few seconds. */
const TELLINGS = 3;
const STAGES: RolloutStage[] = ['starting', 'one-healthy', 'all-healthy', 'old-gone'];

/** What is known of a rollout while it is watched. */
export interface Watching {
  /** What was seen last; undefined while nothing but the past was seen. */
  latest(): RolloutSnapshot | undefined;
  /** A look that somebody else took. False when it shows the past. */
  take(snapshot: RolloutSnapshot): boolean;
  reached(stage: RolloutStage): boolean;
  /** What makes waiting pointless. */
  trouble(): Failure | undefined;
  /** For how long nothing has moved on, as far as somebody looked. */
  stillSeconds(): number;
  /** For the live bar: when the current wait gives up, in milliseconds since the epoch. */
  giveUpAt(deadline: number): void;
  stop(): Promise<void>;
}

/** Watches one deployment of one ECS service until it is stopped. */
export function watchRollout(target: RolloutTarget, story: Story): Watching {
  const attended = attendedTime();
  let seen: RolloutSnapshot | undefined;
  let error: unknown;
  let isConfirmed = false;
  let deadline: number | undefined;
  let toldDesired = target.desired;
  let timesTold = 0;
  let movedAt = 0;
  let best: number[] | undefined;

  const showsPast = (snapshot: RolloutSnapshot): boolean =>
    isPast(snapshot, target, !isConfirmed && attended() < STALE_MILLISECONDS);
  const latest = (): RolloutSnapshot | undefined => (seen === undefined || showsPast(seen) ? undefined : seen);

  const take = (snapshot: RolloutSnapshot): boolean => {
    seen = snapshot;
    if (showsPast(snapshot)) return false;
    isConfirmed = true;
    const progress = progressOf(snapshot);
    if (best === undefined || progress.some((value, i) => value > (best?.[i] ?? -Infinity))) movedAt = attended();
    best = progress.map((value, i) => Math.max(value, best?.[i] ?? -Infinity));
    tell(snapshot);
    return true;
  };

  const tell = (snapshot: RolloutSnapshot): void => {
    if (snapshot.service === 'ACTIVE' && snapshot.desired !== toldDesired) {
      if (timesTold < TELLINGS)
        story.warn(LINES.desiredChanged(target.name, { from: toldDesired, to: snapshot.desired }), LINES.desiredHint());
      toldDesired = snapshot.desired;
      timesTold += 1;
    }
    if (deadline !== undefined)
      story.counts(countsOf(snapshot, Math.max(0, Math.round((deadline - Date.now()) / 1_000))));
  };

  const stillSeconds = (): number => (attended() - movedAt) / 1_000;

  const trouble = (): Failure | undefined => {
    if (error !== undefined)
      return { kind: 'error', message: `The rollout could not be watched: ${explain(error).message}` };
    const snapshot = latest();
    if (snapshot === undefined) return undefined;
    return troubleOf(snapshot, target) ?? unplaceableOf(snapshot, target, stillSeconds());
  };

  const scope = new CancellationScope();
  const watching = scope.run(async () => {
    let digest: string | undefined;
    try {
      for (;;) {
        const input = digest === undefined ? { target } : { target, seen: digest };
        const look: Look = await watches.watchRollout.executeWithOptions(summary(`watching ${target.name}`), [input]);
        digest = look.digest;
        take(look.snapshot);
      }
    } catch (failure) {
      if (!isCancellation(failure)) error = failure;
    }
  });

  return {
    latest,
    take,
    reached(stage) {
      const snapshot = latest();
      return snapshot !== undefined && STAGES.indexOf(stageOf(snapshot, target)) >= STAGES.indexOf(stage);
    },
    trouble,
    stillSeconds,
    giveUpAt(at) {
      deadline = at;
      const snapshot = latest();
      if (snapshot !== undefined) tell(snapshot);
    },
    async stop() {
      scope.cancel();
      await watching;
    },
  };
}
