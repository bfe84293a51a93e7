import assert from 'node:assert/strict';
import type { ObservedBalancer, ObservedService } from '../../../src/domain/deploy/observed.ts';
import { planDeploy, type Observed, type Want } from '../../../src/domain/deploy/plan.ts';
import type { ServiceSpec } from '../../../src/domain/service-spec.ts';

const spec: ServiceSpec = {
  scale: 2,
  components: [
    {
      name: 'app',
      image: 'r.example.com/app:v1',
      env: {},
      memoryMiB: 64,
      cpuUnits: 32,
      logTypes: [],
      stopTimeoutSeconds: 30,
    },
  ],
  endpoint: {
    domain: 'app.example.com',
    component: 'app',
    containerPort: 80,
    scheme: 'internet-facing',
    healthCheck: {
      protocol: 'HTTP',
      path: '/health',
      intervalSeconds: 10,
      timeoutSeconds: 5,
      healthyThreshold: 2,
      unhealthyThreshold: 2,
      gracePeriodSeconds: 60,
    },
    listeners: [{ port: 443, protocol: 'HTTPS' }],
  },
  deployment: {
    timeoutSeconds: 180,
    settleSeconds: 5,
    failures: 3,
    minimumHealthyPercent: 50,
    onFailure: 'rollback',
  },
};
const endpoint = spec.endpoint as NonNullable<ServiceSpec['endpoint']>;

const want = (more: Partial<Want> = {}): Want => ({
  service: 'app',
  team: 'crew',
  id: '1700000001',
  spec,
  contentHash: 'same',
  takeOverDomain: false,
  ...more,
});

const service: ObservedService = {
  name: 'app-1700000000',
  desired: 2,
  minimumHealthyPercent: 100,
  maximumPercent: 200,
  gracePeriodSeconds: 60,
  primary: {
    id: 'ecs-svc/1',
    status: 'PRIMARY',
    taskDefinition: 'arn:x/service-app:1',
    desired: 2,
    running: 2,
    pending: 0,
    failed: 0,
  },
  contentHash: 'same',
  isRevisionActive: true,
  behindBalancer: { component: 'app', containerPort: 80 },
  hostPort: 11000,
  releases: [],
  cpuUnits: 32,
  memoryMiB: 64,
};
const balancer: ObservedBalancer = {
  name: 'app-1700000000',
  dnsName: 'app-1700000000-1.eu-west-1.elb.amazonaws.com',
  zoneId: 'Z32O12XQLNTSW2',
  scheme: 'internet-facing',
  listeners: [{ port: 443, protocol: 'HTTPS', instancePort: 11000, certificateArn: 'arn:c' }],
  healthCheck: {
    target: 'HTTP:11000/health',
    intervalSeconds: 10,
    timeoutSeconds: 5,
    healthyThreshold: 2,
    unhealthyThreshold: 2,
  },
  crossZone: true,
  drainingSeconds: 180,
  availabilityZones: ['eu-west-1a'],
};
const alias = { type: 'A', alias: true, targets: [`dualstack.${balancer.dnsName}`], pointsToService: 'app' };
const domain = (records: NonNullable<Observed['domain']>['records']) => ({ zoneId: 'Z1', records, recordSets: [] });
const world = (more: Observed = {}): Observed => ({ service, balancer, domain: domain([alias]), ...more });
const stepsOf = (w: Want, o: Observed) => planDeploy(w, o).plan?.steps.map((s) => s.type);

