import { allHandlersFinished, CancellationScope, condition, setHandler } from '@temporalio/workflow';
import {
  cancelRequestSignal,
  releaseSignal,
  supersededSignal,
  waitSignal,
  type LockInput,
  type Party,
} from './messages.ts';
import { tell } from './tell.ts';

/** Older by start time, then by id: never by the arrival of signals. */
const isOlder = (a: Party, b: Party): boolean =>
  a.startedAt === b.startedAt ? a.workflowId < b.workflowId : a.startedAt < b.startedAt;

/**
 * Mutual exclusion: this workflow runs while its holder, the parent, has the lock. Temporal allows one open run of an
 * id and ends the child with its parent, so a lock is neither held twice nor goes stale. It knows nothing of
 * deployments. Returns who is still waiting.
 */
export async function lock({ policy, holder, queue: waiting }: LockInput): Promise<Party[]> {
  return CancellationScope.nonCancellable(async () => {
    let queue = waiting;
    let released = false;
    setHandler(releaseSignal, () => {
      released = true;
    });
    setHandler(waitSignal, async ({ party, stopHolder }) => {
      if (queue.some((q) => q.workflowId === party.workflowId)) return;
      queue = [...queue, party];
      if (policy === 'all') return;
      // Cut before anybody is told: another one may ask meanwhile.
      const newest = [holder, ...queue].reduce((x, y) => (isOlder(x, y) ? y : x));
      const out = queue.filter((q) => q.workflowId !== newest.workflowId);
      queue = queue.filter((q) => q.workflowId === newest.workflowId);
      // Whoever is superseded itself stops nobody.
      if (stopHolder !== undefined && newest.workflowId === party.workflowId)
        await tell(holder, cancelRequestSignal, { actor: stopHolder });
      for (const q of out) await tell(q, supersededSignal, { by: newest });
    });
    await condition(() => released);
    await condition(allHandlersFinished);
    return queue;
  });
}
