import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ObservedBalancer, ObservedDomain, ObservedService } from '../../../../src/domain/deploy/observed.ts';
import { planDeploy, type Observed, type Plan, type Want } from '../../../../src/domain/deploy/plan.ts';
import { aliasTarget, isSecure, wantedHealthCheck } from '../../../../src/domain/deploy/plan-balancer.ts';
import type { EndpointSpec, ServiceSpec } from '../../../../src/domain/service-spec.ts';

/** What AWS holds of the service: also names that a plan does not look at. */
export interface World extends Observed {
  /** Incarnation whose load balancer a domain points to, by domain. */
  names: Record<string, string>;
}

export const ZONES = ['eu-west-1a', 'eu-west-1b'];
export const OLD = 'app-1700000000';
const NEW_PORT = 11_007;
/** Of another name, or a worn-out one. */
const OTHER_CERTIFICATE = 'arn:aws:acm:x:1:certificate/other';
export const certificateOf = (endpoint: EndpointSpec | undefined): string =>
  `arn:aws:acm:x:1:certificate/${endpoint?.domain}`;

const endpoints: fc.Arbitrary<EndpointSpec> = fc.record({
  domain: fc.constantFrom('app.example.com', 'other.example.com'),
  component: fc.constantFrom('app', 'front'),
  containerPort: fc.constantFrom(80, 8080),
  scheme: fc.constantFrom('internet-facing' as const, 'internal' as const),
  healthCheck: fc.record({
    protocol: fc.constant('HTTP' as const),
    path: fc.constantFrom('/health', '/'),
    intervalSeconds: fc.constantFrom(5, 10),
    timeoutSeconds: fc.constant(3),
    healthyThreshold: fc.constant(2),
    unhealthyThreshold: fc.constant(2),
    gracePeriodSeconds: fc.constantFrom(0, 60),
  }),
  listeners: fc.uniqueArray(
    fc.record({ port: fc.constantFrom(80, 443, 8443), protocol: fc.constantFrom('HTTP' as const, 'HTTPS' as const) }),
    { selector: (l) => l.port, minLength: 1 },
  ),
});

const specs: fc.Arbitrary<ServiceSpec> = fc
  .record({
    scale: fc.nat({ max: 4 }),
    endpoint: fc.option(endpoints, { nil: undefined }),
    minimumHealthyPercent: fc.nat({ max: 100 }),
  })
  .map(({ scale, endpoint, minimumHealthyPercent }) => ({
    scale,
    components: [],
    ...(endpoint === undefined ? {} : { endpoint }),
    deployment: { timeoutSeconds: 180, settleSeconds: 5, failures: 3, minimumHealthyPercent, onFailure: 'rollback' },
  }));

export const wants: fc.Arbitrary<Want> = fc
  .record({ spec: specs, content: fc.constantFrom('a', 'b'), takeOverDomain: fc.constant(true) })
  .map(({ spec, content, takeOverDomain }) => ({
    service: 'app',
    team: 'crew',
    id: '1700000001',
    spec,
    contentHash: content,
    takeOverDomain,
  }));

/** The world as some release left it, with some of it changed or taken away by hand. */
export const worlds: fc.Arbitrary<World> = fc
  .record({
    released: fc.option(wants, { nil: undefined }),
    gone: fc.subarray([
      'balancer',
      'record',
      'listeners',
      'revision',
      'service',
      'target',
      'zone',
      'draining',
      'cross-zone',
      'certificate',
      'tasks',
    ] as const),
    remains: fc.subarray(['app-1600000000', 'app-1600000001']),
    desired: fc.nat({ max: 4 }),
  })
  .map(({ released, gone, remains, desired }) => {
    const cluster = { instances: ZONES.map((availabilityZone) => ({ availabilityZone })) };
    const left = remains.map((name) => ({ name, hasService: true, hasBalancer: true }));
    const empty: World = { cluster, names: {} };
    if (released === undefined) return { ...empty, ...(left.length === 0 ? {} : { remains: left }) };
    const whole = release(released, empty);
    return damage({ ...whole, remains: [...(whole.remains ?? []), ...left] }, gone, desired);
  });

