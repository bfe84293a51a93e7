import { familyRevision, LINES, shortRevision } from '../domain/deploy/lines.ts';
import type { ObservedBalancer, ObservedService } from '../domain/deploy/observed.ts';
import type { RolloutTarget } from '../domain/deploy/rollout.ts';
import type { ServiceWant } from '../domain/deploy/service-want.ts';
import { attempt } from './attempt.ts';
import { checkLock } from './change.ts';
import {
  isNewIncarnation,
  limitsOf,
  ownerOf,
  tokenOf,
  type Deployment,
  type Prepared,
  type Touched,
} from './deployment.ts';
import { awaitInSync, outliveOldAnswers } from './dns.ts';
import { explain, fail } from './failure.ts';
import { summary, writes } from './proxies.ts';
import { passRollout } from './rollout.ts';

export type PutBackAnswer = { ok: true } | { ok: false; why: string };

/** A slow release must not make the way back impatient. */
const LEAST_TIMEOUT_SECONDS = 180;

/** What is known of why something is put back. */
export interface WhyBack {
  /** Of the load balancer, see `hasLostZone`. */
  hasLostZone: boolean;
  isCancelled: boolean;
}

/** Puts back what a rollout changed, watched to its own verdict. Runs in a non-cancellable scope, under the lock. */
export async function putBack(deployment: Deployment, prepared: Prepared, why: WhyBack): Promise<PutBackAnswer> {
  const { story } = deployment;
  story.enter('rolling-back');
  try {
    const isNew = isNewIncarnation(prepared.plan);
    story.line(isNew ? await remove(deployment, prepared) : await restore(deployment, prepared, why));
    return { ok: true };
  } catch (error) {
    const why = explain(error).message;
    story.line(LINES.notPutBack(why));
    // What failed is not to be started again. While ECS is still set to it, it stays: nobody else deregistered it.
    const isLeft = deployment.touched.service === true || deployment.change.lockLost();
    if (!isLeft) await attempt(deployment, 'The failed revision', () => dropRevision(deployment));
    return { ok: false, why };
  }
}

async function restore(deployment: Deployment, prepared: Prepared, why: WhyBack): Promise<string> {
  const { input, story, touched } = deployment;
  const { service, balancer, cluster } = prepared.before;
  if (service === undefined) throw fail('internal', 'there is no service to go back to');
  const revision = shortRevision(input.service, service.primary.taskDefinition);
  story.line(LINES.puttingBack(revision));
  checkLock(deployment);
  if (balancer !== undefined) await restoreBalancer(touched, balancer);
  if (balancer !== undefined && why.hasLostZone) {
    const zones = [...new Set(cluster.instances.map((i) => i.availabilityZone))].sort();
    story.line(LINES.enablingZones(zones));
    await writes.enableZones({ cluster: input.cluster, name: balancer.name, zones });
  }
  checkLock(deployment);
  // A record that pointed to a load balancer which was gone already is better where it is now.
  const isWorthIt = balancer !== undefined || service.behindBalancer === undefined;
  if (touched.record !== undefined && isWorthIt) await writes.restoreRecords(touched.record);
  if (touched.service === true) await restoreService(deployment, prepared, { service, why });
  checkLock(deployment);
  await dropRevision(deployment);
  return LINES.putBack(revision);
}

async function restoreBalancer(touched: Touched, balancer: ObservedBalancer): Promise<void> {
  const { name, listeners, healthCheck, crossZone, drainingSeconds } = balancer;
  const first = listeners[0];
  if (touched.listeners === true && first !== undefined) {
    const old = listeners as { port: number; protocol: 'HTTP' | 'HTTPS' | 'TCP' | 'SSL' }[];
    const certificateArn = listeners.find((l) => l.certificateArn !== undefined)?.certificateArn;
    await writes.convergeListeners({
      name,
      listeners: old,
      hostPort: first.instancePort,
      ...(certificateArn === undefined ? {} : { certificateArn }),
    });
  }
  if (touched.healthCheck === true) await writes.configureHealthCheck({ name, check: healthCheck });
  if (touched.attributes === true) await writes.modifyBalancerAttributes({ name, crossZone, drainingSeconds });
}

