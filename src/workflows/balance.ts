import type { ObservedBalancer } from '../domain/deploy/observed.ts';
import { LINES } from '../domain/deploy/lines.ts';
import { DRAINING_SECONDS, healthCheckTarget, wantedHealthCheck } from '../domain/deploy/plan-balancer.ts';
import { portsLockId } from '../domain/ids.ts';
import type { EndpointSpec } from '../domain/service-spec.ts';
import { has, hostPortOf, isNewIncarnation, ownerOf, type Deployment, type Prepared } from './deployment.ts';
import { isSwitchedLate, pointDomain } from './dns.ts';
import { reads, summary, writes } from './proxies.ts';

const LISTENER_STEPS = ['create-listeners', 'delete-listeners', 'set-certificate'] as const;

export interface BalancerReady {
  balancer: ObservedBalancer;
  hostPort: number;
  dnsChange: string;
}

/** Makes the load balancer what the manifest says; a record that somebody else serves follows after the gates. */
export async function balance(
  deployment: Deployment,
  prepared: Prepared,
  endpoint: EndpointSpec,
): Promise<BalancerReady> {
  const { story, touched } = deployment;
  const { plan, before } = prepared;
  const name = plan.incarnation;
  const created = has(plan.steps, 'create-balancer');
  story.line(LINES.balancer(name, created));
  const { balancer, hostPort } = created
    ? await createBalancer(deployment, prepared, endpoint)
    : { balancer: before.balancer as ObservedBalancer, hostPort: hostPortOf(before) ?? 0 };
  if (LISTENER_STEPS.some((type) => has(plan.steps, type))) {
    touched.listeners = true;
    if (has(plan.steps, 'set-certificate')) story.line(LINES.certificate(name));
    const certificate = before.certificateArn === undefined ? {} : { certificateArn: before.certificateArn };
    await writes.convergeListeners({ name, listeners: endpoint.listeners, hostPort, ...certificate });
  }
  const check = wantedHealthCheck(endpoint.healthCheck, hostPort);
  story.line(LINES.healthCheck(healthCheckTarget(endpoint.healthCheck, hostPort)));
  if (has(plan.steps, 'configure-health-check')) {
    touched.healthCheck = true;
    await writes.configureHealthCheck.executeWithOptions(summary(check.target), [{ name, check }]);
  }
  for (const step of plan.steps) {
    if (step.type !== 'enable-zones') continue;
    story.line(LINES.enablingZones(step.zones));
    await writes.enableZones({ cluster: deployment.input.cluster, name, zones: step.zones });
  }
  story.line(LINES.crossZone());
  story.line(LINES.draining(DRAINING_SECONDS));
  story.line(LINES.noAccessLog());
  if (has(plan.steps, 'modify-balancer-attributes')) {
    touched.attributes = true;
    await writes.modifyBalancerAttributes({ name, crossZone: true, drainingSeconds: DRAINING_SECONDS });
  }
  const dnsChange = isSwitchedLate(deployment, prepared) ? '' : await pointDomain(deployment, prepared, balancer);
  return { balancer, hostPort, dnsChange };
}

/** The port is chosen under the cluster's ports lock, held until the balancer's listeners show the reservation. */
async function createBalancer(
  deployment: Deployment,
  { plan, before }: Prepared,
  endpoint: EndpointSpec,
): Promise<{ balancer: ObservedBalancer; hostPort: number }> {
  const { input, change, touched } = deployment;
  const isNew = isNewIncarnation(plan);
  const make = async (hostPort: number) => {
    touched.balancer = isNew;
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
  const known = isNew ? undefined : before.service?.hostPort;
  if (known !== undefined) return make(known);
  return change.underLock(portsLockId(input.cluster), 'all', async () =>
    make(await reads.chooseHostPort({ cluster: input.cluster })),
  );
}
