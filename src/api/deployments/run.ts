import { WorkflowNotFoundError, type Client, type WorkflowExecutionInfo } from '@temporalio/client';
import { WonderlandError } from '../../domain/errors.ts';
import type { Phase } from '../../domain/events.ts';
import { deploymentRef, deployWorkflowId, type SearchAttribute } from '../../domain/ids.ts';
import { askTemporal, searchAttributeKey } from '../../temporal.ts';
import { TEMPORAL_LIMIT_MS } from '../deps.ts';

/** What Temporal knows of a deployment without asking a worker. */
export interface Run {
  service: string;
  id: string;
  workflowId: string;
  runId: string;
  open: boolean;
  team: string;
  actor: string;
  /** As the search attribute WlPhase has it. */
  phase: Phase;
  /** Milliseconds since the epoch, as is `endedAt`. */
  startedAt: number;
  endedAt?: number;
  /** Tells whether a request for the same id asks for the same thing. */
  requestHash: string;
}

/** @throws WonderlandError `not_found`; `unavailable` when Temporal does not answer. */
export async function describeRun(temporal: Client, service: string, id: string): Promise<Run> {
  try {
    const handle = temporal.workflow.getHandle(deployWorkflowId(service, id));
    return runOf(await askTemporal(temporal, TEMPORAL_LIMIT_MS, () => handle.describe()));
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new WonderlandError('not_found', `There is no deployment ${deploymentRef(service, id)}`, {
      hint: `GET /v1/services/${service}/deployments lists those that Temporal still keeps.`,
    });
  }
}

export function runOf(info: Omit<WorkflowExecutionInfo, 'raw'>): Run {
  const { actor = '', requestHash = '' } = (info.memo ?? {}) as { actor?: string; requestHash?: string };
  const [, service = '', id = ''] = info.workflowId.split('/');
  const attribute = (name: SearchAttribute) => info.typedSearchAttributes.get(searchAttributeKey(name));
  return {
    service,
    id,
    workflowId: info.workflowId,
    runId: info.runId,
    open: info.status.name === 'RUNNING' || info.status.name === 'PAUSED',
    team: attribute('WlTeam') ?? '',
    actor,
    phase: (attribute('WlPhase') ?? 'queued') as Phase,
    startedAt: info.startTime.getTime(),
    ...(info.closeTime === undefined ? {} : { endedAt: info.closeTime.getTime() }),
    requestHash,
  };
}
