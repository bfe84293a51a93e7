import { CancellationScope } from '@temporalio/workflow';
import type { ChangeInput } from '../domain/change.ts';
import { LINES } from '../domain/deploy/lines.ts';
import { deploymentRef, serviceLockId } from '../domain/ids.ts';
import { act } from './act.ts';
import { beginChange } from './change.ts';
import { concludeFailure } from './conclude.ts';
import { limitsOf, type Deployment, type Wanted } from './deployment.ts';
import { finish } from './finish.ts';
import type { ChangeOutcome } from './messages.ts';
import { prepare } from './prepare.ts';
import { passRollout } from './rollout.ts';
import { tellStory } from './story.ts';

/**
 * What deploy, rollback, scale and restart have in common: the lock, then from what is wanted to a verdict bound to one
 * deployment and one revision. `find` runs under the lock and says what is wanted.
 * Fails as `deploy_failed_rolled_back`, `deploy_failed`, `cancelled`, `superseded`, `locked`, `lock_lost`, or with the
 * code of what preflight refused.
 */
export async function rollOut(
  kind: Deployment['kind'],
  input: ChangeInput,
  find: (deployment: Deployment) => Promise<Wanted>,
): Promise<ChangeOutcome> {
  const named = `${kind} ${deploymentRef(input.service, input.id)} by ${input.actor}`;
  const story = tellStory(named);
  const scope = new CancellationScope();
  const change = beginChange(input, named, () => scope.cancel());
  const deployment: Deployment = { kind, input, change, story, touched: {} };
  const concluded = (error: unknown) => CancellationScope.nonCancellable(() => concludeFailure(deployment, error));
  const underLock = async (): Promise<ChangeOutcome> => {
    try {
      return await run(deployment, find);
    } catch (error) {
      // Put back while the lock is still held; whoever waits must find a consistent service.
      return concluded(error);
    }
  };
  try {
    return await scope.run(() => change.underLock(serviceLockId(input.service), 'newest', underLock));
  } catch (error) {
    return concluded(error);
  }
}

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