async function restoreService(
  deployment: Deployment,
  prepared: Prepared,
  { service, why }: { service: ObservedService; why: WhyBack },
): Promise<void> {
  const { input, story, acted } = deployment;
  const { wanted, percents } = prepared;
  const old = service.primary.taskDefinition;
  // ECS takes no deregistered revision, which is how a repair may have found it.
  const revision = service.isRevisionActive ? old : await writes.reviveRevision({ arn: old });
  const isSame = acted !== undefined && acted.revision === revision && service.desired === wanted.spec.scale;
  if (isSame && !why.isCancelled)
    throw fail('deploy_failed', `${familyRevision(revision)} is what runs already, and ECS goes on starting its tasks`);
  checkLock(deployment);
  const want: ServiceWant = {
    cluster: input.cluster,
    name: service.name,
    taskDefinition: revision,
    desired: service.desired,
    ...percents,
    gracePeriodSeconds: service.gracePeriodSeconds,
  };
  // A restart that is cancelled has nothing to bring back: old and new tasks are of one release.
  const deploymentId = isSame ? acted.target.deploymentId : await bringBack(deployment, service, want);
  deployment.touched.service = false;
  const failed = acted?.target.deploymentId;
  const target: RolloutTarget = {
    cluster: input.cluster,
    name: service.name,
    deploymentId,
    taskDefinition: revision,
    hasEndpoint: service.behindBalancer !== undefined,
    failures: wanted.spec.deployment.failures,
    desired: service.desired,
    isWayBack: true,
    ...(failed === undefined || failed === deploymentId ? {} : { previousDeployment: failed }),
  };
  const { progressSeconds: _, ...limits } = limitsOf(wanted.spec);
  const timeoutSeconds = Math.max(LEAST_TIMEOUT_SECONDS, limits.timeoutSeconds);
  await passRollout(target, { ...limits, timeoutSeconds, rolledLine: LINES.oldComplete() }, story);
}

/** With the old revision again; an ECS service that somebody deleted meanwhile is made again under its name. */
async function bringBack(deployment: Deployment, service: ObservedService, want: ServiceWant): Promise<string> {
  const { story } = deployment;
  try {
    return await writes.updateService.executeWithOptions(summary(`back to ${familyRevision(want.taskDefinition)}`), [
      want,
    ]);
  } catch (error) {
    if (explain(error).code !== 'not_found') throw error;
  }
  checkLock(deployment);
  story.line(LINES.service(service.name, true));
  const { behindBalancer, hostPort } = service;
  // ECS refuses the name while the deleted service still drains, and the retries wait for that.
  return writes.createService.executeWithOptions(summary(`${want.name} again`), [
    {
      ...want,
      owner: ownerOf(deployment),
      token: tokenOf(deployment),
      hostPorts: hostPort === undefined ? [] : [hostPort],
      ...(behindBalancer === undefined ? {} : { behind: { balancer: service.name, ...behindBalancer } }),
    },
  ]);
}

/**
 * Removes a new incarnation; what served before it, if anything, was not touched. The record goes first, so that nobody
 * is sent to what is going away.
 */
async function remove(deployment: Deployment, { plan, before }: Prepared): Promise<string> {
  const { input, touched, story } = deployment;
  const { incarnation: name } = plan;
  const { service } = before;
  story.line(LINES.removing(name));
  checkLock(deployment);
  if (touched.record !== undefined) {
    const changeId = await writes.restoreRecords(touched.record);
    if (service !== undefined) {
      if (changeId !== '') await awaitInSync(changeId, touched.record.domain);
      await outliveOldAnswers(story, before.waits);
    }
  }
  checkLock(deployment);
  if (touched.service === true) await writes.deleteService({ cluster: input.cluster, name });
  touched.service = false;
  if (touched.balancer === true) await writes.deleteBalancer({ name });
  await dropRevision(deployment);
  return service === undefined
    ? LINES.removed()
    : LINES.putBack(shortRevision(input.service, service.primary.taskDefinition));
}

async function dropRevision({ touched, story }: Deployment): Promise<void> {
  if (touched.registered === undefined) return;
  story.line(LINES.deletingRevision(familyRevision(touched.registered)));
  await writes.deregisterRevision({ arn: touched.registered });
}
