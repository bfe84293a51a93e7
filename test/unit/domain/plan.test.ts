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
  deployment: { timeoutSeconds: 180, settleSeconds: 5, minimumHealthyPercent: 50, onFailure: 'rollback' },
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
    assert.deepEqual(planDeploy(want(), world()).plan, { mode: 'no-change', incarnation: 'app-1700000000', steps: [] });
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
  for (const [name, w, o, steps] of changes) {
    it(`changes in place: ${name}`, () => assert.deepEqual(stepsOf(want(w), world(o)), steps));
  }

  const withEndpoint = (more: Partial<typeof endpoint>): Partial<Want> => ({
    spec: { ...spec, endpoint: { ...endpoint, ...more } },
  });
  const { endpoint: _, ...noEndpoint } = spec;
  const replacements: [string, Partial<Want>, RegExp][] = [
    ['scheme', withEndpoint({ scheme: 'internal' }), /whether the load balancer is private/],
    ['container port', withEndpoint({ containerPort: 8080 }), /the container port behind/],
    ['component', withEndpoint({ component: 'other' }), /the component behind/],
    [
      'health path',
      withEndpoint({ healthCheck: { ...endpoint.healthCheck, path: '/other' } }),
      /protocol, path or port of the health check/,
    ],
    ['endpoint', { spec: noEndpoint }, /whether there is an endpoint/],
  ];
  for (const [name, w, message] of replacements) {
    it(`refuses what needs a replacement: ${name}`, () => {
      const { refusal } = planDeploy(want(w), world());
      assert.equal(refusal?.code, 'not_supported_yet');
      assert.match(refusal?.message ?? '', message);
    });
  }

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
