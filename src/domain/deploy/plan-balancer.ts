import type { EndpointSpec, HealthCheckSpec } from '../service-spec.ts';
import type { ObservedDomain, ObservedHealthCheck, ObservedListener } from './observed.ts';
import type { Observed, Step } from './plan.ts';

/** Connection draining of every ELB, in seconds. */
export const DRAINING_SECONDS = 180;

/** `HTTP:11000/v1/health`, as ELB writes the target of a health check. */
export const healthCheckTarget = ({ protocol, path }: HealthCheckSpec, hostPort: number): string =>
  `${protocol}:${hostPort}${path ?? ''}`;

/** What an alias record has to point to. */
export const aliasTarget = (balancerDnsName: string): string => `dualstack.${balancerDnsName}`.toLowerCase();

export const pointsTo = (domain: ObservedDomain | undefined, balancerDnsName: string): boolean =>
  domain?.records.some((r) => r.alias && r.type === 'A' && r.targets.includes(aliasTarget(balancerDnsName))) === true &&
  domain.records.length === 1;

/** ECS and ELB speak HTTP to the task behind HTTP and HTTPS listeners, TCP behind the others. */
export const instanceProtocol = (protocol: string): 'HTTP' | 'TCP' =>
  protocol === 'HTTP' || protocol === 'HTTPS' ? 'HTTP' : 'TCP';

export function wantedHealthCheck(spec: HealthCheckSpec, hostPort: number): ObservedHealthCheck {
  const { intervalSeconds, timeoutSeconds, healthyThreshold, unhealthyThreshold } = spec;
  return {
    target: healthCheckTarget(spec, hostPort),
    intervalSeconds,
    timeoutSeconds,
    healthyThreshold,
    unhealthyThreshold,
  };
}

export const newBalancerSteps = (): Step[] => [
  { type: 'create-balancer' },
  { type: 'configure-health-check' },
  { type: 'modify-balancer-attributes' },
  { type: 'upsert-record' },
];

/** Converges the load balancer that is there; one that is missing is made again, as are its listeners and its record. */
export function balancerSteps(
  endpoint: EndpointSpec | undefined,
  { balancer, domain, service, cluster, certificateArn }: Observed,
): { steps: Step[]; repairs: string[] } {
  if (endpoint === undefined) return { steps: [], repairs: [] };
  const lostRecord =
    domain !== undefined && domain.records.length === 0 && service?.domain === endpoint.domain
      ? [`the record ${endpoint.domain} is gone`]
      : [];
  if (balancer === undefined)
    return { steps: newBalancerSteps(), repairs: [`the load balancer ${service?.name ?? ''} is gone`, ...lostRecord] };
  const steps: Step[] = [];
  const repairs: string[] = [];
  const missing = endpoint.listeners.filter((l) => !balancer.listeners.some((b) => sameListener(b, l)));
  const unwanted = balancer.listeners.filter((b) => !endpoint.listeners.some((l) => sameListener(b, l)));
  if (unwanted.length > 0) steps.push({ type: 'delete-listeners', ports: unwanted.map((l) => l.port) });
  if (missing.length > 0) {
    steps.push({ type: 'create-listeners', ports: missing.map((l) => l.port) });
    const names = missing.map((l) => `${l.protocol} ${l.port}`).join(', ');
    repairs.push(`the load balancer ${balancer.name} has no listener ${names}`);
  }
  const renewed = balancer.listeners.filter((b) => !unwanted.includes(b) && hasOtherCertificate(b, certificateArn));
  if (renewed.length > 0) steps.push({ type: 'set-certificate', ports: renewed.map((l) => l.port) });
  const hostPort = service?.hostPort ?? balancer.listeners[0]?.instancePort ?? 0;
  const check = wantedHealthCheck(endpoint.healthCheck, hostPort);
  if (!sameHealthCheck(balancer.healthCheck, check)) steps.push({ type: 'configure-health-check' });
  if (balancer.healthCheck.target !== check.target)
    repairs.push(`somebody changed the health check of ${balancer.name} to ${balancer.healthCheck.target}`);
  if (!balancer.crossZone || balancer.drainingSeconds !== DRAINING_SECONDS)
    steps.push({ type: 'modify-balancer-attributes' });
  const zones = (cluster?.instances ?? []).map((i) => i.availabilityZone);
  const dark = [...new Set(zones)].filter((zone) => !balancer.availabilityZones.includes(zone)).sort();
  if (dark.length > 0) {
    steps.push({ type: 'enable-zones', zones: dark });
    repairs.push(`the load balancer ${balancer.name} does not serve ${dark.join(', ')}`);
  }
  if (!pointsTo(domain, balancer.dnsName)) {
    steps.push({ type: 'upsert-record' });
    repairs.push(...lostRecord);
  }
  return { steps, repairs };
}

const sameListener = (b: ObservedListener, l: { port: number; protocol: string }): boolean =>
  b.port === l.port && b.protocol === l.protocol;

export const isSecure = (protocol: string): boolean => protocol === 'HTTPS' || protocol === 'SSL';

/** It shows another certificate than the one for the domain. */
export const hasOtherCertificate = (listener: ObservedListener, wanted: string | undefined): boolean =>
  wanted !== undefined && isSecure(listener.protocol) && listener.certificateArn !== wanted;

export const sameHealthCheck = (a: ObservedHealthCheck, b: ObservedHealthCheck): boolean =>
  a.target === b.target &&
  a.intervalSeconds === b.intervalSeconds &&
  a.timeoutSeconds === b.timeoutSeconds &&
  a.healthyThreshold === b.healthyThreshold &&
  a.unhealthyThreshold === b.unhealthyThreshold;
