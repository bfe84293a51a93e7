import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { CHANGE_KINDS, WORKFLOW_TYPES } from '../../domain/change.ts';
import { WonderlandError } from '../../domain/errors.ts';
import { changeWorkflowId, deploymentRef } from '../../domain/ids.ts';
import { askTemporal, searchAttributes } from '../../temporal.ts';
import { TEMPORAL_LIMIT_MS } from '../deps.ts';
import { detailsOf, summaryOf, type Order } from './order.ts';
import { describeRun, findRunOf, type Run } from './run.ts';

export interface Started {
  run: Run;
  /** False when the same request had been accepted before. */
  created: boolean;
}

/**
 * Starts the workflow of a change. Temporal itself reserves the id among changes of one kind, for every process at once
 * and for good, and keeps the workflow whether a worker runs or not; the other kinds are looked at before.
 * @throws WonderlandError `conflict` with `details.reason` `id_taken` when the id belongs to another request.
 */
export async function startChange(
  temporal: Client,
  order: Order & { id: string },
  { taskQueue, hash }: { taskQueue: string; hash: string },
): Promise<Started> {
  const { kind, id } = order;
  const { service, actor, team, environment } = order.input;
  const others = CHANGE_KINDS.filter((other) => other !== kind);
  const stranger = await findRunOf(temporal, { service, id, kinds: others });
  if (stranger !== undefined) throw taken(stranger, `is a ${stranger.kind}`);
  const workflowId = changeWorkflowId(kind, service, id);
  try {
    const handle = await askTemporal(temporal, TEMPORAL_LIMIT_MS, () =>
      temporal.workflow.start(WORKFLOW_TYPES[kind], {
        workflowId,
        taskQueue,
        args: [{ ...order.input, id }],
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        workflowIdConflictPolicy: 'FAIL',
        memo: { requestHash: hash, service, id, actor },
        typedSearchAttributes: searchAttributes({
          WlService: service,
          WlTeam: team,
          WlEnvironment: environment,
          WlPhase: 'queued',
          WlDeployment: deploymentRef(service, id),
          WlActor: actor,
        }),
        staticSummary: summaryOf(order),
        staticDetails: detailsOf(order, id),
      }),
    );
    const runId = handle.firstExecutionRunId;
    const facts = { kind, service, id, workflowId, runId, team, actor, requestHash: hash };
    return { created: true, run: { ...facts, open: true, phase: 'queued', startedAt: Date.now() } };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const run = await describeRun(temporal, service, id);
    if (run.kind === kind && run.requestHash === hash) return { created: false, run };
    throw taken(run, `is a ${run.kind} with another content`);
  }
}

const taken = ({ service, id }: Run, what: string): WonderlandError =>
  new WonderlandError('conflict', `${deploymentRef(service, id)} exists already and ${what}`, {
    hint: 'Take the next second as its id.',
    details: { reason: 'id_taken' },
  });
