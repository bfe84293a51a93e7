import type { ErrorCode } from '../errors.ts';
import { incarnationName } from '../ids.ts';
import type { EndpointSpec, HealthCheckSpec, ServiceSpec } from '../service-spec.ts';
import type {
  ObservedBalancer,
  ObservedDomain,
  ObservedHealthCheck,
  ObservedListener,
  ObservedService,
} from './observed.ts';

/** Connection draining of every ELB, in seconds. */
export const DRAINING_SECONDS = 180;

export interface Observed {
  service?: ObservedService;
  balancer?: ObservedBalancer;
  domain?: ObservedDomain;
}

export interface Want {
  service: string;
  team: string;
  /** Deployment id; a new incarnation is named after it. */
  id: string;
  spec: ServiceSpec;
  /** Content hash of the wanted revision; absent while its host port is not chosen. */
  contentHash?: string;
  takeOverDomain: boolean;
}

/** What differs from reality, one entry for each call that will be made. */
export type Step =
  | { type: 'create-balancer' }
  | { type: 'create-listeners'; ports: number[] }
  | { type: 'delete-listeners'; ports: number[] }
  | { type: 'configure-health-check' }
  | { type: 'modify-balancer-attributes' }
  | { type: 'upsert-record' }
  | { type: 'register-task-definition' }
  | { type: 'create-service' }
  | { type: 'update-service'; newDeployment: boolean };

export interface Plan {
  mode: 'create' | 'rolling-update' | 'no-change';
  incarnation: string;
  steps: Step[];
}

export interface Refusal {
  code: ErrorCode;
  message: string;
  hint: string;
}

export type PlanAnswer = { plan: Plan; refusal?: undefined } | { plan?: undefined; refusal: Refusal };

/** Pure: what has to change so that reality becomes what the manifest says. */
export function planDeploy(want: Want, observed: Observed): PlanAnswer {
  const refusal = refuseTeam(want, observed) ?? refuseDomain(want, observed) ?? refuseReplacement(want.spec, observed);
  if (refusal !== undefined) return { refusal };
  const steps = [...balancerSteps(want.spec.endpoint, observed), ...revisionSteps(want, observed)];
  const mode = observed.service === undefined ? 'create' : steps.length === 0 ? 'no-change' : 'rolling-update';
  return {
    plan: { mode, incarnation: observed.service?.name ?? incarnationName(want.service, Number(want.id)), steps },
  };
}

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

function balancerSteps(endpoint: EndpointSpec | undefined, { balancer, domain, service }: Observed): Step[] {
  if (endpoint === undefined) return [];
  if (balancer === undefined) {
    return [
      { type: 'create-balancer' },
      { type: 'configure-health-check' },
      { type: 'modify-balancer-attributes' },
      { type: 'upsert-record' },
    ];
  }
  const steps: Step[] = [];
  const missing = endpoint.listeners.filter((l) => !balancer.listeners.some((b) => sameListener(b, l)));
  const unwanted = balancer.listeners.filter((b) => !endpoint.listeners.some((l) => sameListener(b, l)));
  if (unwanted.length > 0) steps.push({ type: 'delete-listeners', ports: unwanted.map((l) => l.port) });
  if (missing.length > 0) steps.push({ type: 'create-listeners', ports: missing.map((l) => l.port) });
  const hostPort = service?.hostPort ?? balancer.listeners[0]?.instancePort ?? 0;
  const check = wantedHealthCheck(endpoint.healthCheck, hostPort);
  if (!sameHealthCheck(balancer.healthCheck, check)) steps.push({ type: 'configure-health-check' });
  if (!balancer.crossZone || balancer.drainingSeconds !== DRAINING_SECONDS)
    steps.push({ type: 'modify-balancer-attributes' });
  if (!pointsTo(domain, balancer.dnsName)) steps.push({ type: 'upsert-record' });
  return steps;
}

const sameListener = (b: ObservedListener, l: { port: number; protocol: string }): boolean =>
  b.port === l.port && b.protocol === l.protocol;

