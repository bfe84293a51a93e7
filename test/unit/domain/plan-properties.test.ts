import assert from 'node:assert/strict';
import fc from 'fast-check';
import { planCapacity, type RolloutPercents } from '../../../src/domain/deploy/capacity.ts';
import type { ObservedBalancer, ObservedDomain, ObservedService } from '../../../src/domain/deploy/observed.ts';
import { planDeploy, type Observed, type Plan, type Want } from '../../../src/domain/deploy/plan.ts';
import { aliasTarget, isSecure, wantedHealthCheck } from '../../../src/domain/deploy/plan-balancer.ts';
import type { EndpointSpec, ServiceSpec } from '../../../src/domain/service-spec.ts';
import { seed } from '../../setup/random.ts';

const runs = { seed, numRuns: process.env.WL_TEST_FULL === '1' ? 20_000 : 1_000 };
const ZONES = ['eu-west-1a', 'eu-west-1b'];
const OLD = 'app-1700000000';
const NEW_PORT = 11_007;
/** Of another name, or a worn-out one. */
const OTHER_CERTIFICATE = 'arn:aws:acm:x:1:certificate/other';
const certificateOf = (endpoint: EndpointSpec | undefined): string => `arn:aws:acm:x:1:certificate/${endpoint?.domain}`;

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

const wants: fc.Arbitrary<Want> = fc
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
const worlds: fc.Arbitrary<Observed> = fc
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
      'certificate',
      'tasks',
    ] as const),
    remains: fc.subarray(['app-1600000000', 'app-1600000001']),
    desired: fc.nat({ max: 4 }),
  })
  .map(({ released, gone, remains, desired }) => {
    const cluster = { instances: ZONES.map((availabilityZone) => ({ availabilityZone })) };
    const left = remains.map((name) => ({ name, hasService: true, hasBalancer: true }));
    const empty: Observed = { cluster, domain: { zoneId: 'Z', records: [], recordSets: [] } };
    if (released === undefined) return { ...empty, ...(left.length === 0 ? {} : { remains: left }) };
    const whole = apply(released, { ...empty }, planOf({ ...released, id: '1700000000' }, empty));
    return damage({ ...whole, remains: [...(whole.remains ?? []), ...left] }, gone, desired);
  });

function damage(world: Observed, gone: string[], desired: number): Observed {
  const { service, balancer, domain, ...rest } = world;
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
        };
  const records = is('record') || domain === undefined ? [] : domain.records;
  const kept =
    service === undefined || is('service') ? undefined : { ...service, desired, isRevisionActive: !is('revision') };
  // Where no service is left, none of the others has one either.
  const remains = (rest.remains ?? []).map((r) => ({ ...r, hasService: kept !== undefined }));
  return {
    ...(rest.cluster === undefined ? {} : { cluster: rest.cluster }),
    domain: { zoneId: 'Z', records, recordSets: [] },
    ...(kept === undefined ? {} : { service: kept }),
    ...(broken === undefined ? {} : { balancer: broken }),
    ...(remains.length === 0 ? {} : { remains }),
  };
}

const planOf = (want: Want, world: Observed): Plan => {
  const { plan, refusal } = planDeploy(want, world);
  assert.equal(refusal, undefined);
  return plan as Plan;
};

const dnsNameOf = (name: string): string => `${name}-1.eu-west-1.elb.amazonaws.com`;

