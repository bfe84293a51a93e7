import { WorkflowFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import { isErrorCode } from '../../domain/errors.ts';
import type { DeployEvent, Phase, Progress, Verdict } from '../../domain/events.ts';
import { askTemporal } from '../../temporal.ts';
import { TEMPORAL_LIMIT_MS } from '../deps.ts';
import type { Run } from './run.ts';

/** The story of a closed deployment; there is always a verdict. */
export type Outcome = Progress & { verdict: Verdict };

/** Reads a closed deployment from its result or failure details; no worker is needed. */
export async function readOutcome(temporal: Client, { workflowId, runId }: Run): Promise<Outcome> {
  const handle = temporal.workflow.getHandle(workflowId, runId, { followRuns: false });
  try {
    const result = await askTemporal(temporal, TEMPORAL_LIMIT_MS, () => handle.result() as Promise<unknown>);
    return withVerdict(progressIn(result), {
      ok: true,
      code: 'succeeded',
      message: 'The workflow completed and left no verdict',
    });
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    const details = cause instanceof ApplicationFailure ? progressIn(cause.details?.[0]) : undefined;
    return withVerdict(details, verdictOf(cause));
  }
}

/** The progress in a result or in the first of a failure's details. */
function progressIn(value: unknown): Progress | undefined {
  const progress = (value as { progress?: Partial<Progress> } | null | undefined)?.progress;
  return Array.isArray(progress?.events) ? (progress as Progress) : undefined;
}

function withVerdict(progress: Progress | undefined, fallback: Verdict): Outcome {
  if (progress?.verdict !== undefined) return { ...progress, verdict: progress.verdict };
  return { phase: phaseOf(fallback), events: progress?.events ?? [], verdict: fallback };
}

const phaseOf = ({ ok, code }: Verdict): Phase => {
  if (ok) return 'succeeded';
  return code === 'cancelled' || code === 'superseded' ? code : 'failed';
};

/** What can be said of a run that ended without saying it itself. */
function verdictOf(cause: unknown): Verdict {
  const hint =
    'See what runs with `wl status`, then deploy again: a deployment observes first and mends what it finds.';
  const ended = (how: string): Verdict => ({
    ok: false,
    // Nobody knows what it had changed, so nobody may be told that it is put back.
    code: 'deploy_failed',
    message: `${how} in Temporal; nothing was put back`,
    hint,
  });
  if (cause instanceof TerminatedFailure) return ended('terminated by hand');
  if (cause instanceof TimeoutFailure) return ended('timed out');
  if (cause instanceof CancelledFailure) return ended('cancelled');
  const type = cause instanceof ApplicationFailure ? cause.type : undefined;
  const message = cause instanceof Error ? cause.message : 'The workflow failed and left no reason';
  return { ok: false, code: isErrorCode(type) ? type : 'internal', message, hint };
}

/** The events of a closed deployment, which always end with a verdict: a missing one gets the next number. */
export function eventsOf({ events, verdict }: Outcome, { lastSeen, endedAt }: { lastSeen: number; endedAt: number }) {
  if (events.some(({ type }) => type === 'verdict')) return events;
  const seq = Math.max(lastSeen, events.at(-1)?.seq ?? 0) + 1;
  return [...events, { type: 'verdict', verdict, seq, at: endedAt } satisfies DeployEvent];
}
