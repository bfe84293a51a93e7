import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import type { DeployInput } from '../../domain/change.ts';
import { WonderlandError } from '../../domain/errors.ts';
import { deploymentRef, deployWorkflowId } from '../../domain/ids.ts';
import { askTemporal, searchAttributes } from '../../temporal.ts';
import { TEMPORAL_LIMIT_MS } from '../deps.ts';
import { describeRun, type Run } from './run.ts';

export interface Started {
  run: Run;
  /** False when the same request had been accepted before. */
  created: boolean;
}

/**
 * Starts the workflow of a deployment. Temporal itself reserves the id, for every process at once and for good, and
 * keeps the workflow whether a worker runs or not.
 * @throws WonderlandError `conflict` with `details.reason` `id_taken` when the id belongs to another request.
 */
export async function startDeployment(
  temporal: Client,
  input: DeployInput,
  { taskQueue, hash }: { taskQueue: string; hash: string },
): Promise<Started> {
  const { service, id, actor, team, environment } = input;
  const workflowId = deployWorkflowId(service, id);
  try {
    const handle = await askTemporal(temporal, TEMPORAL_LIMIT_MS, () =>
      temporal.workflow.start('deploy', {
        workflowId,
        taskQueue,
        args: [input],
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
        staticSummary: summaryOf(input),
        staticDetails: detailsOf(input),
      }),
    );
    const runId = handle.firstExecutionRunId;
    const facts = { service, id, workflowId, runId, team, actor, requestHash: hash };
    return { created: true, run: { ...facts, open: true, phase: 'queued', startedAt: Date.now() } };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const run = await describeRun(temporal, service, id);
    if (run.requestHash === hash) return { created: false, run };
    throw new WonderlandError('conflict', `The deployment ${deploymentRef(service, id)} exists with another content`, {
      hint: 'Take the next second as its id.',
      details: { reason: 'id_taken' },
    });
  }
}

/** Temporal takes 200 bytes. */
function summaryOf({ service, spec, actor }: DeployInput): string {
  const text = `Deploy ${service}: ${spec.components[0]?.image ?? ''} ×${spec.scale} by ${actor}`;
  return Buffer.from(text)
    .subarray(0, 200)
    .toString('utf8')
    .replace(/\uFFFD$/, '');
}

/** Markdown for the Web UI, without anything from `env`. */
function detailsOf({ service, id, team, environment, cluster, actor, spec }: DeployInput): string {
  const facts = [
    ['Deployment', deploymentRef(service, id)],
    ['Team', team],
    ['Asked for by', actor],
    ['Environment', environment],
    ['Cluster', cluster],
    ['Scale', String(spec.scale)],
    ['Domain', spec.endpoint?.domain ?? 'none'],
  ];
  const images = spec.components.map(({ name, image }) => `- \`${name}\` runs \`${image}\``);
  return [...facts.map(([name, value]) => `- **${name}**: ${value}`), '', ...images].join('\n');
}
