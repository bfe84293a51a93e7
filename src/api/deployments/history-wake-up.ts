import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Run } from './run.ts';

/** The server answers a long poll after about 20 s, with nothing if nothing happened. */
const POLL_LIMIT_MS = 40_000;
const RETRY_MS = 500;
/** Temporal's `EventType` of a completed workflow task: only in these does the state of a workflow move. */
const WORKFLOW_TASK_COMPLETED = 7;

/** Tells when a run may have something new to say. Costs the run's history nothing. */
export interface WakeUp {
  /** How often it has rung so far. */
  count(): number;
  /** Resolves as soon as it has rung more often than `seen`. */
  after(seen: number): Promise<void>;
  /** True once the run is closed. */
  closed(): boolean;
}

export function createWakeUp(
  temporal: Client,
  { workflowId, runId }: Pick<Run, 'workflowId' | 'runId'>,
  signal: AbortSignal,
): WakeUp {
  let count = 0;
  let closed = false;
  let waiters: (() => void)[] = [];

  function ring(): void {
    count += 1;
    const due = waiters;
    waiters = [];
    for (const wake of due) wake();
  }

  async function poll(nextPageToken: Uint8Array | undefined) {
    // The SDK leaves a listener on the signal of every call, so each call has one of its own.
    const call = new AbortController();
    const stop = () => call.abort();
    signal.addEventListener('abort', stop);
    try {
      return await temporal.withAbortSignal(call.signal, () =>
        temporal.withDeadline(Date.now() + POLL_LIMIT_MS, () =>
          temporal.workflowService.getWorkflowExecutionHistory({
            namespace: temporal.options.namespace,
            execution: { workflowId, runId },
            waitNewEvent: true,
            ...(nextPageToken === undefined ? {} : { nextPageToken }),
          }),
        ),
      );
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async function listen(): Promise<void> {
    let token: Uint8Array | undefined;
    while (!closed && !signal.aborted) {
      try {
        const { history, nextPageToken } = await poll(token);
        token = nextPageToken;
        closed = token === undefined || token === null || token.length === 0;
        if (closed || history?.events?.some(({ eventType }) => eventType === WORKFLOW_TASK_COMPLETED)) ring();
      } catch {
        token = undefined;
        await sleep(RETRY_MS);
      }
    }
    ring();
  }

  void listen();
  return {
    count: () => count,
    after: (seen) => (count > seen ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve))),
    closed: () => closed,
  };
}