/** What AWS holds after the calls of a plan: each step does what its call does, and nothing else. */
function apply(want: Want, world: Observed, plan: Plan): Observed {
  let { service, balancer, domain, remains = [] } = world;
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
        domain = aliasTo(plan.incarnation);
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
    certificateArn,
    domain: domain ?? { zoneId: 'Z', records: [], recordSets: [] },
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

/** The record is of the domain that is asked for: the world is looked at through it. */
const seenFor = (want: Want, world: Observed): Observed => ({
  ...world,
  certificateArn: certificateOf(want.spec.endpoint),
  ...(world.service?.domain === undefined || world.service.domain === want.spec.endpoint?.domain
    ? {}
    : { domain: { zoneId: 'Z', records: [], recordSets: [] } }),
});

describe(`planDeploy, whatever there is and whatever is wanted (seed ${seed})`, () => {
  it('reaches what is wanted, and planned again has nothing to do', () => {
    fc.assert(
      fc.property(wants, worlds, (want, world) => {
        const seen = seenFor(want, world);
        const after = apply(want, seen, planOf(want, seen));
        const { endpoint, scale } = want.spec;
        assert.equal(after.service?.desired, scale);
        assert.equal(after.service?.contentHash, want.contentHash);
        assert.equal(after.balancer === undefined, endpoint === undefined);
        assert.equal(after.balancer?.scheme, endpoint?.scheme);
        for (const { protocol, certificateArn } of after.balancer?.listeners ?? [])
          if (isSecure(protocol)) assert.equal(certificateArn, certificateOf(endpoint));
        const { createdAt = 0 } = after.balancer ?? {};
        assert.ok((after.cluster?.oldestTaskAt ?? 0) >= createdAt, 'tasks are older than their load balancer');
        assert.equal(after.remains, undefined, 'something is left over');
        const again = planOf({ ...want, id: '1700000002' }, after);
        assert.deepEqual([again.mode, again.steps, again.repairs], ['no-change', [], []]);
      }),
      runs,
    );
  });

  it('touches nothing of the incarnation that serves when it makes a new one', () => {
    fc.assert(
      fc.property(wants, worlds, (want, world) => {
        const plan = planOf(want, seenFor(want, world));
        if (world.service === undefined || !plan.steps.some((s) => s.type === 'create-service')) return;
        assert.notEqual(plan.incarnation, OLD);
        const touching = ['update-service', 'delete-listeners', 'create-listeners', 'enable-zones'];
        assert.deepEqual(
          plan.steps.filter((s) => touching.includes(s.type)),
          [],
        );
        const at = plan.steps.findIndex((s) => s.type === 'retire');
        if (at >= 0)
          assert.ok(
            plan.steps.slice(at).every((s) => s.type === 'retire'),
            'the old ones go last',
          );
      }),
      runs,
    );
  });

  it('says what it repairs, and calls nothing a repair that is only wanted otherwise', () => {
    fc.assert(
      fc.property(wants, wants, (released, want) => {
        const empty: Observed = { cluster: { instances: [] }, domain: { zoneId: 'Z', records: [], recordSets: [] } };
        const whole = apply(released, empty, planOf({ ...released, id: '1700000000' }, empty));
        const plan = planOf(want, seenFor(want, whole));
        const isListener = (text: string) => text.includes('has no listener');
        assert.deepEqual(
          plan.repairs.filter((r) => !isListener(r)),
          [],
        );
      }),
      runs,
    );
  });
});

describe(`planCapacity: serving capacity never below the promise (seed ${seed})`, () => {
  /** Instances in order; the first ones run a task of the service. */
  const clusters = fc
    .record({ instances: fc.integer({ min: 1, max: 12 }), own: fc.nat({ max: 12 }), taken: fc.nat({ max: 4 }) })
    .map(({ instances, own, taken }) => {
      const running = Math.min(own, instances);
      const isTaken = (n: number) => n < running || n >= instances - Math.min(taken, instances - running);
      return {
        running,
        cluster: {
          name: 'c',
          instances: Array.from({ length: instances }, (_, n) => ({
            id: `i-${n}`,
            availabilityZone: ZONES[n % 2] ?? '',
            cpuTotal: 1024,
            memoryTotal: 1024,
            cpuFree: isTaken(n) ? 512 : 1024,
            memoryFree: isTaken(n) ? 512 : 1024,
            portsUsed: isTaken(n) ? [11_000] : [],
          })),
          ownInstances: Array.from({ length: running }, (_, n) => `i-${n}`),
        },
      };
    });

  it('keeps the promise in every step that ECS may take, and ends', () => {
    fc.assert(
      fc.property(clusters, fc.nat({ max: 100 }), ({ cluster, running }, minimumHealthyPercent) => {
        const need = { scale: running, cpuUnits: 32, memoryMiB: 64, hostPort: 11_000, minimumHealthyPercent };
        const answer = planCapacity(cluster, { ...need, current: { cpuUnits: 32, memoryMiB: 64 } });
        if (!answer.fits || running === 0) return;
        const free = cluster.instances.filter((i) => i.portsUsed.length === 0).length;
        const least = roll({ scale: running, free, percents: answer });
        assert.ok(least >= Math.ceil((running * minimumHealthyPercent) / 100), `${least} of ${running} serve`);
      }),
      runs,
    );
  });
});

/** ECS's own arithmetic: old tasks are stopped down to `lower`, new ones started up to `upper` where a port is free. */
function roll({ scale, free, percents }: { scale: number; free: number; percents: RolloutPercents }): number {
  const lower = Math.ceil((scale * percents.minimumHealthyPercent) / 100);
  const upper = Math.floor((scale * percents.maximumPercent) / 100);
  let old = scale;
  let fresh = 0;
  let room = free;
  let least = scale;
  for (let step = 0; fresh < scale || old > 0; step += 1) {
    assert.ok(step < 4 * scale + 4, `ECS can neither start nor stop: ${JSON.stringify({ scale, free, percents })}`);
    const stop = Math.min(old, Math.max(0, old + fresh - lower));
    old -= stop;
    room += stop;
    least = Math.min(least, old + fresh);
    const start = Math.min(room, scale - fresh, upper - old - fresh);
    fresh += Math.max(0, start);
    room -= Math.max(0, start);
  }
  return least;
}
