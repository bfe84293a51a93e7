import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isGrpcServiceError, type Client } from '@temporalio/client';
import type { Config } from './config.ts';

/** What Temporal calls a Worker Deployment Version. */
export interface WorkerVersion {
  deploymentName: string;
  buildId: string;
}

/** gRPC statuses of a late answer, a version that Temporal has not noticed yet, and somebody else who was quicker. */
const NOT_YET = [4, 5, 9];
/** Temporal notices a version by its polling, within a second unless it is busy. */
const NOTICED_WITHIN_MS = 60_000;
const ASK_AGAIN_MS = 200;
const CALL_LIMIT_MS = 10_000;

/**
 * The version of a worker with this workflow bundle; undefined while worker versioning is off. Without a build id of
 * the operator's it is made from the code of the workflows: the same code is the same version, wherever it was built.
 */
export function workerVersion({ temporal }: Pick<Config, 'temporal'>, bundle: string): WorkerVersion | undefined {
  const versioning = temporal['worker-versioning'];
  if (versioning === undefined) return undefined;
  return { deploymentName: versioning['deployment-name'], buildId: versioning['build-id'] ?? hashOf(bundle) };
}

/** Without the source map, which names the folder that it was built in. */
function hashOf(bundle: string): string {
  const text = readFileSync(bundle, 'utf8');
  const [code = ''] = text.split(/\n\/\/# sourceMappingURL=data:[^\n]*\s*$/);
  return createHash('sha256').update(code).digest('hex').slice(0, 12);
}

/**
 * Waits until Temporal has noticed this version, of which a worker is polling. The first version ever of a deployment
 * becomes current by this; any other waits for an operator, because a worker cannot know whether it is the newer one.
 * Answers whether it is current, so that new changes come to it: else it serves only what is pinned to it.
 * @throws Error with Temporal's reason when it has not come to that within 60 s
 */
export async function settleVersion(client: Client, version: WorkerVersion): Promise<boolean> {
  const deadline = Date.now() + NOTICED_WITHIN_MS;
  for (;;) {
    try {
      return await client.withDeadline(Date.now() + CALL_LIMIT_MS, () => settle(client, version));
    } catch (error) {
      const isEarly = isGrpcServiceError(error) && NOT_YET.includes(Number(error.code));
      if (!isEarly || Date.now() > deadline) throw error;
    }
    await sleep(ASK_AGAIN_MS);
  }
}

async function settle({ workflowService, options }: Client, version: WorkerVersion): Promise<boolean> {
  const { deploymentName, buildId } = version;
  const { namespace, identity } = options;
  await workflowService.describeWorkerDeploymentVersion({ namespace, deploymentVersion: version });
  const { workerDeploymentInfo, conflictToken } = await workflowService.describeWorkerDeployment({
    namespace,
    deploymentName,
  });
  const { currentDeploymentVersion, currentVersionChangedTime } = workerDeploymentInfo?.routingConfig ?? {};
  if (currentDeploymentVersion?.buildId === buildId) return true;
  // It has had a current version: that there is none now is somebody's will.
  if (currentVersionChangedTime) return false;
  await workflowService.setWorkerDeploymentCurrentVersion({
    namespace,
    deploymentName,
    buildId,
    identity,
    conflictToken,
  });
  return true;
}
