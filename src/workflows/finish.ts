import { familyRevision, LINES, revisionNumber, shortRevision } from '../domain/deploy/lines.ts';
import type { Release } from '../activities/integrations.ts';
import type { Verdict } from '../domain/events.ts';
import { deploymentRef } from '../domain/ids.ts';
import { ownerOf, type Acted, type Deployment, type Prepared } from './deployment.ts';
import { explain, fail } from './failure.ts';
import type { ChangeOutcome } from './messages.ts';
import { dnsWaits, integrations, summary, writes } from './proxies.ts';

/**
 * After the gates the release serves, and nothing turns its verdict bad any more: what cannot be written down or told is
 * a warning. Runs in a non-cancellable scope.
 */
export async function finish(deployment: Deployment, prepared: Prepared, acted: Acted): Promise<ChangeOutcome> {
  const { input, story } = deployment;
  story.enter('finishing');
  const { dnsChange } = acted;
  if (dnsChange !== '') {
    await attempt(deployment, 'The DNS change', () =>
      dnsWaits.awaitInSync.executeWithOptions(summary(`${input.spec.endpoint?.domain ?? ''} INSYNC`), [
        { changeId: dnsChange },
      ]),
    );
  }
  await recordRelease(deployment, prepared, acted);
  await tellOutside(deployment, acted);
  story.line(LINES.successful());
  const unchanged = prepared.plan.mode === 'no-change';
  const ref = deploymentRef(input.service, input.id);
  const verdict: Verdict = {
    ok: true,
    code: unchanged ? 'no_change' : 'succeeded',
    message: unchanged ? `${ref}: nothing had to change` : `${ref} serves`,
    revision: shortRevision(input.service, acted.revision),
  };
  return { progress: story.end('succeeded', verdict) };
}

/** Without the lock nothing more is written, and the next change mends what is missing. */
async function attempt({ change, story }: Deployment, what: string, work: () => Promise<unknown>): Promise<void> {
  if (change.lockLost()) throw fail('lock_lost', "the change's lock was ended by hand");
  try {
    await work();
  } catch (error) {
    const { message, hint } = explain(error);
    story.warn(`${what}: ${message}`, hint);
  }
}

/** Tags survive Temporal's retention: what serves, what served before, and the manifest that passed. */
async function recordRelease(deployment: Deployment, { before }: Prepared, acted: Acted): Promise<void> {
  const { input, story } = deployment;
  const old = before.service?.primary.taskDefinition;
  if (old !== undefined && old !== acted.revision) {
    story.line(LINES.deletingRevision(familyRevision(old)));
    await attempt(deployment, 'The old revision', () =>
      writes.deregisterRevision.executeWithOptions(summary(familyRevision(old)), [{ arn: old }]),
    );
  }
  story.line(LINES.markingActive(input.service, input.id));
  const release = `${input.id}:${revisionNumber(acted.revision)}`;
  const releases = [release, ...(before.service?.releases ?? []).filter((r) => r !== release)];
  const tag = {
    cluster: input.cluster,
    name: acted.target.name,
    deployment: input.id,
    releases,
    owner: ownerOf(deployment),
  };
  await attempt(deployment, "The manifest's tags", () =>
    writes.tagManifest({ arn: acted.revision, sealedManifest: input.sealedManifest }),
  );
  await attempt(deployment, "The release's tags", () => writes.tagRelease(tag));
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
