import { WorkflowNotFoundError, type Client, type WorkflowExecutionInfo } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { CHANGE_KINDS, type ChangeKind } from '../../domain/change.ts';
import { WonderlandError } from '../../domain/errors.ts';
import type { Phase } from '../../domain/events.ts';
import { changeWorkflowId, deploymentRef, type SearchAttribute } from '../../domain/ids.ts';
import { askTemporal, searchAttributeKey } from '../../temporal.ts';
import { TEMPORAL_LIMIT_MS } from '../deps.ts';

/** Temporal's own: the version that a workflow is pinned to. */
const WORKER_VERSION = defineSearchAttributeKey('TemporalWorkerDeploymentVersion', 'KEYWORD');

/** What Temporal knows of a change without asking a worker. */
export interface Run {
  kind: ChangeKind;
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
  /** The version of the worker that it began on and is pinned to, as `deployment:build`; none with worker versioning off. */
  workerVersion?: string;
}

/**
 * The change of that id, whatever its kind.
 * @throws WonderlandError `not_found`; `unavailable` when Temporal does not answer.
 */
export async function describeRun(temporal: Client, service: string, id: string): Promise<Run> {
  const run = await findRunOf(temporal, { service, id });
  if (run !== undefined) return run;
  throw new WonderlandError('not_found', `There is no change ${deploymentRef(service, id)}`, {
    hint: `GET /v1/services/${service}/deployments lists those that Temporal still keeps.`,
  });
}

/** The same, undefined when there is none. `kinds` narrows where to look. */
export async function findRunOf(
  temporal: Client,
  { service, id, kinds = CHANGE_KINDS }: { service: string; id: string; kinds?: readonly ChangeKind[] },
): Promise<Run | undefined> {
  const found = await Promise.all(kinds.map((kind) => describe(temporal, changeWorkflowId(kind, service, id))));
  return found.find((run) => run !== undefined);
}

async function describe(temporal: Client, workflowId: string): Promise<Run | undefined> {
  try {
    const handle = temporal.workflow.getHandle(workflowId);
    return runOf(await askTemporal(temporal, TEMPORAL_LIMIT_MS, () => handle.describe()));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

export function runOf(info: Omit<WorkflowExecutionInfo, 'raw'>): Run {
  const { actor = '', requestHash = '' } = (info.memo ?? {}) as { actor?: string; requestHash?: string };
  const [kind, service = '', id = ''] = info.workflowId.split('/');
  const attribute = (name: SearchAttribute) => info.typedSearchAttributes.get(searchAttributeKey(name));
  const workerVersion = info.typedSearchAttributes.get(WORKER_VERSION);
  return {
    kind: kind as ChangeKind,
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
    ...(workerVersion && { workerVersion }),
  };
}
