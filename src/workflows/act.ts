import type { ObservedBalancer } from '../domain/deploy/observed.ts';
import { LINES, shortRevision } from '../domain/deploy/lines.ts';
import {
  aliasTarget,
  DRAINING_SECONDS,
  healthCheckTarget,
  wantedHealthCheck,
  type Step,
} from '../domain/deploy/plan.ts';
import type { RolloutTarget } from '../domain/deploy/rollout.ts';
import { portsLockId } from '../domain/ids.ts';
import type { EndpointSpec } from '../domain/service-spec.ts';
import { ownerOf, type Acted, type Deployment, type Prepared } from './deployment.ts';
import { reads, summary, writes } from './proxies.ts';

interface BalancerReady {
  balancer: ObservedBalancer;
  hostPort: number;
  dnsChange: string;
}

/** Carries the plan out. Its lines are always printed; calls are made only where reality differs. */
export async function act(deployment: Deployment, prepared: Prepared): Promise<Acted> {
  const { input, story, touched } = deployment;
  const { plan, resolved } = prepared;
  story.enter('acting');
  const ready =
    input.spec.endpoint === undefined ? undefined : await balance(deployment, prepared, input.spec.endpoint);
  const hostPort = ready?.hostPort;

  const registers = plan.steps.some((s) => s.type === 'register-task-definition');
  const old = prepared.before.service?.primary.taskDefinition;
  let revision = old ?? '';
  if (registers) {
    const made = await writes.registerRevision.executeWithOptions(summary(`revision of ${input.service}`), [
      {
        service: input.service,
        spec: input.spec,
        images: resolved.images,
        owner: ownerOf(deployment),
        deployment: input.id,
        ...(hostPort === undefined ? {} : { hostPort }),
      },
    ]);
    revision = made.arn;
    if (made.registered) touched.registered = made.arn;
    const line = made.registered ? LINES.registered : LINES.reused;
    story.line(line(shortRevision(input.service, made.arn), input.service));
  } else {
    story.line(LINES.reused(shortRevision(input.service, revision), input.service));
  }
  const deploymentId = await runService(deployment, prepared, { revision, ...(ready === undefined ? {} : { ready }) });
  const target: RolloutTarget = {
    cluster: input.cluster,
    name: plan.incarnation,
    deploymentId,
    taskDefinition: revision,
    hasEndpoint: ready !== undefined,
  };
  return { target, revision, dnsChange: ready?.dnsChange ?? '' };
}

const has = (steps: Step[], type: Step['type']): boolean => steps.some((s) => s.type === type);

async function balance(deployment: Deployment, prepared: Prepared, endpoint: EndpointSpec): Promise<BalancerReady> {
  const { story, touched } = deployment;
  const { plan, before } = prepared;
  const name = plan.incarnation;
  const created = has(plan.steps, 'create-balancer');
  story.line(LINES.balancer(name, created));
  const { balancer, hostPort } = created
    ? await createBalancer(deployment, prepared, endpoint)
    : { balancer: before.balancer as ObservedBalancer, hostPort: before.service?.hostPort ?? 0 };
  if (has(plan.steps, 'create-listeners') || has(plan.steps, 'delete-listeners')) {
    touched.listeners = true;
    const certificate = before.certificateArn === undefined ? {} : { certificateArn: before.certificateArn };
    await writes.convergeListeners({ name, listeners: endpoint.listeners, hostPort, ...certificate });
  }
  const check = wantedHealthCheck(endpoint.healthCheck, hostPort);
  story.line(LINES.healthCheck(healthCheckTarget(endpoint.healthCheck, hostPort)));
  if (has(plan.steps, 'configure-health-check')) {
    touched.healthCheck = true;
    await writes.configureHealthCheck.executeWithOptions(summary(check.target), [{ name, check }]);
  }
  story.line(LINES.crossZone());
  story.line(LINES.draining(DRAINING_SECONDS));
  story.line(LINES.noAccessLog());
  if (has(plan.steps, 'modify-balancer-attributes')) {
    touched.attributes = true;
    await writes.modifyBalancerAttributes({ name, crossZone: true, drainingSeconds: DRAINING_SECONDS });
  }
  story.line(LINES.record(endpoint.domain, balancer.dnsName));
  let dnsChange = '';
  const zone = before.domain;
  if (has(plan.steps, 'upsert-record') && zone !== undefined) {
    touched.record = { zoneId: zone.zoneId, domain: endpoint.domain, recordSets: zone.recordSets };
    const alias = { zoneId: zone.zoneId, domain: endpoint.domain, balancer };
    dnsChange = await writes.upsertAlias.executeWithOptions(
      summary(`${endpoint.domain} → ${aliasTarget(balancer.dnsName)}`),
      [alias],
    );
  }
  return { balancer, hostPort, dnsChange };
}

/** The port is chosen under the cluster's ports lock, held until the balancer's listeners show the reservation. */
async function createBalancer(
  deployment: Deployment,
  { plan, before }: Prepared,
  endpoint: EndpointSpec,
): Promise<{ balancer: ObservedBalancer; hostPort: number }> {
  const { input, change, touched } = deployment;
  const make = async (hostPort: number) => {
    touched.balancer = before.service === undefined;
    const balancer = await writes.createBalancer.executeWithOptions(
      summary(`${plan.incarnation} → host port ${hostPort}`),
      [
        {
          cluster: input.cluster,
          name: plan.incarnation,
          endpoint,
          hostPort,
          availabilityZones: [...new Set(before.cluster.instances.map((i) => i.availabilityZone))].sort(),
          owner: ownerOf(deployment),
          ...(before.certificateArn === undefined ? {} : { certificateArn: before.certificateArn }),
        },
      ],
    );
    return { balancer, hostPort };
  };
  const known = before.service?.hostPort;
  if (known !== undefined) return make(known);
  return change.underLock(portsLockId(input.cluster), 'all', async () =>
    make(await reads.chooseHostPort({ cluster: input.cluster })),
  );
}

async function runService(
  deployment: Deployment,
  { plan, percents, before }: Prepared,
  { revision, ready }: { revision: string; ready?: BalancerReady },
): Promise<string> {
  const { input, story, touched } = deployment;
  const { endpoint, scale } = input.spec;
  const created = before.service === undefined;
  story.line(LINES.service(plan.incarnation, created));
  const want = {
    cluster: input.cluster,
    name: plan.incarnation,
    taskDefinition: revision,
    desired: scale,
    minimumHealthyPercent: percents.minimumHealthyPercent,
    maximumPercent: percents.maximumPercent,
    ...(endpoint === undefined ? {} : { gracePeriodSeconds: endpoint.healthCheck.gracePeriodSeconds }),
  };
  if (before.service === undefined) {
    touched.service = true;
    const behind =
      ready === undefined || endpoint === undefined
        ? {}
        : {
            behind: {
              balancer: ready.balancer.name,
              component: endpoint.component,
              containerPort: endpoint.containerPort,
            },
          };
    const hostPorts = ready === undefined ? [] : [ready.hostPort];
    return writes.createService.executeWithOptions(summary(`${want.name} ×${scale}`), [
      { ...want, owner: ownerOf(deployment), hostPorts, ...behind },
    ]);
  }
  if (!has(plan.steps, 'update-service')) return before.service.primary.id;
  touched.service = true;
  return writes.updateService.executeWithOptions(summary(`${want.name} ×${scale}`), [
    { ...want, before: before.service.primary.id },
  ]);
}
