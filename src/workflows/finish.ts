import { healthCheckTarget } from '../domain/deploy/plan-balancer.ts';
import { familyRevision, LINES, revisionNumber } from '../domain/deploy/lines.ts';
import type { Release } from '../activities/integrations.ts';
import { attempt } from './attempt.ts';
import {
  isMadeAgain,
  isNewIncarnation,
  ownerOf,
  TITLES,
  type Acted,
  type Deployment,
  type Prepared,
} from './deployment.ts';
import { explain } from './failure.ts';
import type { ChangeOutcome } from './messages.ts';
import { integrations, summary, writes } from './proxies.ts';
import { retireOld, settleDns } from './retire.ts';
import type { Passed } from './rollout.ts';
import { successOf } from './success.ts';

/**
 * After the gates the release serves, and nothing turns its verdict bad any more: what cannot be written down or told is
 * a warning. Only a replacement still has to be switched to. Runs in a non-cancellable scope.
 */
export async function finish(
  deployment: Deployment,
  prepared: Prepared,
  { acted, passed }: { acted: Acted; passed: Passed },
): Promise<ChangeOutcome> {
  const { story } = deployment;
  const isSwitched = await settleDns(deployment, prepared, acted);
  story.enter('finishing');
  await recordRelease(deployment, prepared, acted);
  if (isSwitched) await retireOld(deployment, prepared, acted);
  const { isCheckRepaired } = await tellOutside(deployment, prepared, acted);
  story.line(LINES.successful(TITLES[deployment.kind]));
  return { progress: story.end('succeeded', successOf(deployment, prepared, { acted, passed, isCheckRepaired })) };
}

/** Tags survive Temporal's retention: what serves, what served before, and the manifest that passed. */
async function recordRelease(deployment: Deployment, prepared: Prepared, acted: Acted): Promise<void> {
  const { input, story } = deployment;
  const { before, plan, wanted } = prepared;
  const old = before.service?.primary.taskDefinition;
  // The old incarnation of a replacement still runs its revision.
  if (old !== undefined && old !== acted.revision && !isNewIncarnation(plan)) {
    story.line(LINES.deletingRevision(familyRevision(old)));
    await attempt(deployment, 'The old revision', () =>
      writes.deregisterRevision.executeWithOptions(summary(familyRevision(old)), [{ arn: old }]),
    );
  }
  story.line(LINES.markingActive(input.service, wanted.releaseId));
  const release = `${wanted.releaseId}:${revisionNumber(acted.revision)}`;
  const others = (before.service?.releases ?? []).filter((r) => !r.startsWith(`${wanted.releaseId}:`));
  const { endpoint } = wanted.spec;
  const tag = {
    cluster: input.cluster,
    name: acted.target.name,
    deployment: wanted.releaseId,
    scale: wanted.spec.scale,
    releases: [release, ...others],
    owner: ownerOf(deployment),
    ...(endpoint === undefined || acted.hostPort === undefined
      ? {}
      : {
          endpoint: {
            domain: endpoint.domain,
            healthCheckTarget: healthCheckTarget(endpoint.healthCheck, acted.hostPort),
          },
        }),
    ...leftDomains(deployment, prepared),
  };
  await attempt(deployment, "The manifest's tags", () =>
    writes.tagManifest({
      arn: acted.revision,
      release: wanted.releaseId,
      sealedManifest: wanted.sealedManifest,
    }),
  );
  await attempt(deployment, "The release's tags", () => writes.tagRelease(tag));
}

/** Written when there are some, or were some before. */
const leftDomains = ({ leftDomains: left }: Deployment, { before }: Prepared): { leftDomains?: string[] } =>
  left === undefined && before.service?.leftDomains === undefined ? {} : { leftDomains: left ?? [] };

/** In parallel, printed in this order; one that fails warns and never turns a good verdict bad. */
async function tellOutside(
  deployment: Deployment,
  prepared: Prepared,
  acted: Acted,
): Promise<{ isCheckRepaired: boolean }> {
  const { input, story } = deployment;
  const { before, wanted } = prepared;
  const { endpoint } = wanted.spec;
  const previousDomain = before.service?.domain;
  const release: Release = {
    owner: ownerOf(deployment),
    id: input.id,
    cluster: input.cluster,
    incarnation: acted.target.name,
    actor: input.actor,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(previousDomain === undefined || previousDomain === endpoint?.domain ? {} : { previousDomain }),
    ...(isMadeAgain(deployment, prepared, acted) ? { isMadeAgain: true } : {}),
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
    if (answer.status === 'fulfilled') story.line(typeof answer.value === 'string' ? answer.value : answer.value.line);
    else {
      const { message, hint } = explain(answer.reason);
      story.warn(`[${name}] ${message}`, hint);
    }
  }
  const check = told[3];
  return { isCheckRepaired: check.status === 'fulfilled' && check.value.isRepaired };
}
