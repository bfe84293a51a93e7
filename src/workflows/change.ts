import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  setHandler,
  sleep,
  startChild,
  workflowInfo,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { ChangeInput, ConflictPolicy } from '../domain/change.ts';
import { fail } from './failure.ts';
import { lock } from './lock.ts';
import {
  cancelRequestSignal,
  releaseSignal,
  supersededSignal,
  turnSignal,
  waitSignal,
  type LockPolicy,
  type Party,
} from './messages.ts';
import { reads } from './proxies.ts';
import { tell } from './tell.ts';

/** Covers a holder that ended without releasing. */
const ASK_AGAIN = '5s';
/** One AWS call lasts at most 8 s; a second on top for the clocks. */
const DEAD_HOLDER_MILLISECONDS = 9_000;

/** What a change of a service has in common with every other: identity, messages, locks. */
export interface Change {
  /** Who asked to cancel; undefined while nobody did. */
  cancelledBy(): string | undefined;
  /** From now on a cancel is noted, not obeyed. */
  onLateCancel(note: (actor: string) => void): void;
  /** A cancel is obeyed no more. */
  goesOn(): boolean;
  lockLost(): boolean;
  /**
   * Runs `work` while holding the lock. Cancellation, and being superseded, are looked at once more when it is had.
   * @throws ApplicationFailure `superseded`, `lock_lost`
   */
  underLock<T>(lockId: string, policy: LockPolicy, work: () => Promise<T>): Promise<T>;
}

interface Turns {
  superseded?: Party;
  turn: Map<string, Party[]>;
}

/** Takes over the signals of this workflow; `cancel` stops its cancellable work. `as` names the change to others. */
export function beginChange(
  { onConflict = 'queue' }: Pick<ChangeInput, 'onConflict'>,
  as: string,
  cancel: () => void,
): Change {
  const info = workflowInfo();
  const me: Party = { workflowId: info.workflowId, startedAt: info.startTime.getTime() };
  const turns: Turns = { turn: new Map() };
  let cancelledBy: string | undefined;
  let lateCancel: ((actor: string) => void) | undefined;
  let lost = false;

  setHandler(turnSignal, ({ lockId, queue }) => {
    turns.turn.set(lockId, queue);
  });
  setHandler(supersededSignal, ({ by }) => {
    turns.superseded = by;
  });
  setHandler(cancelRequestSignal, ({ actor }) => {
    if (lateCancel !== undefined) {
      lateCancel(actor);
      return;
    }
    cancelledBy ??= actor;
    cancel();
  });

  return {
    cancelledBy: () => cancelledBy,
    onLateCancel(note) {
      lateCancel = note;
    },
    goesOn: () => lateCancel !== undefined,
    lockLost: () => lost,
    async underLock(lockId, policy, work) {
      const held = await take({ lockId, policy, me, turns, as, onConflict });
      let releasing = false;
      const watching = CancellationScope.nonCancellable(() => held.result()).catch(() => undefined);
      void watching.then(() => {
        if (releasing) return;
        lost = true;
        cancel();
      });
      try {
        checkSuperseded(policy, turns);
        await outliveDeadHolder(lockId);
        return await work();
      } finally {
        await CancellationScope.nonCancellable(async () => {
          releasing = true;
          if (!lost) await release(held, lockId);
        });
      }
    },
  };
}

function checkSuperseded(policy: LockPolicy, { superseded }: Turns): void {
  if (policy === 'newest' && superseded !== undefined) {
    const [kind = '', ...newer] = superseded.workflowId.split('/');
    const what = kind === 'deploy' ? '' : ` (${kind})`;
    throw fail('superseded', `A newer change of this service took its place: ${newer.join('/')}${what}`, {
      hint: `Nothing was changed. Follow the newer one: wl follow ${newer.join('/')}`,
    });
  }
}

/**
 * Without the lock nothing is written.
 * @throws ApplicationFailure `lock_lost`
 */
export function checkLock({ change }: { change: Change }): void {
  if (change.lockLost()) throw fail('lock_lost', "the change's lock was ended by hand");
}

const locked = (as: string) =>
  fail('locked', `Another change of the service is running, and ${as} was told not to wait`, {
    hint: 'Nothing was changed. See it with `wl status`; wait for it with `--on-conflict queue`, or stop it with `--on-conflict supersede`.',
  });

interface TakeInput {
  lockId: string;
  policy: LockPolicy;
  me: Party;
  turns: Turns;
  as: string;
  onConflict: ConflictPolicy;
}

async function take({
  lockId,
  policy,
  me,
  turns,
  as,
  onConflict,
}: TakeInput): Promise<ChildWorkflowHandle<typeof lock>> {
  for (;;) {
    checkSuperseded(policy, turns);
    const queue = (turns.turn.get(lockId) ?? []).filter((q) => q.workflowId !== me.workflowId);
    turns.turn.delete(lockId);
    try {
      // In a cancellable scope, cancelling the change would cancel its lock while it still puts things back.
      return await CancellationScope.nonCancellable(() =>
        startChild(lock, { workflowId: lockId, args: [{ policy, holder: me, queue }], parentClosePolicy: 'TERMINATE' }),
      );
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    // Technical locks are held for moments; only a change of the service is worth a question.
    if (policy === 'newest' && onConflict === 'fail') throw locked(as);
    const stopHolder = policy === 'newest' && onConflict === 'supersede' ? { stopHolder: as } : {};
    try {
      await getExternalWorkflowHandle(lockId).signal(waitSignal, { party: me, ...stopHolder });
    } catch (error) {
      if (isCancellation(error)) throw error;
      continue;
    }
    await condition(
      () => turns.turn.has(lockId) || (policy === 'newest' && turns.superseded !== undefined),
      ASK_AGAIN,
      {
        summary: `waiting for ${lockId}`,
      },
    );
  }
}

async function release(held: ChildWorkflowHandle<typeof lock>, lockId: string): Promise<void> {
  try {
    await held.signal(releaseSignal);
    // The lock has closed once its result is here: the next start succeeds.
    const rest = await held.result();
    for (const [i, party] of rest.entries())
      if (await tell(party, turnSignal, { lockId, queue: rest.slice(i + 1) })) break;
  } catch {
    // Ended by hand in this very moment: whoever waits asks again by itself.
  }
}

/** The last AWS call of a holder that was terminated may still be on its way. */
async function outliveDeadHolder(lockId: string): Promise<void> {
  const terminatedAt = await reads.lockTerminatedAt({ lockId, sinceMs: Date.now() - DEAD_HOLDER_MILLISECONDS });
  const left = terminatedAt + DEAD_HOLDER_MILLISECONDS - Date.now();
  if (left > 0) await sleep(left, { summary: 'waiting out the last call of a terminated change' });
}
