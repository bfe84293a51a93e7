import { percentsBack, type RolloutPercents } from '../domain/deploy/capacity.ts';
import type { Failure } from '../domain/deploy/diagnose.ts';
import { familyRevision, LINES } from '../domain/deploy/lines.ts';
import type { ObservedService } from '../domain/deploy/observed.ts';
import type { ServiceWant } from '../domain/deploy/service-want.ts';
import { inherited } from './act.ts';
import { attempt } from './attempt.ts';
import { checkLock } from './change.ts';
import { ownerOf, tokenOf, type Deployment, type Prepared } from './deployment.ts';
import { explain, fail } from './failure.ts';
import { summary, writes } from './proxies.ts';
import { passBack, targetBack, tasksSoFar } from './way-back.ts';

/** What is known of why something is put back. */
export interface WhyBack {
  /** Of the load balancer, see `hasLostZone`. */
  hasLostZone: boolean;
  /** Absent when somebody cancelled. */
  failure?: Failure['kind'];
}

interface WayBack {
  service: ObservedService;
  why: WhyBack;
}

/** Lets ECS run what ran before the change, and watches that to its own verdict. Answers the revision's ARN. */
export async function bringBack(
  deployment: Deployment,
  prepared: Prepared,
  { service, why }: WayBack,
): Promise<string> {
  const { input, acted, touched } = deployment;
  const old = service.primary.taskDefinition;
  const failed = acted?.target.deploymentId;
  // ECS takes no deregistered revision, which is how a repair may have found it.
  const revision = service.isRevisionActive ? old : await writes.reviveRevision({ arn: old });
  // The change has registered the same content anew: it is what is gone back to.
  if (revision === touched.registered) delete touched.registered;
  const isSame = acted?.revision === revision && isAsBefore(prepared, { service, why });
  if (isSame && why.failure !== undefined)
    throw fail('deploy_failed', `${familyRevision(revision)} is what runs already, and ECS goes on starting its tasks`);
  const inheritedTasks = await tasksSoFar(deployment, prepared, service);
  checkLock(deployment);
  const want: ServiceWant = {
    cluster: input.cluster,
    name: service.name,
    taskDefinition: revision,
    desired: service.desired,
    ...percentsFor(prepared, service),
    gracePeriodSeconds: service.gracePeriodSeconds,
  };
  // A restart that is cancelled has nothing to bring back: old and new tasks are of one release.
  const begun = isSame
    ? { id: acted.target.deploymentId, isAnew: false }
    : ((await update(want, [service.primary.id, failed])) ?? (await createAgain(deployment, service, want)));
  touched.service = false;
  await passBack(deployment, prepared, {
    ...targetBack(deployment, prepared, service),
    deploymentId: begun.id,
    taskDefinition: revision,
    ...(failed === undefined || failed === begun.id ? {} : { previousDeployment: failed }),
    ...(begun.id === service.primary.id
      ? inherited(prepared, inheritedTasks)
      : { earlierDeployment: service.primary.id }),
  });
  if (begun.isAnew) await tagAgain(deployment, service);
  return revision;
}

/** The change's own are of another scale, and perhaps of larger tasks. */
const percentsFor = ({ before, wanted }: Prepared, service: ObservedService): RolloutPercents =>
  percentsBack(before.cluster, {
    scale: service.desired,
    cpuUnits: service.cpuUnits,
    memoryMiB: service.memoryMiB,
    current: service,
    ...(service.hostPort === undefined ? {} : { hostPort: service.hostPort }),
    minimumHealthyPercent: wanted.spec.deployment.minimumHealthyPercent,
  });

/** The change left the service as it was, but for its tasks; nobody else has touched it either. */
function isAsBefore({ wanted }: Prepared, { service, why }: WayBack): boolean {
  if (why.failure === 'gone' || why.failure === 'interference') return false;
  const { scale, endpoint } = wanted.spec;
  return service.desired === scale && service.gracePeriodSeconds === endpoint?.healthCheck.gracePeriodSeconds;
}

interface BegunBack {
  /** Of the deployment, `ecs-svc/…`. */
  id: string;
  /** The ECS service is a new one. */
  isAnew: boolean;
}

/** Undefined when somebody has deleted the ECS service. */
async function update(want: ServiceWant, replaced: (string | undefined)[]): Promise<BegunBack | undefined> {
  const { updateService } = writes;
  const past = replaced.filter((id) => id !== undefined);
  try {
    const how = summary(`back to ${familyRevision(want.taskDefinition)}`);
    return { id: await updateService.executeWithOptions(how, [{ ...want, past }]), isAnew: false };
  } catch (error) {
    if (explain(error).code === 'not_found') return undefined;
    throw error;
  }
}

/** An ECS service that somebody deleted is made again under its name. */
async function createAgain(deployment: Deployment, service: ObservedService, want: ServiceWant): Promise<BegunBack> {
  checkLock(deployment);
  deployment.story.line(LINES.service(service.name, true));
  const { behindBalancer, hostPort } = service;
  // ECS refuses the name while the deleted service still drains, and the retries wait for that.
  const id = await writes.createService.executeWithOptions(summary(`${want.name} again`), [
    {
      ...want,
      owner: ownerOf(deployment),
      token: tokenOf(deployment),
      hostPorts: hostPort === undefined ? [] : [hostPort],
      ...(behindBalancer === undefined ? {} : { behind: { balancer: service.name, ...behindBalancer } }),
    },
  ]);
  return { id, isAnew: true };
}

/** What the deleted one bore: without its tags nobody could go back to a release. */
async function tagAgain(deployment: Deployment, service: ObservedService): Promise<void> {
  const {
    name,
    activeDeployment,
    desired,
    releasedScale = desired,
    releases,
    domain,
    healthCheckTarget = '',
  } = service;
  if (activeDeployment === undefined) return;
  const { leftDomains } = service;
  const tags = {
    cluster: deployment.input.cluster,
    name,
    deployment: activeDeployment,
    scale: releasedScale,
    releases,
    owner: ownerOf(deployment),
    ...(domain === undefined ? {} : { endpoint: { domain, healthCheckTarget } }),
    ...(leftDomains === undefined ? {} : { leftDomains }),
  };
  await attempt(deployment, "The release's tags", () => writes.tagRelease(tags));
}
