import { isGrpcServiceError, QueryNotRegisteredError, QueryRejectedError, type Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { Progress } from '../../domain/events.ts';
import { askTemporal } from '../../temporal.ts';
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

/** Long polls end after a minute, so a worker that lives has asked for work since then. */
const POLLED_WITHIN_MS = 70_000;
/** Temporal's `TaskQueueType` of workflow tasks. */
const WORKFLOW_TASKS = 1;

/**
 * Whether any worker has asked this task queue for work lately. A worker that was killed counts for another minute:
 * true is a hope, false is certain.
 */
export async function hasWorkers(temporal: Client, taskQueue: string): Promise<boolean> {
  const { pollers } = await askTemporal(temporal, PATIENCE_MS, () =>
    temporal.workflowService.describeTaskQueue({
      namespace: temporal.options.namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: WORKFLOW_TASKS,
    }),
  );
  const since = Date.now() - POLLED_WITHIN_MS;
  return (pollers ?? []).some(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1_000 >= since);
}
