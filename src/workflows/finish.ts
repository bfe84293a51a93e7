import { familyRevision, LINES, revisionNumber, shortRevision } from '../domain/deploy/lines.ts';
import type { Release } from '../activities/integrations.ts';
import type { Verdict } from '../domain/events.ts';
import { deploymentRef } from '../domain/ids.ts';
import { ownerOf, type Acted, type Deployment, type Prepared } from './deployment.ts';
import { explain } from './failure.ts';
import type { ChangeOutcome } from './messages.ts';
import { dnsWaits, integrations, summary, writes } from './proxies.ts';

/** After the gates: the record is in sync, the old revision goes, the release is written down, the outside is told. */
export async function finish(deployment: Deployment, prepared: Prepared, acted: Acted): Promise<ChangeOutcome> {
  const { input, story } = deployment;
  const { plan } = prepared;
  story.enter('finishing');
  if (acted.dnsChange !== '') {
    await dnsWaits.awaitInSync.executeWithOptions(summary(`${input.spec.endpoint?.domain ?? ''} INSYNC`), [
      { changeId: acted.dnsChange },
    ]);
  }
  await recordRelease(deployment, prepared, acted);
  await tellOutside(deployment, acted);
  story.line(LINES.successful());
  const unchanged = plan.mode === 'no-change';
  const ref = deploymentRef(input.service, input.id);
  const verdict: Verdict = {
    ok: true,
    code: unchanged ? 'no_change' : 'succeeded',
    message: unchanged ? `${ref}: nothing had to change` : `${ref} serves`,
    revision: shortRevision(input.service, acted.revision),
  };
  return { progress: story.end('succeeded', verdict) };
}

/** Tags survive Temporal's retention. The release is written before the old revision goes, so one of them always names what serves. */
async function recordRelease(deployment: Deployment, { before }: Prepared, acted: Acted): Promise<void> {
  const { input, story } = deployment;
  const old = before.service?.primary.taskDefinition;
  if (old !== undefined && old !== acted.revision) {
    story.line(LINES.deletingRevision(familyRevision(old)));
    await writes.deregisterRevision.executeWithOptions(summary(familyRevision(old)), [{ arn: old }]);
  }
  story.line(LINES.markingActive(input.service, input.id));
  const release = `${input.id}:${revisionNumber(acted.revision)}`;
  const releases = [release, ...(before.service?.releases ?? []).filter((r) => r !== release)];
  await writes.tagManifest({ arn: acted.revision, sealedManifest: input.sealedManifest });
  await writes.tagRelease({
    cluster: input.cluster,
    name: acted.target.name,
    deployment: input.id,
    releases,
    owner: ownerOf(deployment),
  });
}

/** In parallel, printed in this order; one that fails warns and never turns a good verdict bad. */
async function tellOutside(deployment: Deployment, acted: Acted): Promise<void> {
  const { input, story } = deployment;
  const release: Release = {
    owner: ownerOf(deployment),
    id: input.id,
    cluster: input.cluster,
    incarnation: acted.target.name,
    actor: input.actor,
    ...(input.spec.endpoint === undefined ? {} : { endpoint: input.spec.endpoint }),
  };
  const { createBoard, postDeploymentEvent, ensureChannel, ensureStatusCheck } = integrations;
  const told = await Promise.allSettled([
    createBoard(release),
    postDeploymentEvent(release),
    ensureChannel(release),
    ensureStatusCheck(release),
  ]);
  for (const [i, answer] of told.entries()) {
    const name = ['Boards', 'Datadog', 'Notifications', 'StatusCheck'][i] ?? '';
    if (answer.status === 'fulfilled') story.line(answer.value);
    else {
      const { message, hint } = explain(answer.reason);
      story.warn(`[${name}] ${message}`, hint);
    }
  }
}
