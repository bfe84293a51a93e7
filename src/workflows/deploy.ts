import { CancellationScope, sleep } from '@temporalio/workflow';
import type { World } from '../activities/observe.ts';
import { planCapacity } from '../domain/deploy/capacity.ts';
import type { DeployInput } from '../domain/change.ts';
import { LINES } from '../domain/deploy/lines.ts';
import { planDeploy, type Plan } from '../domain/deploy/plan.ts';
import { deploymentRef, serviceLockId } from '../domain/ids.ts';
import { act } from './act.ts';
import { beginChange } from './change.ts';
import { concludeFailure } from './conclude.ts';
import { limitsOf, type Deployment, type Prepared } from './deployment.ts';
import { fail } from './failure.ts';
import { finish } from './finish.ts';
import type { ChangeOutcome } from './messages.ts';
import { reads, summary } from './proxies.ts';
import { passRollout } from './rollout.ts';
import { tellStory } from './story.ts';

const TRIES = 3;
const BETWEEN_TRIES = '30s';

/**
 * One rollout of one service, from the accepted manifest to a verdict bound to one deployment and one revision.
 * Fails as `deploy_failed_rolled_back`, `deploy_failed`, `cancelled`, `superseded`, `lock_lost`, or with the code of
 * what preflight refused.
 */
export async function deploy(input: DeployInput): Promise<ChangeOutcome> {
  const story = tellStory(`${deploymentRef(input.service, input.id)} by ${input.actor}`);
  const scope = new CancellationScope();
  const change = beginChange(() => scope.cancel());
  const deployment: Deployment = { input, change, story, touched: {} };
  for (const { message, hint } of input.contentKeyWarnings) story.warn(message, hint);
  try {
    return await scope.run(() => change.underLock(serviceLockId(input.service), 'newest', () => underLock(deployment)));
  } catch (error) {
    return CancellationScope.nonCancellable(() => concludeFailure(deployment, error));
  }
}

async function underLock(deployment: Deployment): Promise<ChangeOutcome> {
  try {
    return await rollOut(deployment);
  } catch (error) {
    // Put back while the lock is still held; whoever waits must find a consistent service.
    return CancellationScope.nonCancellable(() => concludeFailure(deployment, error));
  }
}

async function rollOut(deployment: Deployment): Promise<ChangeOutcome> {
  const { input, story } = deployment;
  const prepared = await prepare(deployment);
  deployment.prepared = prepared;
  const acted = await act(deployment, prepared);
  deployment.acted = acted;
  await passRollout(acted.target, { ...limitsOf(input), rolledLine: LINES.rolled() }, story);
  // The release serves: from here on a cancel is noted, not obeyed.
  deployment.change.onLateCancel((actor) => story.warn(`${actor} asked to cancel; the release had passed already`));
  return CancellationScope.nonCancellable(() => finish(deployment, prepared, acted));
}

/** Observe, plan, preflight: nothing is touched. No room now is tried again, because room comes back. */
async function prepare({ input, story }: Deployment): Promise<Prepared> {
  const { service, spec, cluster } = input;
  for (let attempt = 1; ; attempt += 1) {
    story.line(LINES.tryNumber(attempt));
    story.enter('observing');
    const endpoint = spec.endpoint;
    const world = await reads.observe.executeWithOptions(summary(`what runs of ${service}`), [
      { service, cluster, ...(endpoint === undefined ? {} : { endpoint }) },
    ]);
    story.enter('preflight');
    const hostPort = world.service?.hostPort;
    const resolved = await reads.resolveImages.executeWithOptions(
      summary(spec.components.map((c) => c.image).join(', ')),
      [{ service, spec, ...(hostPort === undefined ? {} : { hostPort }) }],
    );
    if (attempt === 1) for (const warning of resolved.warnings) story.warn(warning);
    const { plan, refusal } = planDeploy(
      {
        service,
        team: input.team,
        id: input.id,
        spec,
        takeOverDomain: input.takeOverDomain,
        ...(resolved.contentHash === undefined ? {} : { contentHash: resolved.contentHash }),
      },
      world,
    );
    if (refusal !== undefined) throw fail(refusal.code, refusal.message, { hint: refusal.hint });
    const room = roomFor(input, world, plan);
    if (room.fits) return { before: world, plan, percents: room, resolved };
    const hint = 'Lower `scale` or `capacity`, delete what is not needed, or let the platform team add instances.';
    if (room.never || attempt === TRIES) throw fail('capacity', room.message, { hint });
    story.warn(`${room.message}; trying again in 30 s`, hint);
    await sleep(BETWEEN_TRIES, { summary: `no room, try ${attempt + 1} follows` });
  }
}

function roomFor(
  { spec }: DeployInput,
  { cluster, service }: World,
  { mode, steps }: Plan,
): ReturnType<typeof planCapacity> {
  const startsTasks = steps.some((s) => s.type === 'create-service' || s.type === 'update-service');
  if (mode !== 'create' && !startsTasks && service !== undefined) {
    return { fits: true, minimumHealthyPercent: service.minimumHealthyPercent, maximumPercent: service.maximumPercent };
  }
  // A new service's port is not chosen yet: whichever it will be, nobody else uses it.
  const hostPort = spec.endpoint === undefined ? undefined : (service?.hostPort ?? 0);
  return planCapacity(cluster, {
    scale: spec.scale,
    cpuUnits: spec.components.reduce((sum, c) => sum + c.cpuUnits, 0),
    memoryMiB: spec.components.reduce((sum, c) => sum + c.memoryMiB, 0),
    minimumHealthyPercent: spec.deployment.minimumHealthyPercent,
    ...(hostPort === undefined ? {} : { hostPort }),
    ...(service === undefined ? {} : { current: { cpuUnits: service.cpuUnits, memoryMiB: service.memoryMiB } }),
  });
}