/** The world once `want` has been rolled out in it. */
export function release(want: Want, world: World): World {
  const first = { ...want, id: '1700000000' };
  return apply(first, world, planOf(first, seenFor(first, world)));
}

function damage(world: World, gone: string[], desired: number): World {
  const { service, balancer, names, ...rest } = world;
  const is = (what: string) => gone.includes(what);
  const broken: ObservedBalancer | undefined =
    balancer === undefined || is('balancer')
      ? undefined
      : {
          ...balancer,
          listeners: balancer.listeners
            .slice(is('listeners') ? 1 : 0)
            .map((l) => (is('certificate') && isSecure(l.protocol) ? { ...l, certificateArn: OTHER_CERTIFICATE } : l)),
          // Made again by a change that broke off: the tasks are those from before.
          ...(is('tasks') ? { createdAt: 9 } : {}),
          ...(is('target') ? { healthCheck: { ...balancer.healthCheck, target: 'TCP:1' } } : {}),
          ...(is('zone') ? { availabilityZones: balancer.availabilityZones.slice(1) } : {}),
          ...(is('draining') ? { drainingSeconds: 0 } : {}),
          ...(is('cross-zone') ? { crossZone: false } : {}),
        };
  const kept =
    service === undefined || is('service') ? undefined : { ...service, desired, isRevisionActive: !is('revision') };
  // Where no service is left, none of the others has one either.
  const remains = (rest.remains ?? []).map((r) => ({ ...r, hasService: kept !== undefined }));
  return {
    ...(rest.cluster === undefined ? {} : { cluster: rest.cluster }),
    names: is('record') ? {} : names,
    ...(kept === undefined ? {} : { service: kept }),
    ...(broken === undefined ? {} : { balancer: broken }),
    ...(remains.length === 0 ? {} : { remains }),
  };
}

export const planOf = (want: Want, world: Observed): Plan => {
  const { plan, refusal } = planDeploy(want, world);
  assert.equal(refusal, undefined);
  return plan as Plan;
};

const dnsNameOf = (name: string): string => `${name}-1.eu-west-1.elb.amazonaws.com`;

