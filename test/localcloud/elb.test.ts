import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import {
  AddTagsCommand,
  ConfigureHealthCheckCommand,
  CreateLoadBalancerCommand,
  CreateLoadBalancerListenersCommand,
  DeleteLoadBalancerCommand,
  DeleteLoadBalancerListenersCommand,
  DeregisterInstancesFromLoadBalancerCommand,
  DescribeInstanceHealthCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
  DisableAvailabilityZonesForLoadBalancerCommand,
  ElasticLoadBalancingClient,
  EnableAvailabilityZonesForLoadBalancerCommand,
  ModifyLoadBalancerAttributesCommand,
  RegisterInstancesWithLoadBalancerCommand,
  RemoveTagsCommand,
  type InstanceState,
} from '@aws-sdk/client-elastic-load-balancing';
import { AutoScalingClient, SuspendProcessesCommand } from '@aws-sdk/client-auto-scaling';
import { EC2Client, StopInstancesCommand } from '@aws-sdk/client-ec2';
import { startEdge, type Edge } from './support/edge.ts';
import { ask, until } from './support/http.ts';

const PORT = 11000;
const LISTENER = { Protocol: 'HTTP', LoadBalancerPort: 80, InstanceProtocol: 'HTTP', InstancePort: PORT };
const ZONES = ['eu-west-1a', 'eu-west-1b'];
const IN_SERVICE = ['InService', 'N/A', 'N/A'];
const REGISTERING = ['OutOfService', 'ELB', 'Instance registration is still in progress.'];
const FAILED = [
  'OutOfService',
  'Instance',
  'Instance has failed at least the UnhealthyThreshold number of health checks consecutively.',
];
const RECOVERING = [
  'OutOfService',
  'Instance',
  'Instance has not passed the configured HealthyThreshold number of health checks consecutively.',
];
const NOT_REGISTERED = ['OutOfService', 'Instance', 'Instance is not currently registered with the LoadBalancer.'];
const DRAINING = ['InService', 'N/A', 'Instance deregistration currently in progress.'];

