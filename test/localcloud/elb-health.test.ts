import assert from 'node:assert/strict';
import { AutoScalingClient, SuspendProcessesCommand } from '@aws-sdk/client-auto-scaling';
import { EC2Client, StartInstancesCommand, StopInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import {
  ConfigureHealthCheckCommand,
  CreateLoadBalancerCommand,
  DeregisterInstancesFromLoadBalancerCommand,
  DescribeInstanceHealthCommand,
  DescribeLoadBalancersCommand,
  DetachLoadBalancerFromSubnetsCommand,
  ElasticLoadBalancingClient,
  RegisterInstancesWithLoadBalancerCommand,
} from '@aws-sdk/client-elastic-load-balancing';
import { createNetwork } from '../../src/localcloud/engine/network.ts';
import { createRandom } from '../../src/localcloud/engine/random.ts';
import { createVirtualClock } from '../../src/localcloud/engine/virtual-clock.ts';
import type { Machine, Machines, Operation } from '../../src/localcloud/engine/contract.ts';
import type { Engine } from '../../src/localcloud/registration.ts';
import { createElb } from '../../src/localcloud/services/elb.ts';
import { startStill, type Still } from './support/still.ts';

const PORT = 11_000;
const REGISTERING = 'OutOfService ELB Instance registration is still in progress.';
const IN_SERVICE = 'InService N/A N/A';
const FAILED =
  'OutOfService Instance Instance has failed at least the UnhealthyThreshold number of health checks consecutively.';
const UNPROVEN =
  'OutOfService Instance Instance has not passed the configured HealthyThreshold number of health checks consecutively.';
const NOT_REGISTERED = 'OutOfService Instance Instance is not currently registered with the LoadBalancer.';

describe('localcloud classic ELB health, by the second', () => {
  let still: Still;
  let elb: ElasticLoadBalancingClient;
  let ec2: EC2Client;
  let ids: string[];

  beforeEach(async () => {
    still = await startStill();
    connect();
    ids = still
      .world()
      .machines.list()
      .map(({ instanceId }) => instanceId);
  });
  afterEach(() => still.stop());

  const connect = (): void => {
    elb = new ElasticLoadBalancingClient(still.sdk());
    ec2 = new EC2Client(still.sdk());
  };
  const configure = (more: object = {}) =>
    elb.send(
      new ConfigureHealthCheckCommand({
        LoadBalancerName: 'web',
        HealthCheck: {
          Target: `HTTP:${PORT}/health`,
          Interval: 10,
          Timeout: 5,
          UnhealthyThreshold: 3,
          HealthyThreshold: 4,
          ...more,
        },
      }),
    );
  const build = async (more: object = {}, check: object = {}): Promise<void> => {
    await elb.send(
      new CreateLoadBalancerCommand({
        LoadBalancerName: 'web',
        AvailabilityZones: ['eu-west-1a', 'eu-west-1b'],
        Listeners: [{ Protocol: 'HTTP', LoadBalancerPort: 80, InstancePort: PORT }],
        ...more,
      }),
    );
    await configure(check);
  };
  const instances = (...chosen: string[]) => ({
    LoadBalancerName: 'web',
    Instances: chosen.map((InstanceId) => ({ InstanceId })),
  });
  const register = (...chosen: string[]) =>
    elb.send(new RegisterInstancesWithLoadBalancerCommand(instances(...chosen)));
  const health = async (id: string): Promise<string | undefined> => {
    const { InstanceStates = [] } = await elb.send(new DescribeInstanceHealthCommand(instances(id)));
    const [found] = InstanceStates;
    return found && `${found.State} ${found.ReasonCode} ${found.Description}`;
  };
  /** Health after each of so many probes, ten seconds apart. */
  const watch = async (id: string, probes: number): Promise<(string | undefined)[]> => {
    const seen = [];
    for (let i = 0; i < probes; i += 1) {
      await still.seconds(10);
      seen.push(await health(id));
    }
    return seen;
  };

  it('is in registration until the first probe, and in service with the first success', async () => {
    const [id = ''] = ids;
    await build();
    still.pretend(id, PORT, () => 200);
    const { Instances } = await register(id);
    assert.deepEqual(Instances, [{ InstanceId: id }]);
    await still.seconds(9.9);
    assert.equal(await health(id), REGISTERING);
    await still.seconds(0.1);
    assert.equal(await health(id), IN_SERVICE);
  });

  it('leaves service with as many failures as UnhealthyThreshold, and is back after HealthyThreshold successes', async () => {
    const [id = ''] = ids;
    let status = 200;
    await build();
    still.pretend(id, PORT, () => status);
    await register(id);
    await still.seconds(10);
    status = 500;
    assert.deepEqual(await watch(id, 3), [IN_SERVICE, IN_SERVICE, FAILED]);
    status = 200;
    assert.deepEqual(await watch(id, 4), [UNPROVEN, UNPROVEN, UNPROVEN, IN_SERVICE]);
    status = 500;
    assert.deepEqual(await watch(id, 2), [IN_SERVICE, IN_SERVICE]);
    status = 200;
    await still.seconds(10);
    status = 500;
    assert.deepEqual(await watch(id, 3), [IN_SERVICE, IN_SERVICE, FAILED], 'a success between starts the count again');
  });

  it('takes nothing but 200 for a success over HTTP, and any listener over TCP', async () => {
    const [redirects = '', empty = '', refuses = ''] = ids;
    still.pretend(redirects, PORT, () => 302);
    still.pretend(empty, PORT, () => 204);
    await build();
    await register(redirects, empty, refuses);
    await still.seconds(60);
    assert.deepEqual([await health(redirects), await health(empty), await health(refuses)], [FAILED, FAILED, FAILED]);
    await configure({ Target: `TCP:${PORT}`, HealthyThreshold: 2 });
    await still.seconds(20);
    assert.deepEqual(
      [await health(redirects), await health(empty), await health(refuses)],
      [IN_SERVICE, IN_SERVICE, FAILED],
    );
  });

  it('counts anew when the health check is configured', async () => {
    const [id = ''] = ids;
    let status = 200;
    await build();
    still.pretend(id, PORT, () => status);
    await register(id);
    await still.seconds(10);
    status = 500;
    assert.deepEqual(await watch(id, 2), [IN_SERVICE, IN_SERVICE]);
    await configure();
    assert.deepEqual(await watch(id, 3), [IN_SERVICE, IN_SERVICE, FAILED]);
  });

  it('probes at the interval that is configured', async () => {
    const [id = ''] = ids;
    let probes = 0;
    await build({}, { Interval: 30 });
    still.pretend(id, PORT, () => {
      probes += 1;
      return 200;
    });
    await register(id);
    await still.seconds(10 + 30 * 4);
    assert.equal(probes, 5);
  });

  it('speaks of machines that are stopped, pending, terminated, and begins anew when one runs again', async () => {
    const [id = '', other = ''] = ids;
    // The group would replace what is stopped.
    const autoScaling = new AutoScalingClient(still.sdk());
    await autoScaling.send(new SuspendProcessesCommand({ AutoScalingGroupName: 'crims' }));
    await build();
    still.pretend(id, PORT, () => 200);
    still.pretend(other, PORT, () => 200);
    await register(id, other);
    await still.seconds(10);
    await ec2.send(new StopInstancesCommand({ InstanceIds: [id] }));
    assert.equal(await health(id), 'OutOfService Instance Instance is in stopped state.');
    await still.seconds(60);
    assert.equal(await health(id), 'OutOfService Instance Instance is in stopped state.');
    await ec2.send(new StartInstancesCommand({ InstanceIds: [id] }));
    assert.equal(await health(id), 'OutOfService Instance Instance is in pending state.');
    for (let i = 0; i < 60 && (await health(id)) !== REGISTERING; i += 1) await still.seconds(1);
    assert.equal(await health(id), REGISTERING);
    await still.seconds(10);
    assert.equal(await health(id), IN_SERVICE);

    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    assert.equal(await health(id), 'OutOfService Instance Instance is in terminated state.');
    await still.seconds(120);
    const { InstanceStates } = await elb.send(new DescribeInstanceHealthCommand({ LoadBalancerName: 'web' }));
    assert.deepEqual(
      InstanceStates?.map(({ InstanceId }) => InstanceId),
      [other],
      'nothing is said of a terminated instance',
    );
    const { LoadBalancerDescriptions } = await elb.send(new DescribeLoadBalancersCommand({}));
    assert.deepEqual(LoadBalancerDescriptions?.[0]?.Instances, [{ InstanceId: other }]);
    await assert.rejects(register(id), { name: 'InvalidEndPointException' });
  });

  it('never routes to a zone without a subnet of the balancer', async () => {
    const inB = still
      .world()
      .machines.list()
      .find(({ availabilityZone }) => availabilityZone === 'eu-west-1b')!.instanceId;
    const Subnets = ['subnet-0c1a55e5c1a55e50a', 'subnet-0c1a55e5c1a55e50b'];
    await build({ AvailabilityZones: undefined, Subnets });
    still.pretend(inB, PORT, () => 200);
    await register(inB);
    await still.seconds(10);
    assert.equal(await health(inB), IN_SERVICE);
    await elb.send(new DetachLoadBalancerFromSubnetsCommand({ LoadBalancerName: 'web', Subnets: [Subnets[1]!] }));
    assert.equal(
      await health(inB),
      'OutOfService Instance Instance is in the EC2 Availability Zone for which LoadBalancer is not configured to route traffic to.',
    );
  });

  it('answers for instances that are not registered, and only for those there are', async () => {
    const [id = ''] = ids;
    await build();
    assert.equal(await health(id), NOT_REGISTERED);
    await assert.rejects(health('i-foooo'), {
      name: 'InvalidEndPointException',
      message: 'Could not find EC2 instance i-foooo.',
    });
    await register(id);
    const { Instances } = await elb.send(new DeregisterInstancesFromLoadBalancerCommand(instances(id)));
    assert.deepEqual(Instances, []);
    assert.equal(await health(id), NOT_REGISTERED, 'without a request in flight there is nothing to drain');
  });

  it('goes on counting after a restart, in the same rhythm', async () => {
    const [id = ''] = ids;
    await build();
    still.pretend(id, PORT, () => 200);
    await register(id);
    await still.seconds(10);
    still.pretend(id, PORT, undefined);
    await still.seconds(27);
    const saved = still.save();
    await still.stop();
    still = await startStill({ saved });
    connect();
    assert.equal(await health(id), IN_SERVICE, 'two failures of three');
    await still.seconds(2.9);
    assert.equal(await health(id), IN_SERVICE);
    await still.seconds(0.1);
    assert.equal(await health(id), FAILED);
  });
});

describe('localcloud classic ELB, a thousand of them', () => {
  it('takes one timer a balancer, however many instances it has', async () => {
    const clock = createVirtualClock();
    let timers = 0;
    const counted: Engine['clock'] = {
      ...clock,
      speed: 1,
      after: (milliseconds, task) => {
        timers += 1;
        return clock.after(milliseconds, task);
      },
    };
    const machines = Array.from({ length: 10 }, (_, i): Machine => ({
      instanceId: `i-${i}`,
      instanceType: 'm5.large',
      availabilityZone: 'eu-west-1a',
      privateIpAddress: '10.0.0.1',
      address: `127.0.0.${i}`,
      state: 'running',
    }));
    const network = createNetwork();
    let probes = 0;
    for (const { address } of machines) {
      network.pretend(address, PORT, () => {
        probes += 1;
        return 200;
      });
    }
    const settings = { connectionDraining: true, strict: false, dataPlane: false };
    const engine = {
      clock: counted,
      network,
      settings,
      random: createRandom(1),
      region: 'eu-west-1',
      changed: () => {},
    };
    const fleet: Machines = {
      get: (id) => machines.find(({ instanceId }) => instanceId === id),
      list: () => machines,
      onState: () => undefined,
    };
    const elb = createElb(engine as unknown as Engine, fleet, { isIssued: () => true });
    const run = (operation: string, params: object): ReturnType<Operation> =>
      elb.services[0]!.operations[operation]!.run(params, undefined as never);
    const names = Array.from({ length: 1000 }, (_, i) => `web-${i}`);
    for (const LoadBalancerName of names) {
      const Listeners = [{ Protocol: 'HTTP', LoadBalancerPort: 80, InstancePort: PORT }];
      await run('CreateLoadBalancer', { LoadBalancerName, AvailabilityZones: ['eu-west-1a'], Listeners });
      for (const { instanceId } of machines) elb.balancers.register(LoadBalancerName, instanceId);
    }
    assert.equal(timers, 1000);
    await clock.advance(10_000);
    assert.ok(
      names.every((name) => machines.every((one) => elb.balancers.health(name, one.instanceId).state === 'InService')),
    );
    assert.equal(probes, 10_000);
    const before = timers;
    await clock.advance(60_000);
    assert.equal(probes, 30_000);
    assert.equal(timers - before, 2000, 'two rounds, one timer for each balancer in each');
  });
});