/** What AWS holds after the calls of a plan: each step does what its call does, and nothing else. */
export function apply(want: Want, world: World, plan: Plan): World {
  let { service, balancer, remains = [] } = world;
  const names = { ...world.names };
  const { endpoint, scale } = want.spec;
  const isNew = plan.steps.some((s) => s.type === 'create-service');
  const hostPort = isNew ? NEW_PORT : (service?.hostPort ?? NEW_PORT);
  const old = service;
  if (isNew && old !== undefined)
    remains = [...remains, { name: old.name, hasService: true, hasBalancer: world.balancer !== undefined }];
  const certificateArn = certificateOf(endpoint);
  const listener = (l: { port: number; protocol: string }) => ({
    ...l,
    instancePort: hostPort,
    ...(isSecure(l.protocol) ? { certificateArn } : {}),
  });
  let cluster = world.cluster;
  let registered = service?.contentHash;
  for (const step of plan.steps) {
    switch (step.type) {
      case 'create-balancer':
        balancer = {
          name: plan.incarnation,
          dnsName: dnsNameOf(plan.incarnation),
          zoneId: 'Z2',
          scheme: endpoint?.scheme ?? '',
          listeners: endpoint?.listeners.map(listener) ?? [],
          healthCheck: {
            target: 'TCP:80',
            intervalSeconds: 30,
            timeoutSeconds: 5,
            healthyThreshold: 10,
            unhealthyThreshold: 2,
          },
          crossZone: false,
          drainingSeconds: 0,
          availabilityZones: ZONES,
          createdAt: 1,
        };
        break;
      case 'set-certificate':
        if (balancer !== undefined)
          balancer = {
            ...balancer,
            listeners: balancer.listeners.map((l) => (step.ports.includes(l.port) ? { ...l, certificateArn } : l)),
          };
        break;
      case 'delete-listeners':
        if (balancer !== undefined)
          balancer = { ...balancer, listeners: balancer.listeners.filter((l) => !step.ports.includes(l.port)) };
        break;
      case 'create-listeners': {
        const made = endpoint?.listeners.filter((l) => step.ports.includes(l.port)).map(listener) ?? [];
        assert.ok(!balancer?.listeners.some((l) => step.ports.includes(l.port)), 'a port is taken once');
        if (balancer !== undefined) balancer = { ...balancer, listeners: [...balancer.listeners, ...made] };
        break;
      }
      case 'configure-health-check':
        if (balancer !== undefined && endpoint !== undefined)
          balancer = { ...balancer, healthCheck: wantedHealthCheck(endpoint.healthCheck, hostPort) };
        break;
      case 'modify-balancer-attributes':
        if (balancer !== undefined) balancer = { ...balancer, crossZone: true, drainingSeconds: 180 };
        break;
      case 'enable-zones':
        if (balancer !== undefined)
          balancer = { ...balancer, availabilityZones: [...balancer.availabilityZones, ...step.zones].sort() };
        break;
      case 'upsert-record':
        names[endpoint?.domain ?? ''] = plan.incarnation;
        break;
      case 'register-task-definition':
        registered = want.contentHash;
        break;
      case 'create-service':
      case 'update-service':
        service = serviceOf(want, { name: plan.incarnation, hostPort, desired: scale, contentHash: registered ?? '' });
        if (cluster !== undefined && (step.type === 'create-service' || step.newDeployment))
          cluster = { ...cluster, oldestTaskAt: 10 };
        break;
      case 'retire':
        remains = remains.filter((r) => r.name !== step.incarnation);
        break;
      case 'delete-record':
        delete names[step.domain];
        break;
    }
  }
  // The tags that the finish writes.
  if (service !== undefined && endpoint !== undefined) {
    const target = wantedHealthCheck(endpoint.healthCheck, service.hostPort ?? 0).target;
    service = { ...service, domain: endpoint.domain, healthCheckTarget: target };
  }
  return {
    ...(cluster === undefined ? {} : { cluster }),
    names,
    ...(service === undefined ? {} : { service }),
    ...(balancer === undefined || endpoint === undefined ? {} : { balancer }),
    ...(remains.length === 0 ? {} : { remains }),
  };
}

const aliasTo = (name: string): ObservedDomain => ({
  zoneId: 'Z',
  records: [{ type: 'A', alias: true, targets: [aliasTarget(dnsNameOf(name))], pointsToService: 'app' }],
  recordSets: [],
});

function serviceOf(
  { spec: { endpoint } }: Want,
  { name, hostPort, desired, contentHash }: { name: string; hostPort: number; desired: number; contentHash: string },
): ObservedService {
  return {
    name,
    desired,
    minimumHealthyPercent: 100,
    maximumPercent: 200,
    ...(endpoint === undefined ? {} : { gracePeriodSeconds: endpoint.healthCheck.gracePeriodSeconds }),
    primary: {
      id: 'ecs-svc/1',
      status: 'PRIMARY',
      taskDefinition: `arn:x/service-app:1`,
      desired,
      running: desired,
      pending: 0,
      failed: 0,
    },
    contentHash,
    isRevisionActive: true,
    ...(endpoint === undefined
      ? {}
      : { behindBalancer: { component: endpoint.component, containerPort: endpoint.containerPort }, hostPort }),
    team: 'crew',
    releases: [],
    cpuUnits: 32,
    memoryMiB: 64,
  };
}

/** What is observed for a manifest: the record and the certificate of its domain. */
export function seenFor(want: Want, world: World): World {
  const domain = want.spec.endpoint?.domain ?? '';
  const incarnation = world.names[domain];
  const none: ObservedDomain = { zoneId: 'Z', records: [], recordSets: [] };
  return {
    ...world,
    certificateArn: certificateOf(want.spec.endpoint),
    domain: incarnation === undefined ? none : aliasTo(incarnation),
  };
}
