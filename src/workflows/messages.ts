import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { Progress } from '../domain/events.ts';

/** A change that holds or wants a lock. */
export interface Party {
  workflowId: string;
  /** Milliseconds since the epoch: when its workflow started. */
  startedAt: number;
}

/** `newest`: whoever is older than the holder or another waiter is told that it is superseded. `all`: everybody waits. */
export type LockPolicy = 'newest' | 'all';

export interface LockInput {
  policy: LockPolicy;
  holder: Party;
  queue: Party[];
}

/** To a lock: I want it next; with `stopHolder` the holder is asked, once, to stop for whom that names. */
export const waitSignal = defineSignal<[{ party: Party; stopHolder?: string }]>('wait');
/** To a lock, by its holder: done. */
export const releaseSignal = defineSignal('release');
/** To a change: the lock is free and it is your turn; the rest of the queue comes along. */
export const turnSignal = defineSignal<[{ lockId: string; queue: Party[] }]>('turn');
/** To a change: a newer one took your place. */
export const supersededSignal = defineSignal<[{ by: Party }]>('superseded');
/** To a change: a person wants it to stop and put back what it did. */
export const cancelRequestSignal = defineSignal<[{ actor: string }]>('cancelRequest');

export const progressQuery = defineQuery<Progress, [{ after: number }]>('progress');

/** Result of a change that succeeded, and `details[0]` of the failure of one that did not. */
export interface ChangeOutcome {
  progress: Progress;
}
