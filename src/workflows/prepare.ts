import { sleep } from '@temporalio/workflow';
import type { World } from '../activities/observe.ts';
import { needOf, planCapacity } from '../domain/deploy/capacity.ts';
import { LINES } from '../domain/deploy/lines.ts';
import { planDeploy, type Plan } from '../domain/deploy/plan.ts';
import { referencesOf } from '../domain/references.ts';
import { has, hostPortOf, isNewIncarnation, type Deployment, type Prepared, type Wanted } from './deployment.ts';
import { fail } from './failure.ts';
import { reads, summary } from './proxies.ts';

const TRIES = 3;
const BETWEEN_TRIES = '30s';

/** Observe, plan, preflight: nothing is touched. No room now is tried again, because room comes back. */
export async function prepare({ input, story }: Deployment, asked: Wanted): Promise<Prepared> {
  const { service, cluster } = input;
  for (let attempt = 1; ; attempt += 1) {
    story.line(LINES.tryNumber(attempt));
    story.enter('observing');
    const { endpoint } = asked.spec;
    const world = await reads.observe.executeWithOptions(summary(`what runs of ${service}`), [
      { service, cluster, ...(endpoint === undefined ? {} : { endpoint }) },
    ]);
    const wanted = withScale(asked, world);
    const { spec } = wanted;
    story.enter('preflight');
    const hostPort = hostPortOf(world);
    const resolved = await reads.resolveImages.executeWithOptions(
      summary(spec.components.map((c) => c.image).join(', ')),
      [{ service, spec, ...(hostPort === undefined ? {} : { hostPort }) }],
    );
    const references = attempt === 1 ? referencesOf(spec) : [];
    const unchecked = references.length === 0 ? [] : await reads.checkReferences({ references });
    if (attempt === 1) for (const warning of [...resolved.warnings, ...unchecked]) story.warn(warning);
    const { plan, refusal } = planDeploy(
      {
        service,
        team: input.team,
        id: input.id,
        spec,
        takeOverDomain: wanted.takeOverDomain,
        ...(resolved.contentHash === undefined ? {} : { contentHash: resolved.contentHash }),
        ...(wanted.restart === true ? { restart: true } : {}),
      },
      world,
    );
    if (refusal !== undefined) throw fail(refusal.code, refusal.message, { hint: refusal.hint });
    const room = roomFor(wanted, world, plan);
    if (room.fits) return { wanted, before: world, plan, percents: room, resolved };
    const hint =
      world.cluster.instances.length === 0
        ? 'Look at the ECS agents of these instances, or let the platform team replace them.'
        : 'Lower `scale` or `capacity`, delete what is not needed, or let the platform team add instances; a lower `deployment.minimum-healthy` lets an update do with less.';
    if (room.never || attempt === TRIES) throw fail('capacity', room.message, { hint });
    story.warn(`${room.message}; trying again in 30 s`, hint);
    await sleep(BETWEEN_TRIES, { summary: `no room, try ${attempt + 1} follows` });
  }
}

const withScale = (wanted: Wanted, { service }: World): Wanted =>
  wanted.keepsScale === true && service !== undefined
    ? { ...wanted, spec: { ...wanted.spec, scale: service.desired } }
    : wanted;

function roomFor({ spec }: Wanted, { cluster, service }: World, plan: Plan): ReturnType<typeof planCapacity> {
  const isNew = isNewIncarnation(plan);
  if (!isNew && !has(plan.steps, 'update-service') && service !== undefined) {
    return { fits: true, minimumHealthyPercent: service.minimumHealthyPercent, maximumPercent: service.maximumPercent };
  }
  const minimumHealthyPercent = spec.deployment.minimumHealthyPercent;
  const current = isNew ? undefined : service;
  // A new incarnation's port is not chosen yet: whichever it will be, nobody else uses it, the old tasks included.
  const hostPort = spec.endpoint === undefined ? undefined : (current?.hostPort ?? 0);
  return planCapacity(isNew ? { ...cluster, ownInstances: [] } : cluster, {
    scale: spec.scale,
    minimumHealthyPercent,
    ...needOf(spec, hostPort),
    ...(plan.steps.some((s) => s.type === 'update-service' && s.newDeployment) ? {} : { keepsTasks: true }),
    ...(current === undefined ? {} : { current: { cpuUnits: current.cpuUnits, memoryMiB: current.memoryMiB } }),
  });
}
