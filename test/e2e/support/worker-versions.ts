import assert from 'node:assert/strict';
import { findTemporal } from '../../../src/embedded/temporal-binary.ts';
import { run } from '../../setup/process.ts';
import type { Stack } from '../../setup/stack.ts';
import { startPart, type Part } from './part.ts';
import { withTemporal } from './temporal.ts';

/** What Wonderland calls its Worker Deployment unless told otherwise. */
const DEPLOYMENT = 'wonderland';

/** Runs the Temporal CLI against the stack, as docs/operations.md tells operators to; answers what it printed. */
export async function temporalCli({ client, env }: Stack, args: string[]): Promise<string> {
  const file = await findTemporal({ log: () => undefined });
  const { code, stdout, stderr } = await run(file, args, {
    env: { ...env, TEMPORAL_ADDRESS: client.temporalAddress },
  });
  assert.equal(code, 0, `temporal ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** One more worker, of this build. */
export const startWorker = (stack: Stack, buildId: string): Promise<Part> =>
  startPart(stack, 'worker.js', { WONDERLAND_TEMPORAL_BUILD_ID: buildId });

export async function makeCurrent(stack: Stack, buildId: string): Promise<void> {
  const version = ['--deployment-name', DEPLOYMENT, '--build-id', buildId];
  await temporalCli(stack, ['worker', 'deployment', 'set-current-version', ...version, '--yes']);
}

/** The query that finds what still has to run on a build. */
export const pinnedTo = (buildId: string): string =>
  `TemporalWorkerDeploymentVersion = "${DEPLOYMENT}:${buildId}" AND ExecutionStatus = "Running"`;

export async function isDrained(stack: Stack, buildId: string): Promise<boolean> {
  const { count } = await withTemporal(stack, ({ workflow }) => workflow.count(pinnedTo(buildId)));
  return count === 0;
}

/** Moves everything that is pinned to a build, locks included, to another. */
export async function move(stack: Stack, from: string, to: string): Promise<void> {
  const target = ['--versioning-override-deployment-name', DEPLOYMENT, '--versioning-override-build-id', to];
  const override = ['--versioning-override-behavior', 'pinned', ...target];
  await temporalCli(stack, ['workflow', 'update-options', '--query', pinnedTo(from), ...override, '--yes']);
}

/** The builds on which workflow tasks of all runs of a workflow were done, oldest run first and each named once a run. */
export const buildsOf = (stack: Stack, workflowId: string): Promise<string[][]> =>
  withTemporal(stack, async ({ workflow }) => {
    const runs = [];
    for await (const one of workflow.list({ query: `WorkflowId = "${workflowId}"` })) runs.push(one);
    runs.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
    return Promise.all(
      runs.map(async ({ runId }) => {
        const { events } = await workflow.getHandle(workflowId, runId).fetchHistory();
        const tasks = (events ?? []).flatMap(({ workflowTaskCompletedEventAttributes: task }) => task ?? []);
        return [...new Set(tasks.map(({ deploymentVersion }) => deploymentVersion?.buildId ?? 'none'))];
      }),
    );
  });
