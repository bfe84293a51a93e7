import { LINES, shortRevision } from '../domain/deploy/lines.ts';
import type { RolloutTarget } from '../domain/deploy/rollout.ts';
import { balance, type BalancerReady } from './balance.ts';
import { has, isNewIncarnation, ownerOf, tokenOf, type Acted, type Deployment, type Prepared } from './deployment.ts';
import { summary, writes } from './proxies.ts';

/** Carries the plan out, up to the gates. Its lines are always printed; calls are made only where reality differs. */
export async function act(deployment: Deployment, prepared: Prepared): Promise<Acted> {
  const { input, story } = deployment;
  const { plan, wanted, before } = prepared;
  story.enter('acting');
  for (const repair of plan.repairs) story.line(LINES.repairing(repair));
  if (plan.because !== undefined) story.line(LINES.replacing(before.service?.name ?? input.service, plan.because));
  const { endpoint } = wanted.spec;
  const ready = endpoint === undefined ? undefined : await balance(deployment, prepared, endpoint);
  const revision = await reviseTaskDefinition(deployment, prepared, ready?.hostPort);
  const deploymentId = await runService(deployment, prepared, { revision, ...(ready === undefined ? {} : { ready }) });
  const { ownTasks = [] } = before.cluster;
  const previous = isNewIncarnation(plan) ? undefined : before.service?.primary.id;
  const target: RolloutTarget = {
    cluster: input.cluster,
    name: plan.incarnation,
    deploymentId,
    taskDefinition: revision,
    hasEndpoint: ready !== undefined,
    failures: wanted.spec.deployment.failures,
    desired: wanted.spec.scale,
    ...(previous === undefined || previous === deploymentId ? {} : { previousDeployment: previous }),
    ...(previous === deploymentId ? inherited(prepared, ownTasks) : {}),
  };
  return {
    target,
    revision,
    dnsChange: ready?.dnsChange ?? '',
    ...(ready === undefined
      ? {}
      : { hostPort: ready.hostPort, balancer: { dnsName: ready.balancer.dnsName, zoneId: ready.balancer.zoneId } }),
  };
}

/** What a deployment that was there before the change has behind it. */
export const inherited = (
  { before }: Prepared,
  tasks: string[],
): Pick<RolloutTarget, 'inheritedTasks' | 'eventsAfter'> => ({
  ...(tasks.length > 0 ? { inheritedTasks: tasks } : {}),
  ...(before.service?.newestEventAt === undefined ? {} : { eventsAfter: before.service.newestEventAt }),
});

async function reviseTaskDefinition(
  deployment: Deployment,
  { plan, wanted, before, resolved }: Prepared,
  hostPort: number | undefined,
): Promise<string> {
  const { input, story, touched } = deployment;
  const runs = before.service?.primary.taskDefinition ?? '';
  if (!has(plan.steps, 'register-task-definition')) {
    story.line(LINES.reused(shortRevision(input.service, runs), input.service));
    return runs;
  }
  const made = await writes.registerRevision.executeWithOptions(summary(`revision of ${input.service}`), [
    {
      service: input.service,
      spec: wanted.spec,
      images: resolved.images,
      owner: ownerOf(deployment),
      deployment: input.id,
      ...(hostPort === undefined ? {} : { hostPort }),
    },
  ]);
  if (made.registered) touched.registered = made.arn;
  const line = made.registered ? LINES.registered : LINES.reused;
  story.line(line(shortRevision(input.service, made.arn), input.service));
  return made.arn;
}

async function runService(
  deployment: Deployment,
  { plan, percents, before, wanted }: Prepared,
  { revision, ready }: { revision: string; ready?: BalancerReady },
): Promise<string> {
  const { input, story, touched } = deployment;
  const { endpoint, scale } = wanted.spec;
  const isNew = isNewIncarnation(plan);
  story.line(LINES.service(plan.incarnation, isNew));
  const want = {
    cluster: input.cluster,
    name: plan.incarnation,
    taskDefinition: revision,
    desired: scale,
    minimumHealthyPercent: percents.minimumHealthyPercent,
    maximumPercent: percents.maximumPercent,
    gracePeriodSeconds: endpoint?.healthCheck.gracePeriodSeconds,
  };
  if (isNew || before.service === undefined) {
    touched.service = true;
    const { component = '', containerPort = 0 } = endpoint ?? {};
    const behind = ready === undefined ? {} : { behind: { balancer: ready.balancer.name, component, containerPort } };
    const hostPorts = ready === undefined ? [] : [ready.hostPort];
    return writes.createService.executeWithOptions(summary(`${want.name} ×${scale}`), [
      { ...want, owner: ownerOf(deployment), token: tokenOf(deployment), hostPorts, ...behind },
    ]);
  }
  const step = plan.steps.find((s) => s.type === 'update-service');
  const { releasedScale } = before.service;
  if (releasedScale !== undefined && releasedScale !== before.service.desired)
    story.warn(
      LINES.desiredWas(want.name, { from: releasedScale, to: before.service.desired, now: scale }),
      LINES.desiredWasHint(),
    );
  if (step === undefined) return before.service.primary.id;
  if (before.service.desired !== scale)
    story.line(LINES.scaling(want.name, { from: before.service.desired, to: scale }));
  if (step.force === true) story.line(LINES.restarting(want.name));
  touched.service = true;
  return writes.updateService.executeWithOptions(summary(`${want.name} ×${scale}`), [
    { ...want, before: before.service.primary.id, ...(step.force === true ? { force: true } : {}) },
  ]);
}
