import { patched } from '@temporalio/workflow';
import { familyRevision, LINES } from '../domain/deploy/lines.ts';
import type { ObservedService } from '../domain/deploy/observed.ts';
import { stageOf, type RolloutTarget } from '../domain/deploy/rollout.ts';
import { inherited } from './act.ts';
import { limitsOf, type Acted, type Deployment, type Prepared } from './deployment.ts';
import { fail } from './failure.ts';
import { reads } from './proxies.ts';
import { passRollout, rolloutFailureOf } from './rollout.ts';

/** A slow release must not make the way back impatient. */
const LEAST_TIMEOUT_SECONDS = 180;

export interface Confirmed {
  /** ARN of the revision. */
  serves: string;
  /** It was not whole before, and is not now. */
  isSick?: boolean;
}

/** As many tasks ran as were wanted, and where they were served from was there. */
const wasWhole = ({ before: { service, balancer } }: Prepared): boolean =>
  service !== undefined &&
  service.primary.running >= service.desired &&
  (service.behindBalancer === undefined || balancer !== undefined);

/**
 * What ran before was not touched itself, but what it stands behind was, or it was told to go: whether it serves is looked
 * at all the same. What was not whole before is not waited for.
 * @throws ApplicationFailure `deploy_failed` when it does not serve.
 */
export async function confirmServing(
  deployment: Deployment,
  prepared: Prepared,
  service: ObservedService,
): Promise<Confirmed> {
  const { id, taskDefinition } = service.primary;
  if (!patched('confirm-serving')) return { serves: taskDefinition };
  const target = { ...targetBack(deployment, prepared, service), deploymentId: id, taskDefinition };
  if (!wasWhole(prepared)) {
    const { snapshot } = await reads.lookAtRollout({ target });
    const isSick = ['starting', 'one-healthy'].includes(stageOf(snapshot, target));
    if (isSick) return { serves: taskDefinition, isSick };
  }
  const tasks = await tasksSoFar({ ...deployment, acted: { target } }, prepared, service);
  try {
    await passBack(deployment, prepared, { ...target, ...inherited(prepared, tasks) });
    return { serves: taskDefinition };
  } catch (error) {
    const failure = rolloutFailureOf(error);
    if (failure === undefined) throw error;
    throw fail('deploy_failed', `${familyRevision(taskDefinition)} does not serve: ${failure.message}`);
  }
}

/** What the way back to `service` is watched by, but for its deployment and revision. */
export const targetBack = (
  { input }: Deployment,
  { wanted }: Prepared,
  service: ObservedService,
): Omit<RolloutTarget, 'deploymentId' | 'taskDefinition'> => ({
  cluster: input.cluster,
  name: service.name,
  hasEndpoint: service.behindBalancer !== undefined,
  failures: wanted.spec.deployment.failures,
  desired: service.desired,
  isWayBack: true,
});

/** @throws ApplicationFailure `deploy_failed`, see `passRollout` */
export function passBack({ story }: Deployment, prepared: Prepared, target: RolloutTarget): Promise<unknown> {
  const { progressSeconds: _, ...limits } = limitsOf(prepared);
  const timeoutSeconds = Math.max(LEAST_TIMEOUT_SECONDS, limits.timeoutSeconds);
  return passRollout(target, { ...limits, timeoutSeconds, rolledLine: LINES.oldComplete() }, story);
}

/**
 * Where the change began no deployment of its own, its tasks that failed are of the deployment that is gone back to:
 * they count for no failure of the way back.
 */
export async function tasksSoFar(
  { acted }: { acted?: Pick<Acted, 'target'> },
  { before }: Prepared,
  { primary }: ObservedService,
): Promise<string[]> {
  const { ownTasks = [] } = before.cluster;
  if (acted?.target.deploymentId !== primary.id) return ownTasks;
  const look = await reads.lookAtRollout({ target: acted.target }).catch(() => undefined);
  return [...ownTasks, ...(look?.snapshot.stopped ?? []).map((task) => task.id)];
}