describe('localcloud classic ELB', () => {
  let edge: Edge;
  let elb: ElasticLoadBalancingClient;
  let instances: string[];

  before(async () => {
    edge = await startEdge();
    elb = new ElasticLoadBalancingClient(edge.sdk);
    instances = edge.machines.list().map(({ instanceId }) => instanceId);
  });
  after(() => edge.stop());

  const create = async (name: string, more: object = {}) => {
    const input = { LoadBalancerName: name, AvailabilityZones: ZONES, Listeners: [LISTENER], ...more };
    return elb.send(new CreateLoadBalancerCommand(input));
  };
  const register = (name: string, ids: string[]) =>
    elb.send(
      new RegisterInstancesWithLoadBalancerCommand({
        LoadBalancerName: name,
        Instances: ids.map((InstanceId) => ({ InstanceId })),
      }),
    );
  const deregister = (name: string, ids: string[]) =>
    elb.send(
      new DeregisterInstancesFromLoadBalancerCommand({
        LoadBalancerName: name,
        Instances: ids.map((InstanceId) => ({ InstanceId })),
      }),
    );
  const states = async (name: string, ids?: string[]): Promise<InstanceState[]> => {
    const Instances = ids?.map((InstanceId) => ({ InstanceId }));
    const input = { LoadBalancerName: name, ...(Instances === undefined ? {} : { Instances }) };
    return (await elb.send(new DescribeInstanceHealthCommand(input))).InstanceStates ?? [];
  };
  const health = async (name: string, id: string) => {
    const [state] = await states(name, [id]);
    return [state?.State, state?.ReasonCode, state?.Description];
  };
  const check = (name: string, more: object = {}) =>
    elb.send(
      new ConfigureHealthCheckCommand({
        LoadBalancerName: name,
        HealthCheck: {
          Target: `HTTP:${PORT}/health`,
          Interval: 5,
          Timeout: 2,
          UnhealthyThreshold: 2,
          HealthyThreshold: 3,
          ...more,
        },
      }),
    );
  const describeOne = async (name: string) => {
    const answer = await elb.send(new DescribeLoadBalancersCommand({ LoadBalancerNames: [name] }));
    return answer.LoadBalancerDescriptions![0]!;
  };

  describe('making one', () => {
    it('answers the same DNS name to the same call', async () => {
      const first = await create('same');
      assert.match(first.DNSName!, /^same-\d+\.eu-west-1\.elb\.amazonaws\.com$/);
      assert.equal((await create('same')).DNSName, first.DNSName);
      const found = await describeOne('same');
      assert.equal(found.DNSName, first.DNSName);
      assert.equal(found.CanonicalHostedZoneNameID, 'Z32O12XQLNTSW2');
      assert.deepEqual(found.HealthCheck, {
        Target: `TCP:${PORT}`,
        Interval: 30,
        Timeout: 5,
        UnhealthyThreshold: 2,
        HealthyThreshold: 10,
      });
    });

    it('refuses a name that is taken by another', async () => {
      await create('taken');
      await assert.rejects(create('taken', { AvailabilityZones: ['eu-west-1a'] }), {
        name: 'DuplicateAccessPointNameException',
        message: 'Load Balancer named: taken already exists and it is configured with different parameters.',
      });
      await assert.rejects(create('taken', { Tags: [{ Key: 'team', Value: 'x' }] }), {
        message: 'Load Balancer named: taken already exists and it is configured with different tags.',
      });
    });

    it('refuses what AWS refuses', async () => {
      const invalid: [object, string][] = [
        [{ LoadBalancerName: 'x'.repeat(33) }, 'ValidationError'],
        [{ LoadBalancerName: 'under_score' }, 'ValidationError'],
        [{ AvailabilityZones: ['us-east-1a'] }, 'ValidationError'],
        [{ AvailabilityZones: [], Subnets: ['subnet-00000000'] }, 'SubnetNotFoundException'],
        [{ Listeners: [{ ...LISTENER, Protocol: 'HTTPS' }] }, 'ValidationError'],
        [
          { Listeners: [{ ...LISTENER, Protocol: 'HTTPS', SSLCertificateId: 'arn:aws:acm:x' }] },
          'CertificateNotFoundException',
        ],
        [{ Listeners: [{ ...LISTENER, InstanceProtocol: 'TCP' }] }, 'InvalidConfigurationRequestException'],
      ];
      for (const [input, name] of invalid) await assert.rejects(create('invalid', input), { name });
      await assert.rejects(describeOne('invalid'), {
        name: 'AccessPointNotFoundException',
        message: "There is no ACTIVE Load Balancer named 'invalid'",
      });
    });

    it('is gone after a delete, and a second delete does not mind', async () => {
      await create('gone');
      await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerName: 'gone' }));
      await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerName: 'gone' }));
      await assert.rejects(describeOne('gone'), { name: 'AccessPointNotFoundException' });
    });

    it('lists in pages', async () => {
      for (const name of ['page-1', 'page-2', 'page-3']) await create(name);
      const names: string[] = [];
      let Marker: string | undefined;
      do {
        const page = await elb.send(new DescribeLoadBalancersCommand({ PageSize: 2, ...(Marker ? { Marker } : {}) }));
        assert.ok(page.LoadBalancerDescriptions!.length <= 2);
        names.push(...page.LoadBalancerDescriptions!.map((found) => found.LoadBalancerName!));
        Marker = page.NextMarker;
      } while (Marker !== undefined);
      assert.deepEqual(
        names.filter((name) => name.startsWith('page-')),
        ['page-1', 'page-2', 'page-3'],
      );
      assert.equal(new Set(names).size, names.length);
    });
  });

  describe('settings', () => {
    it('keeps listeners, and refuses another one on a port that is taken', async () => {
      await create('listeners');
      const add = (listener: object) =>
        elb.send(
          new CreateLoadBalancerListenersCommand({
            LoadBalancerName: 'listeners',
            Listeners: [{ ...LISTENER, ...listener }],
          }),
        );
      await add({});
      await add({ LoadBalancerPort: 8080 });
      await assert.rejects(add({ LoadBalancerPort: 8080, InstancePort: 1 }), { name: 'DuplicateListenerException' });
      await elb.send(
        new DeleteLoadBalancerListenersCommand({ LoadBalancerName: 'listeners', LoadBalancerPorts: [8080, 9999] }),
      );
      const ports = (await describeOne('listeners')).ListenerDescriptions!.map((d) => d.Listener!.LoadBalancerPort);
      assert.deepEqual(ports, [80]);
    });

    it('changes only the attributes that are named', async () => {
      await create('attributes');
      const modify = (LoadBalancerAttributes: object) =>
        elb.send(
          new ModifyLoadBalancerAttributesCommand({ LoadBalancerName: 'attributes', LoadBalancerAttributes } as never),
        );
      await modify({ ConnectionDraining: { Enabled: true, Timeout: 180 } });
      await modify({ CrossZoneLoadBalancing: { Enabled: true }, ConnectionSettings: { IdleTimeout: 30 } });
      const input = { LoadBalancerName: 'attributes' };
      const { LoadBalancerAttributes: found } = await elb.send(new DescribeLoadBalancerAttributesCommand(input));
      assert.deepEqual(found!.ConnectionDraining, { Enabled: true, Timeout: 180 });
      assert.deepEqual(found!.CrossZoneLoadBalancing, { Enabled: true });
      assert.equal(found!.ConnectionSettings!.IdleTimeout, 30);
      await assert.rejects(modify({ ConnectionDraining: { Enabled: true, Timeout: 4000 } }), {
        name: 'ValidationError',
      });
    });

    it('takes only health checks within the limits', async () => {
      await create('checks');
      const wrong = [
        { Target: `HTTP:${PORT}` },
        { Target: `TCP:${PORT}/path` },
        { Target: 'TCP:70000' },
        { Interval: 4, Timeout: 2 },
        { Interval: 301 },
        { Timeout: 1 },
        { Interval: 5, Timeout: 5 },
        { UnhealthyThreshold: 1 },
        { HealthyThreshold: 11 },
      ];
      for (const more of wrong)
        await assert.rejects(check('checks', more), { name: 'ValidationError' }, JSON.stringify(more));
      await check('checks');
      assert.equal((await describeOne('checks')).HealthCheck!.Target, `HTTP:${PORT}/health`);
    });

    it('adds and removes tags', async () => {
      await create('tags', { Tags: [{ Key: 'a', Value: '1' }] });
      const LoadBalancerNames = ['tags'];
      await elb.send(new AddTagsCommand({ LoadBalancerNames, Tags: [{ Key: 'b', Value: '2' }] }));
      await elb.send(new RemoveTagsCommand({ LoadBalancerNames, Tags: [{ Key: 'a' }] }));
      const { TagDescriptions } = await elb.send(new DescribeTagsCommand({ LoadBalancerNames }));
      assert.deepEqual(TagDescriptions, [{ LoadBalancerName: 'tags', Tags: [{ Key: 'b', Value: '2' }] }]);
    });
  });

  describe('health', () => {
    const backend = async (instanceId: string, port: number) => {
      const state = { status: 200, probes: 0 };
      const server: Server = createServer((request, response) => {
        if (request.headers['user-agent'] === 'ELB-HealthChecker/1.0') state.probes += 1;
        response.writeHead(state.status).end('here');
      });
      await edge.listen(instanceId, port, server);
      return Object.assign(state, { server });
    };

    it('goes from registration over the first success to failed and back, by the thresholds', async () => {
      const [id] = instances as [string];
      const listening = await backend(id, PORT);
      await create('life');
      await check('life');
      const answer = await register('life', [id]);
      assert.deepEqual(answer.Instances, [{ InstanceId: id }]);
      assert.deepEqual(await health('life', id), REGISTERING);
      await until(
        () => health('life', id),
        ([state]) => state === 'InService',
      );
      assert.deepEqual(await health('life', id), IN_SERVICE);
      assert.equal(listening.probes, 1, 'the first success is enough after registration');

      listening.status = 500;
      const from = listening.probes;
      await until(
        () => health('life', id),
        ([state]) => state !== 'InService',
      );
      assert.deepEqual(await health('life', id), FAILED);
      assert.ok(listening.probes - from >= 2, 'one failure is not enough');

      listening.status = 200;
      const seen = new Set<string>();
      const since = listening.probes;
      await until(
        async () => {
          const now = await health('life', id);
          seen.add(JSON.stringify(now));
          return now;
        },
        ([state]) => state === 'InService',
      );
      assert.ok(seen.has(JSON.stringify(RECOVERING)), [...seen].join('\n'));
      assert.ok(listening.probes - since >= 3, 'back only after HealthyThreshold successes');
    });

    it('never brings an instance into service on which nothing listens', async () => {
      const [, id] = instances as [string, string];
      await create('nobody', { Listeners: [{ ...LISTENER, InstancePort: 11001 }] });
      await check('nobody', { Target: 'TCP:11001' });
      await register('nobody', [id]);
      await until(
        () => health('nobody', id),
        (state) => state.join() === FAILED.join(),
      );
    });

    it('tells about zones that are off and machines that are stopped', async () => {
      const [, , inA, inB] = instances as [string, string, string, string];
      await create('places', { Listeners: [{ ...LISTENER, InstancePort: 11002 }] });
      await register('places', [inA, inB]);
      const zone = { LoadBalancerName: 'places', AvailabilityZones: ['eu-west-1b'] };
      await elb.send(new DisableAvailabilityZonesForLoadBalancerCommand(zone));
      assert.equal(
        (await health('places', inB))[2],
        'Instance is in the EC2 Availability Zone for which LoadBalancer is not configured to route traffic to.',
      );
      await elb.send(new EnableAvailabilityZonesForLoadBalancerCommand(zone));
      assert.deepEqual(await health('places', inB), REGISTERING);
      // Its group would terminate it, and have another in its place.
      await new AutoScalingClient(edge.sdk).send(new SuspendProcessesCommand({ AutoScalingGroupName: 'crims' }));
      await new EC2Client(edge.sdk).send(new StopInstancesCommand({ InstanceIds: [inA] }));
      assert.equal((await health('places', inA))[2], 'Instance is in stopped state.');
    });

    it('knows which ids are instances at all', async () => {
      await create('ids');
      await assert.rejects(register('ids', ['i-foooo']), {
        name: 'InvalidEndPointException',
        message: 'Could not find EC2 instance i-foooo.',
      });
      assert.deepEqual(await health('ids', instances[1]!), NOT_REGISTERED);
      assert.deepEqual(await states('ids'), []);
    });
  });

  describe('connection draining', () => {
    let held: { finish: () => void; started: Promise<void> };

    /** A backend whose next request stays in flight until `finish`. */
    const holding = async (name: string, id: string, port: number, draining: object) => {
      let start = (): void => undefined;
      let finish = (): void => undefined;
      const started = new Promise<void>((resolve) => (start = resolve));
      const server = createServer((request, response) => {
        if (request.headers['user-agent'] === 'ELB-HealthChecker/1.0') return void response.end();
        finish = () => response.end('whole');
        start();
      });
      await edge.listen(id, port, server);
      await create(name, { Listeners: [{ ...LISTENER, InstancePort: port }] });
      await check(name, { Target: `HTTP:${port}/` });
      const LoadBalancerAttributes = { ConnectionDraining: draining };
      await elb.send(
        new ModifyLoadBalancerAttributesCommand({ LoadBalancerName: name, LoadBalancerAttributes } as never),
      );
      await register(name, [id]);
      await until(
        () => health(name, id),
        ([state]) => state === 'InService',
      );
      held = { finish: () => finish(), started };
    };
    const request = (name: string) => {
      const { address } = edge.elb.list().find(({ settings }) => settings.name === name)!.settings;
      const place = edge.engine.network.resolve(address, 80)!;
      return ask(place.port, { address: place.host });
    };

    it('lets the request in flight end, gives no new one, and says so', async () => {
      const id = instances[1]!;
      await holding('drains', id, 11010, { Enabled: true, Timeout: 300 });
      const inFlight = request('drains');
      await held.started;
      assert.deepEqual((await deregister('drains', [id])).Instances, []);
      assert.deepEqual(await health('drains', id), DRAINING);
      assert.deepEqual(
        (await states('drains')).map(({ Description }) => Description),
        [DRAINING[2]],
      );
      assert.equal((await request('drains')).status, 503);
      assert.deepEqual(await health('drains', id), DRAINING);
      held.finish();
      assert.deepEqual({ ...(await inFlight), headers: {} }, { status: 200, body: 'whole', headers: {} });
      await until(
        () => health('drains', id),
        (state) => state.join() === NOT_REGISTERED.join(),
      );
    });

    it('says when a zone is turned off under requests in flight', async () => {
      const id = instances[1]!;
      await holding('zoned', id, 11014, { Enabled: true, Timeout: 300 });
      const inFlight = request('zoned');
      await held.started;
      const zone = edge.machines.get(id)!.availabilityZone;
      const input = { LoadBalancerName: 'zoned', AvailabilityZones: [zone] };
      await elb.send(new DisableAvailabilityZonesForLoadBalancerCommand(input));
      assert.deepEqual(await health('zoned', id), [
        'OutOfService',
        'ELB',
        'Disable Availability Zone is currently in progress.',
      ]);
      assert.equal((await request('zoned')).status, 503);
      held.finish();
      assert.equal((await inFlight).body, 'whole');
      await until(
        () => health('zoned', id),
        ([, , description]) => description!.includes('not configured to route traffic to.'),
      );
    });

    it('is waited out to the timeout when the cloud begins anew in the middle of it', async () => {
      const id = instances[1]!;
      await holding('anew', id, 11015, { Enabled: true, Timeout: 60 });
      const inFlight = request('anew').catch(() => undefined);
      await held.started;
      await deregister('anew', [id]);
      const saved = edge.save();
      await edge.stop();
      await inFlight;
      edge = await startEdge({ saved });
      elb = new ElasticLoadBalancingClient(edge.sdk);
      assert.deepEqual(await health('anew', id), DRAINING);
      edge.engine.clock.setSpeed(5000);
      await until(
        () => health('anew', id),
        (state) => state.join() === NOT_REGISTERED.join(),
      );
      edge.engine.clock.setSpeed(50);
    });

    it('breaks off what is still in flight after the timeout', async () => {
      const id = instances[1]!;
      await holding('patience', id, 11011, { Enabled: true, Timeout: 5 });
      const inFlight = request('patience');
      await held.started;
      await deregister('patience', [id]);
      assert.equal((await inFlight).status, 504);
      assert.deepEqual(await health('patience', id), NOT_REGISTERED);
    });

    it('breaks off at once when it is not enabled, as it is by default', async () => {
      const id = instances[1]!;
      await holding('abrupt', id, 11012, { Enabled: false });
      const inFlight = request('abrupt');
      await held.started;
      await deregister('abrupt', [id]);
      assert.equal((await inFlight).status, 504);
    });

    it('can be switched off for the whole cloud, as a mutation', async () => {
      const id = instances[1]!;
      await holding('mutated', id, 11013, { Enabled: true, Timeout: 300 });
      const inFlight = request('mutated');
      await held.started;
      edge.engine.settings.connectionDraining = false;
      await deregister('mutated', [id]);
      edge.engine.settings.connectionDraining = true;
      assert.equal((await inFlight).status, 504);
      assert.deepEqual(await health('mutated', id), NOT_REGISTERED);
    });
  });
});
