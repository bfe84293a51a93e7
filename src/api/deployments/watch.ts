import type { StreamNotice } from '../../domain/api.ts';
import type { DeployEvent } from '../../domain/events.ts';
import type { Feed } from './feed.ts';

/**
 * Every event after `after`, each once and in order, then ends with the verdict. A run that left no verdict (somebody
 * terminated it) gets one, numbered after the last event. While no worker answers there is one notice, without number.
 * Rejects when `signal` aborts.
 */
export async function* watch(
  feed: Feed,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<DeployEvent | StreamNotice> {
  let cursor = after;
  let noticed = false;
  for (;;) {
    signal.throwIfAborted();
    const next = feed.events().find(({ seq }) => seq > cursor);
    if (next !== undefined) {
      cursor = next.seq;
      yield next;
      continue;
    }
    const last = feed.events().at(-1);
    if (last?.type === 'verdict') return;
    const outcome = feed.outcome();
    if (outcome !== undefined) {
      const seq = Math.max(cursor, last?.seq ?? 0) + 1;
      yield { type: 'verdict', verdict: outcome.verdict, seq, at: Date.now() };
      return;
    }
    const waiting = feed.waiting();
    const due = waiting && !noticed;
    noticed = waiting;
    if (due) yield { type: 'waiting-for-worker' };
    else await feed.changed(signal);
  }
}
