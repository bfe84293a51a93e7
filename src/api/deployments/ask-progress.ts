import { isGrpcServiceError, QueryNotRegisteredError, QueryRejectedError, type Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { Progress } from '../../domain/events.ts';
import { progressQuery } from '../../workflows/messages.ts';
import type { Run } from './run.ts';

/** A worker answers within milliseconds; one that is busy gets this long. */
const PATIENCE_MS = 2_000;

/** What came of asking the workflow itself: `silent` when no worker answered, `closed` when there is nobody to ask. */
export type Answer = { state: 'answered'; progress: Progress } | { state: 'closed' } | { state: 'silent' };

/** Asks an open deployment for its events after `after`. */
export async function askProgress(
  temporal: Client,
  { workflowId, runId }: Pick<Run, 'workflowId' | 'runId'>,
  after: number,
): Promise<Answer> {
  try {
    const handle = temporal.workflow.getHandle(workflowId, runId);
    const ask = () => handle.query(progressQuery, { after });
    return { state: 'answered', progress: await temporal.withDeadline(Date.now() + PATIENCE_MS, ask) };
  } catch (error) {
    if (error instanceof QueryRejectedError || error instanceof WorkflowNotFoundError) return { state: 'closed' };
    if (error instanceof QueryNotRegisteredError || isGrpcServiceError((error as Error).cause)) {
      return { state: 'silent' };
    }
    throw error;
  }
}
