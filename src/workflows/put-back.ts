import { familyRevision, LINES, shortRevision } from '../domain/deploy/lines.ts';
import type { ObservedBalancer, ObservedListener } from '../domain/deploy/observed.ts';
import { attempt } from './attempt.ts';
import { bringBack, type WhyBack } from './bring-back.ts';
import { checkLock } from './change.ts';
import { isNewIncarnation, type Deployment, type Prepared, type Touched } from './deployment.ts';
import { awaitInSync, outliveOldAnswers } from './dns.ts';
import { explain, fail } from './failure.ts';
import { writes } from './proxies.ts';
import { confirmServing, type Confirmed } from './way-back.ts';

export type PutBackAnswer =
  /** `serves`: ARN of the revision that serves again; absent when nothing ran before. `isSick`: not whole, as before. */
  { ok: true; serves?: string; isSick?: boolean } | { ok: false; why: string };

/** Puts back what a rollout changed, watched to its own verdict. Runs in a non-cancellable scope, under the lock. */
export async function putBack(deployment: Deployment, prepared: Prepared, why: WhyBack): Promise<PutBackAnswer> {
  const { story } = deployment;
  story.enter('rolling-back');
  try {
    const isNew = isNewIncarnation(prepared.plan);
    const back = isNew ? await remove(deployment, prepared) : await restore(deployment, prepared, why);
    if (back === undefined) story.line(LINES.removed());
    else {
      const revision = shortRevision(deployment.input.service, back.serves);
      story.line(back.isSick === true ? LINES.putBackSick(revision) : LINES.putBack(revision));
    }
    return { ok: true, ...back };
  } catch (error) {
    const why = explain(error).message;
    story.line(LINES.notPutBack(why));
    // What failed is not to be started again. While ECS is still set to it, it stays: nobody else deregistered it.
    const isLeft = deployment.touched.service === true || deployment.change.lockLost();
    if (!isLeft) await attempt(deployment, 'The failed revision', () => dropRevision(deployment));
    return { ok: false, why };
  }
}

async function restore(deployment: Deployment, prepared: Prepared, why: WhyBack): Promise<Confirmed> {
  const { input, story, touched } = deployment;
  const { service, balancer, cluster } = prepared.before;
  if (service === undefined) throw fail('internal', 'there is no service to go back to');
  story.line(LINES.puttingBack(shortRevision(input.service, service.primary.taskDefinition)));
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
  const back =
    touched.service === true
      ? { serves: await bringBack(deployment, prepared, { service, why }) }
      : await confirmServing(deployment, prepared, service);
  checkLock(deployment);
  await dropRevision(deployment);
  return back;
}

async function restoreBalancer(touched: Touched, balancer: ObservedBalancer): Promise<void> {
  const { name, listeners, healthCheck, crossZone, drainingSeconds } = balancer;
  const first = listeners[0];
  if (touched.listeners === true && first !== undefined) {
    const old = listeners as (ObservedListener & { protocol: 'HTTP' | 'HTTPS' | 'TCP' | 'SSL' })[];
    // Another certificate on a listener that stayed is of the same domain, and may be there because the old one is none.
    await writes.convergeListeners({ name, listeners: old, hostPort: first.instancePort });
  }
  if (touched.healthCheck === true) await writes.configureHealthCheck({ name, check: healthCheck });
  if (touched.attributes === true) await writes.modifyBalancerAttributes({ name, crossZone, drainingSeconds });
}

/**
 * Removes a new incarnation; what served before it, if anything, was not touched. The record goes first, so that nobody
 * is sent to what is going away.
 */
async function remove(deployment: Deployment, prepared: Prepared): Promise<Confirmed | undefined> {
  const { plan, before } = prepared;
  const { input, touched, story } = deployment;
  const { incarnation: name } = plan;
  const { service } = before;
  story.line(LINES.removing(name));
  checkLock(deployment);
  if (touched.record !== undefined) {
    const changeId = await writes.restoreRecords(touched.record);
    const { recordSets } = touched.record;
    if (service !== undefined || recordSets.length > 0) {
      if (changeId !== '') await awaitInSync(changeId, touched.record.domain);
      await outliveOldAnswers(story, before.waits);
    }
  }
  checkLock(deployment);
  if (touched.service === true) await writes.deleteService({ cluster: input.cluster, name });
  touched.service = false;
  if (touched.balancer === true) await writes.deleteBalancer({ name });
  await dropRevision(deployment);
  return service === undefined ? undefined : confirmServing(deployment, prepared, service);
}

async function dropRevision({ touched, story }: Deployment): Promise<void> {
  if (touched.registered === undefined) return;
  story.line(LINES.deletingRevision(familyRevision(touched.registered)));
  await writes.deregisterRevision({ arn: touched.registered });
  delete touched.registered;
}
