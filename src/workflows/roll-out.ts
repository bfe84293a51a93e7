import { CancellationScope } from '@temporalio/workflow';
import type { ChangeInput } from '../domain/change.ts';
import { LINES } from '../domain/deploy/lines.ts';
import { act } from './act.ts';
import { concludeFailure } from './conclude.ts';
import { isUntouched, limitsOf, type Acted, type Deployment, type Prepared, type Wanted } from './deployment.ts';
import { explain } from './failure.ts';
import { finish } from './finish.ts';
import type { ChangeOutcome } from './messages.ts';
import { prepare } from './prepare.ts';
import { passRollout, rolloutFailureOf, type Passed } from './rollout.ts';
import { underServiceLock } from './under-lock.ts';

/**
 * What deploy, rollback, scale and restart have in common: the lock, then from what is wanted to a verdict bound to one
 * deployment and one revision. `find` runs under the lock and says what is wanted.
 * Fails as `deploy_failed_rolled_back`, `deploy_failed`, `cancelled`, `superseded`, `locked`, `lock_lost`, or with the
 * code of what preflight refused.
 */
export const rollOut = (
  kind: Deployment['kind'],
  input: ChangeInput,
  find: (deployment: Deployment) => Promise<Wanted>,
): Promise<ChangeOutcome> =>
  underServiceLock(kind, input, (begun) => {
    const deployment: Deployment = { kind, ...begun, touched: {} };
    return {
      work: () => run(deployment, find),
      conclude: (error) => concludeFailure(deployment, error),
    };
  });

async function run(deployment: Deployment, find: (deployment: Deployment) => Promise<Wanted>): Promise<ChangeOutcome> {
  const { story, change } = deployment;
  const wanted = await find(deployment);
  const { prepared, acted, passed } = await rollTo(deployment, wanted).catch((error: unknown) => {
    // What was observed was the past, and is gone: DescribeServices is eventually consistent.
    if (!isUntouched(deployment) || rolloutFailureOf(error)?.kind !== 'gone') throw error;
    story.warn(explain(error).message, LINES.lookAgain());
    return rollTo(deployment, wanted);
  });
  // The release is good: from here on a cancel is noted, not obeyed.
  change.onLateCancel((actor) => story.warn(`${actor} asked to cancel; the release had passed already`));
  return CancellationScope.nonCancellable(() => finish(deployment, prepared, { acted, passed }));
}

/** From what is wanted to a release that passed its gates. */
async function rollTo(
  deployment: Deployment,
  wanted: Wanted,
): Promise<{ prepared: Prepared; acted: Acted; passed: Passed }> {
  const prepared = await prepare(deployment, wanted);
  deployment.prepared = prepared;
  deployment.wanted = prepared.wanted;
  const acted = await act(deployment, prepared);
  deployment.acted = acted;
  const limits = limitsOf(prepared);
  const passed = await passRollout(acted.target, { ...limits, rolledLine: LINES.rolled() }, deployment.story);
  return { prepared, acted, passed };
}