describe('planDeploy', () => {
  it('creates everything where nothing is, named after the deployment', () => {
    const { plan } = planDeploy(want(), { domain: domain([]) });
    assert.equal(plan?.mode, 'create');
    assert.equal(plan?.incarnation, 'app-1700000001');
    assert.deepEqual(
      plan?.steps.map((s) => s.type),
      [
        'create-balancer',
        'configure-health-check',
        'modify-balancer-attributes',
        'upsert-record',
        'register-task-definition',
        'create-service',
      ],
    );
  });

  it('plans nothing where reality is as wanted', () => {
    assert.deepEqual(planDeploy(want(), world()).plan, {
      mode: 'no-change',
      incarnation: 'app-1700000000',
      steps: [],
      repairs: [],
    });
  });

  const changes: [string, Partial<Want>, Observed, string[]][] = [
    ['another content', { contentHash: 'other' }, {}, ['register-task-definition', 'update-service']],
    ['only the scale', { spec: { ...spec, scale: 3 } }, {}, ['update-service']],
    [
      'a health check interval',
      {},
      { balancer: { ...balancer, healthCheck: { ...balancer.healthCheck, intervalSeconds: 30 } } },
      ['configure-health-check'],
    ],
    [
      'draining switched off by hand',
      {},
      { balancer: { ...balancer, drainingSeconds: 0 } },
      ['modify-balancer-attributes'],
    ],
    ['a record deleted by hand', {}, { domain: domain([]) }, ['upsert-record']],
    [
      'a CNAME beside nothing else, ours',
      {},
      { domain: domain([{ type: 'CNAME', alias: false, targets: [balancer.dnsName], pointsToService: 'app' }]) },
      ['upsert-record'],
    ],
    [
      'another listener',
      { spec: { ...spec, endpoint: { ...endpoint, listeners: [{ port: 80, protocol: 'HTTP' }] } } },
      {},
      ['delete-listeners', 'create-listeners'],
    ],
    ['a revision changed by hand', {}, { service: withoutHash() }, ['register-task-definition', 'update-service']],
  ];
  it('takes the record of an earlier name away that could not be removed before', () => {
    const left = { ...service, domain: 'app.example.com', leftDomains: ['old.example.com'] };
    const { plan } = planDeploy(want(), world({ service: left }));
    assert.deepEqual(plan?.steps, [{ type: 'delete-record', domain: 'old.example.com' }]);
  });

  for (const [name, w, o, steps] of changes) {
    it(`changes in place: ${name}`, () => assert.deepEqual(stepsOf(want(w), world(o)), steps));
  }

  const withEndpoint = (more: Partial<typeof endpoint>): Partial<Want> => ({
    spec: { ...spec, endpoint: { ...endpoint, ...more } },
  });
  const { endpoint: _, ...noEndpoint } = spec;
  const replacements: [string, Partial<Want>, RegExp][] = [
    ['scheme', withEndpoint({ scheme: 'internal' }), /the scheme of the load balancer/],
    ['container port', withEndpoint({ containerPort: 8080 }), /the container port behind/],
    ['component', withEndpoint({ component: 'other' }), /the component behind/],
    [
      'health path',
      withEndpoint({ healthCheck: { ...endpoint.healthCheck, path: '/other' } }),
      /protocol, path or port of the health check/,
    ],
    ['endpoint', { spec: noEndpoint }, /the endpoint is removed/],
  ];
  for (const [name, w, because] of replacements) {
    it(`replaces the incarnation for another ${name}, and touches nothing of the old one before`, () => {
      const { plan } = planDeploy(want(w), world());
      assert.deepEqual([plan?.mode, plan?.incarnation], ['replacement', 'app-1700000001']);
      assert.match(plan?.because ?? '', because);
      assert.deepEqual(plan?.steps.at(-1), { type: 'retire', incarnation: 'app-1700000000' });
      assert.ok(!plan?.steps.some((s) => s.type === 'update-service' || s.type === 'delete-listeners'));
    });
  }

  const { balancer: _gone, ...noBalancer } = world();
  const byHand: [string, Observed, string[], RegExp][] = [
    ['a listener', world({ balancer: { ...balancer, listeners: [] } }), ['create-listeners'], /no listener HTTPS 443/],
    [
      'a record',
      world({ domain: domain([]), service: { ...service, domain: 'app.example.com' } }),
      ['upsert-record'],
      /the record app\.example\.com is gone/,
    ],
    [
      'the revision that runs',
      world({ service: { ...service, isRevisionActive: false } }),
      ['register-task-definition', 'update-service'],
      /was deregistered/,
    ],
    [
      "the target of the load balancer's health check",
      world({
        balancer: { ...balancer, healthCheck: { ...balancer.healthCheck, target: 'TCP:1' } },
        service: { ...service, healthCheckTarget: 'HTTP:11000/health' },
      }),
      ['configure-health-check'],
      /somebody changed the health check .* to TCP:1/,
    ],
    [
      'the load balancer',
      noBalancer,
      ['create-balancer', 'configure-health-check', 'modify-balancer-attributes', 'upsert-record', 'update-service'],
      /the load balancer app-1700000000 is gone/,
    ],
  ];
  for (const [name, seen, steps, repairs] of byHand) {
    it(`repairs ${name}, and says so`, () => {
      const { plan } = planDeploy(want(), seen);
      assert.equal(plan?.mode, 'repair');
      assert.deepEqual(
        plan.steps.map((s) => s.type),
        steps,
      );
      assert.match(plan.repairs.join('; '), repairs);
    });
  }

  it('makes the service anew that somebody deleted, behind the load balancer that it left', () => {
    const left: Observed = { balancer, domain: domain([alias]) };
    const { plan } = planDeploy(want(), left);
    assert.deepEqual([plan?.mode, plan?.incarnation], ['repair', 'app-1700000000']);
    assert.deepEqual(
      plan?.steps.map((s) => s.type),
      ['register-task-definition', 'create-service'],
    );
    assert.match(plan?.repairs.join() ?? '', /the ECS service app-1700000000 is gone/);
  });

  it('makes everything anew where that load balancer is not as wanted, and takes it away', () => {
    const { plan } = planDeploy(want(withEndpoint({ scheme: 'internal' })), { balancer, domain: domain([alias]) });
    assert.deepEqual([plan?.mode, plan?.incarnation], ['repair', 'app-1700000001']);
    assert.deepEqual(plan?.steps.at(-1), { type: 'retire', incarnation: 'app-1700000000' });
  });

  it('refuses the service of another team', () => {
    const { refusal } = planDeploy(want(), world({ service: { ...service, team: 'others' } }));
    assert.equal(refusal?.code, 'forbidden');
    assert.match(refusal?.message ?? '', /The service app belongs to the team others, and this deployment is of crew/);
    assert.equal(planDeploy(want(), world({ service: { ...service, team: 'crew' } })).plan?.mode, 'no-change');
  });

  it('refuses a domain that points elsewhere, unless it shall be taken over', () => {
    const elsewhere = world({ domain: domain([{ type: 'CNAME', alias: false, targets: ['elsewhere.example.net'] }]) });
    assert.match(
      planDeploy(want(), elsewhere).refusal?.message ?? '',
      /app\.example\.com already points elsewhere: to elsewhere\.example\.net/,
    );
    assert.deepEqual(stepsOf(want({ takeOverDomain: true }), elsewhere), ['upsert-record']);
    const other = world({
      domain: domain([
        { ...alias, targets: ['dualstack.other-1700000000-9.eu-west-1.elb.amazonaws.com'], pointsToService: 'other' },
      ]),
    });
    assert.match(planDeploy(want(), other).refusal?.message ?? '', /to service other/);
    const { pointsToService: _, ...dangling } = alias;
    const { balancer: __, ...withoutBalancer } = world({ domain: domain([dangling]) });
    assert.ok(
      stepsOf(want(), withoutBalancer)?.includes('create-balancer'),
      'its own balancer that was deleted is no stranger',
    );
  });
});

function withoutHash(): ObservedService {
  const { contentHash: _, ...rest } = service;
  return rest;
}
