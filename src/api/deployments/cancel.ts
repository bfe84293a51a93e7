import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { WonderlandError } from '../../domain/errors.ts';
import { deploymentRef } from '../../domain/ids.ts';
import { askTemporal } from '../../temporal.ts';
import { cancelRequestSignal } from '../../workflows/messages.ts';
import { TEMPORAL_LIMIT_MS } from '../deps.ts';
import type { Run } from './run.ts';

/**
 * Asks a change to stop and to put back what it did; Temporal keeps the wish also when no worker runs.
 * @throws WonderlandError `conflict` when it has ended.
 */
export async function cancelDeployment(temporal: Client, run: Run, actor: string): Promise<void> {
  const ended = new WonderlandError('conflict', `The change ${deploymentRef(run.service, run.id)} has ended`, {
    hint: `There is nothing left to cancel; \`wl rollback ${run.service}\` goes back to the release before.`,
    details: { reason: 'ended' },
  });
  if (!run.open) throw ended;
  const handle = temporal.workflow.getHandle(run.workflowId, run.runId);
  try {
    await askTemporal(temporal, TEMPORAL_LIMIT_MS, () => handle.signal(cancelRequestSignal, { actor }));
  } catch (error) {
    throw error instanceof WorkflowNotFoundError ? ended : error;
  }
}
