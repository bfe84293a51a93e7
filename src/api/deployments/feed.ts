import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { DeployEvent } from '../../domain/events.ts';
import type { Logger } from '../../logger.ts';
import { askProgress } from './ask-progress.ts';
import { createWakeUp } from './history-wake-up.ts';
import { readOutcome, type Outcome } from './outcome.ts';
import type { Run } from './run.ts';
import type { Workers } from '../../workers.ts';

/** A little more than a workflow keeps, for watchers that fell behind. */
const KEPT_EVENTS = 1_000;
/** A worker that does not answer is asked again this much later, a Temporal that does not answer likewise. */
const RETRY_MS = 1_000;
/** Without a worker nothing happens that could wake us, so after this much silence it is asked whether one is there. */
const IDLE_MS = 5_000;
/** Fewer unanswered questions in a row may be a busy worker, or one that starts again. */
const SILENT_TRIES = 3;

/** What every watcher of one deployment in this process shares: one long poll, one question per change. */
export interface Feed {
  /** Events seen so far, oldest first. */
  events(): readonly DeployEvent[];
  /** Present once the run is closed and read. */
  outcome(): Outcome | undefined;
  /** True while no worker answers. */
  waiting(): boolean;
  /** Resolves with the next change of the three above; rejects when `signal` aborts. */
  changed(signal: AbortSignal): Promise<unknown>;
  stop(): void;
}

export interface FeedDeps {
  temporal: Client;
  logger: Logger;
  workers: () => Promise<Workers>;
}

export function createFeed(run: Run, { temporal, logger, workers }: FeedDeps): Feed {
  const stopping = new AbortController();
  const { signal } = stopping;
  const changes = new EventEmitter().setMaxListeners(0);
  let events: DeployEvent[] = [];
  let outcome: Outcome | undefined;
  let waiting = false;
  let silentTries = 0;

  const lastSeen = () => events.at(-1)?.seq ?? 0;
  function append(more: DeployEvent[]): void {
    const fresh = more.filter(({ seq }) => seq > lastSeen());
    if (fresh.length === 0) return;
    events = [...events, ...fresh].slice(-KEPT_EVENTS);
    changes.emit('change');
  }

  function noteSilence(tries: number): void {
    silentTries = tries;
    const now = tries >= SILENT_TRIES;
    if (now === waiting) return;
    waiting = now;
    changes.emit('change');
  }

  async function close(): Promise<void> {
    const read = await readOutcome(temporal, run);
    append(read.events);
    outcome = read;
    changes.emit('change');
  }

  /** Asks the workflow for what is new; true when it answered. */
  async function look(): Promise<boolean> {
    // Of any version: which one the run needs may have changed since it was described.
    if ((await workers()).polling.size === 0) {
      noteSilence(SILENT_TRIES);
      return false;
    }
    const answer = await askProgress(temporal, run, lastSeen());
    noteSilence(answer.state === 'silent' ? silentTries + 1 : 0);
    if (answer.state === 'closed') await close();
    if (answer.state === 'answered') append(answer.progress.events);
    return answer.state !== 'silent';
  }

  async function keepUp(): Promise<void> {
    const wakeUp = run.open ? createWakeUp(temporal, run, signal) : undefined;
    let failing = false;
    while (outcome === undefined && !signal.aborted) {
      const seen = wakeUp?.count() ?? 0;
      try {
        const answered = wakeUp === undefined || wakeUp.closed() ? await close().then(() => true) : await look();
        failing = false;
        const patience = sleep(answered ? IDLE_MS : RETRY_MS, undefined, { ref: false });
        if (outcome === undefined) await Promise.race([wakeUp?.after(seen), patience]);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (!failing && !signal.aborted) logger.warn({ workflowId: run.workflowId, reason }, 'cannot follow for now');
        failing = true;
        await sleep(RETRY_MS);
      }
    }
    stopping.abort();
  }

  void keepUp();
  return {
    events: () => events,
    outcome: () => outcome,
    waiting: () => waiting && outcome === undefined,
    changed: (abort) => once(changes, 'change', { signal: abort }),
    stop: () => stopping.abort(),
  };
}
