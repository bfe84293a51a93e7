import type { Client } from '@temporalio/client';
import { askTemporal } from './temporal.ts';

const PATIENCE_MS = 2_000;
/** Long polls end after a minute, so a worker that lives has asked for work since then. */
const POLLED_WITHIN_MS = 70_000;
/** Temporal's `TaskQueueType` of workflow tasks, and its `WorkerVersioningMode` of workers with a version. */
const WORKFLOW_TASKS = 1;
const VERSIONED = 2;
/** Stands for workers without a version, which is all of them while worker versioning is off. */
export const UNVERSIONED = '';

/** Versions of workers, written as Temporal does: `deployment:build`. */
export interface Workers {
  /** Where new changes go. */
  current: string;
  /** Who has asked for work lately. A worker that was killed counts for another minute: it is a hope, its absence certain. */
  polling: ReadonlySet<string>;
}

/** Which workers there are. */
export async function readWorkers(temporal: Client, taskQueue: string): Promise<Workers> {
  const { pollers, versioningInfo } = await askTemporal(temporal, PATIENCE_MS, () =>
    temporal.workflowService.describeTaskQueue({
      namespace: temporal.options.namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: WORKFLOW_TASKS,
    }),
  );
  const since = Date.now() - POLLED_WITHIN_MS;
  const lately = (pollers ?? []).filter(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1_000 >= since);
  const versions = lately.map(({ deploymentOptions }) =>
    deploymentOptions?.workerVersioningMode === VERSIONED ? nameOf(deploymentOptions) : UNVERSIONED,
  );
  return { current: nameOf(versioningInfo?.currentDeploymentVersion), polling: new Set(versions) };
}

/** Whether anybody works for a change that is pinned to `version`, or for a new one. */
export const haveWorker = ({ current, polling }: Workers, version = current): boolean => polling.has(version);

interface Version {
  deploymentName?: string | null;
  buildId?: string | null;
}

const nameOf = (version: Version | null | undefined): string =>
  version?.buildId ? `${version.deploymentName}:${version.buildId}` : UNVERSIONED;
