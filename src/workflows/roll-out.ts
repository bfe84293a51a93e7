import { CancellationScope } from '@temporalio/workflow';
import type { ChangeInput } from '../domain/change.ts';
import { LINES } from '../domain/deploy/lines.ts';
import { act } from './act.ts';
import { concludeFailure } from './conclude.ts';
import { limitsOf, type Deployment, type Wanted } from './deployment.ts';
import { finish } from './finish.ts';
import type { ChangeOutcome } from './messages.ts';
import { prepare } from './prepare.ts';
import { passRollout } from './rollout.ts';
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
  const prepared = await prepare(deployment, await find(deployment));
  deployment.prepared = prepared;
  deployment.wanted = prepared.wanted;
  const acted = await act(deployment, prepared);
  deployment.acted = acted;
  const limits = limitsOf(prepared.wanted.spec);
  const passed = await passRollout(acted.target, { ...limits, rolledLine: LINES.rolled() }, story);
  // The release is good: from here on a cancel is noted, not obeyed.
  change.onLateCancel((actor) => story.warn(`${actor} asked to cancel; the release had passed already`));
  return CancellationScope.nonCancellable(() => finish(deployment, prepared, { acted, passed }));
}