export const sameHealthCheck = (a: ObservedHealthCheck, b: ObservedHealthCheck): boolean =>
  a.target === b.target &&
  a.intervalSeconds === b.intervalSeconds &&
  a.timeoutSeconds === b.timeoutSeconds &&
  a.healthyThreshold === b.healthyThreshold &&
  a.unhealthyThreshold === b.unhealthyThreshold;

function revisionSteps({ spec, contentHash }: Want, { service }: Observed): Step[] {
  if (service === undefined) return [{ type: 'register-task-definition' }, { type: 'create-service' }];
  const newRevision = contentHash === undefined || contentHash !== service.contentHash;
  if (newRevision) return [{ type: 'register-task-definition' }, { type: 'update-service', newDeployment: true }];
  const grace = spec.endpoint?.healthCheck.gracePeriodSeconds;
  const settled = service.desired === spec.scale && (grace === undefined || grace === service.gracePeriodSeconds);
  return settled ? [] : [{ type: 'update-service', newDeployment: false }];
}

/** Two teams may ask for one new name at the same moment; who comes second finds it taken. */
function refuseTeam({ service: name, team }: Want, { service }: Observed): Refusal | undefined {
  if (service?.team === undefined || service.team === team) return undefined;
  return {
    code: 'forbidden',
    message: `The service ${name} belongs to the team ${service.team}, and this deployment is of ${team}`,
    hint: `Deploy it as ${service.team}, or choose another name.`,
  };
}

function refuseDomain(want: Want, { domain, balancer, service }: Observed): Refusal | undefined {
  const name = want.spec.endpoint?.domain;
  if (name === undefined || domain === undefined || want.takeOverDomain) return undefined;
  const foreign = domain.records.find(
    (r) =>
      r.pointsToService !== want.service &&
      !r.targets.some((target) => belongsTo(service?.name, target)) &&
      !(balancer !== undefined && r.targets.includes(aliasTarget(balancer.dnsName))),
  );
  if (foreign === undefined) return undefined;
  const owner =
    foreign.pointsToService === undefined ? foreign.targets.join(', ') : `service ${foreign.pointsToService}`;
  return {
    code: 'conflict',
    message: `${name} already points elsewhere: to ${owner} (record type ${foreign.type})`,
    hint: `Choose another domain, or run the deployment again with --take-over-domain to let ${name} move here.`,
  };
}

/** The DNS name of an incarnation's load balancer, which may be gone by now. */
const belongsTo = (incarnation: string | undefined, dnsName: string): boolean =>
  incarnation !== undefined && new RegExp(`^(dualstack\\.)?(internal-)?${incarnation}-[0-9]+\\.`).test(dnsName);

/** What one classic ELB, or one ECS service, cannot change without hurting the release that runs. */
function refuseReplacement(spec: ServiceSpec, { service, balancer }: Observed): Refusal | undefined {
  if (service === undefined) return undefined;
  const what = replacedBy(spec.endpoint, service, balancer);
  if (what === undefined) return undefined;
  return {
    code: 'not_supported_yet',
    message: `This changes ${what} of a running service, which needs a new load balancer beside the old one; that is not supported yet`,
    hint: 'Put that value back in the manifest, or deploy it as a service with another name and move the clients over.',
  };
}

function replacedBy(
  endpoint: EndpointSpec | undefined,
  { behindBalancer, hostPort }: ObservedService,
  balancer: ObservedBalancer | undefined,
): string | undefined {
  if ((endpoint === undefined) !== (behindBalancer === undefined)) return 'whether there is an endpoint';
  if (endpoint === undefined || behindBalancer === undefined) return undefined;
  if (endpoint.component !== behindBalancer.component) return 'the component behind the load balancer';
  if (endpoint.containerPort !== behindBalancer.containerPort) return 'the container port behind the load balancer';
  if (balancer === undefined) return undefined;
  if (endpoint.scheme !== balancer.scheme) return 'whether the load balancer is private';
  const target = healthCheckTarget(endpoint.healthCheck, hostPort ?? 0);
  return balancer.healthCheck.target === target ? undefined : 'protocol, path or port of the health check';
}
