/** World events do what an API call of somebody else would do, and leave their trace in the journal. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutoScalingClient, SuspendProcessesCommand } from '@aws-sdk/client-auto-scaling';
import {
  DescribeContainerInstancesCommand,
  DescribeTaskDefinitionCommand,
  ListContainerInstancesCommand,
} from '@aws-sdk/client-ecs';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  AttachLoadBalancerToSubnetsCommand,
  CreateLoadBalancerCommand,
  DescribeLoadBalancersCommand,
} from '@aws-sdk/client-elastic-load-balancing';
import {
  ChangeResourceRecordSetsCommand,
  CreateHealthCheckCommand,
  GetChangeCommand,
  ListHealthChecksCommand,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { WORLD_EVENTS } from '../../src/localcloud/admin/world/events.ts';
import { sdkConfig } from './cloud-kit.ts';
import { startSteppedCloud, type SteppedCloud } from './support/stepped.ts';

describe('world events', () => {
  let cloud: SteppedCloud;
  let ec2: EC2Client;
  let route53: Route53Client;
  beforeEach(async () => {
    cloud = await startSteppedCloud();
    ec2 = new EC2Client(sdkConfig(cloud.url));
    route53 = new Route53Client(sdkConfig(cloud.url));
  });
  afterEach(async () => {
    ec2.destroy();
    route53.destroy();
    await cloud.stop();
  });

  const happen = (event: string, given: object = {}): Promise<{ did: string; undo?: any[] }> =>
    cloud.admin('POST', `world/${event}`, given);
  const turnBack = async ({ undo = [] }: { undo?: any[] }): Promise<void> => {
    assert.ok(undo.length > 0);
    for (const { event, with: given } of undo) await happen(event, given);
  };
  const standing = async (name = 'shop', port = 11_000): Promise<string> => {
    await cloud.balancer(name, port);
    const revision = await cloud.register(`service-${name}`, 'v1', port);
    await cloud.createBehind(name, revision);
    await cloud.passUntil(async () => (await cloud.events(name)).includes('has reached a steady state.'), 'steadiness');
    return revision;
  };
  const instances = async () => {
    const { containerInstanceArns = [] } = await cloud.ecs.send(
      new ListContainerInstancesCommand({ cluster: 'crims' }),
    );
    const answer = await cloud.ecs.send(
      new DescribeContainerInstancesCommand({ cluster: 'crims', containerInstances: containerInstanceArns }),
    );
    return answer.containerInstances ?? [];
  };
  const stateOf = async (instanceId: string) => {
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }));
    return Reservations?.[0]?.Instances?.[0]?.State?.Name;
  };
  const byWorld = async (): Promise<string[]> =>
    (await cloud.admin('GET', 'journal?principal=world')).entries.map(
      ({ operation, resource, outcome }: Record<string, string>) => `${operation} ${resource} ${outcome}`,
    );
  const zoneId = async (): Promise<string | undefined> =>
    (await route53.send(new ListHostedZonesCommand({}))).HostedZones?.[0]?.Id;
  const change = async (Action: 'UPSERT' | 'CREATE', Name: string, Value: string) =>
    route53.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: await zoneId(),
        ChangeBatch: {
          Changes: [{ Action, ResourceRecordSet: { Name, Type: 'A', TTL: 60, ResourceRecords: [{ Value }] } }],
        },
      }),
    );

  it('an instance is terminated, its task lost', async () => {
    await standing();
    const [{ instanceId, taskArn }] = (await cloud.admin('GET', 'tasks')).tasks;
    await happen('terminate-instance', { instanceId });
    await cloud.passUntil(async () => (await stateOf(instanceId)) === 'terminated', 'its end');
    await cloud.pass(20);
    const lost = (await cloud.tasks('shop', 'STOPPED')).find((task) => task.taskArn === taskArn);
    assert.equal(lost?.stoppedReason, `Host EC2 (instance ${instanceId}) terminated.`);
    assert.ok((await byWorld()).includes(`TerminateInstances ${instanceId} ok`));
  });

  it('an instance is stopped or crashes, and is started again where no group replaces it', async () => {
    const scaling = new AutoScalingClient(sdkConfig(cloud.url));
    await scaling.send(new SuspendProcessesCommand({ AutoScalingGroupName: 'crims' }));
    scaling.destroy();
    for (const event of ['stop-instance', 'crash-instance']) {
      const [one] = await instances();
      const instanceId = one?.ec2InstanceId ?? '';
      const happened = await happen(event, { instanceId });
      await cloud.passUntil(async () => (await stateOf(instanceId)) === 'stopped', 'its stop');
      await turnBack(happened);
      await cloud.passUntil(async () => (await stateOf(instanceId)) === 'running', 'its start');
    }
  });

  it('an agent is disconnected, and connects again', async () => {
    const [one] = await instances();
    const instanceId = one?.ec2InstanceId ?? '';
    const isConnected = async () =>
      (await instances()).find(({ ec2InstanceId }) => ec2InstanceId === instanceId)?.agentConnected;
    const happened = await happen('disconnect-agent', { instanceId });
    await cloud.pass(120);
    assert.equal(await isConnected(), false);
    await turnBack(happened);
    assert.equal(await isConnected(), true);
  });

  it('a zone is lost, and comes back', async () => {
    await standing();
    const happened = await happen('lose-zone', { zone: 'eu-west-1a' });
    await cloud.pass(60);
    const { runningCount, desiredCount } = await cloud.describe('shop');
    assert.deepEqual([runningCount, desiredCount], [2, 2], 'the tasks run in the other zone');
    assert.equal((await cloud.refused('POST', 'world/lose-zone', { zone: 'mars-1a' })).status, 404);
    await turnBack(happened);
    assert.equal((await cloud.refused('POST', 'world/restore-zone', { zone: 'eu-west-1a' })).status, 409);
  });

  it('tasks crash: one, all of a service, and on and on', async () => {
    await standing();
    const [{ taskArn }] = (await cloud.admin('GET', 'tasks')).tasks;
    await happen('crash-task', { taskArn, exitCode: 137 });
    await cloud.pass(1);
    const [dead] = await cloud.tasks('shop', 'STOPPED');
    assert.deepEqual([dead?.taskArn, dead?.containers?.[0]?.exitCode], [taskArn, 137]);
    await cloud.pass(60);
    assert.equal((await happen('crash-tasks', { service: 'shop' })).did, 'crashed 2 tasks of shop');
    const happened = await happen('crash-loop', { service: 'shop', everySeconds: 15 });
    await cloud.pass(60);
    assert.ok((await cloud.tasks('shop', 'STOPPED')).length >= 7);
    await turnBack(happened);
    await cloud.pass(60);
    assert.equal((await cloud.describe('shop')).runningCount, 2);
    const [task] = await cloud.tasks('shop', 'RUNNING');
    await happen('stop-task', { taskArn: task?.taskArn });
    await cloud.pass(30);
    const stopped = (await cloud.tasks('shop', 'STOPPED')).find((one) => one.taskArn === task?.taskArn);
    assert.deepEqual([stopped?.stopCode, stopped?.stoppedReason], ['UserInitiated', 'Stopped by somebody']);
  });

  it('health of an image flaps, and a task is replaced for it, until it stops', async () => {
    await standing();
    const image = 'registry.example.com/web:v1';
    const scripted = async () => (await cloud.admin('GET', 'images')).scripted;
    const happened = await happen('flap-health', { image, everySeconds: 60 });
    assert.equal((await scripted())[0].healthStatus, 503);
    await cloud.passUntil(
      async () => (await cloud.events('shop')).some((text) => text.includes('is unhealthy in (elb shop)')),
      'an unhealthy instance',
    );
    await cloud.passUntil(async () => (await scripted())[0].healthStatus === 200, 'good health', 60);
    await cloud.passUntil(async () => (await scripted())[0].healthStatus === 503, 'bad health', 60);
    await turnBack(happened);
    assert.deepEqual(await scripted(), []);
    assert.deepEqual((await cloud.admin('GET', 'world')).recurring, []);
  });

  it('an image is lost, or slow, and as it was before', async () => {
    const image = 'registry.example.com/web:v7';
    await cloud.admin('PUT', 'images', { repository: 'web', tag: 'v7', exitCode: 3 });
    const before = (await cloud.admin('GET', 'images')).scripted;
    const manifest = () => fetch(`${cloud.url}/v2/web/manifests/v7`);
    const lost = await happen('lose-image', { image });
    assert.equal((await manifest()).status, 404);
    await turnBack(lost);
    assert.equal((await manifest()).status, 200);
    const slow = await happen('slow-start', { image, seconds: 90 });
    await cloud.create('slow', await cloud.register('service-slow', 'v7', 11_005), { desiredCount: 1 });
    await cloud.pass(30);
    assert.equal((await cloud.admin('GET', 'images')).scripted[0].startDelaySeconds, 90);
    await turnBack(slow);
    assert.deepEqual((await cloud.admin('GET', 'images')).scripted, before);
  });

  it('somebody deletes service, balancer, listener, record, health check, revision', async () => {
    const revision = await standing();
    const host = 'shop.example.com';
    await change('CREATE', host, '192.0.2.1');
    const { HealthCheck } = await route53.send(
      new CreateHealthCheckCommand({
        CallerReference: 'one',
        HealthCheckConfig: { Type: 'HTTP', FullyQualifiedDomainName: host, Port: 80 },
      }),
    );
    await happen('delete-record', { record: host });
    const { ResourceRecordSets } = await route53.send(
      new ListResourceRecordSetsCommand({ HostedZoneId: await zoneId() }),
    );
    assert.ok(!ResourceRecordSets?.some(({ Name }) => Name === `${host}.`));
    await happen('delete-health-check', { healthCheckId: HealthCheck?.Id });
    assert.deepEqual((await route53.send(new ListHealthChecksCommand({}))).HealthChecks, []);
    await happen('delete-listener', { loadBalancer: 'shop', port: 80 });
    const described = await cloud.elb.send(new DescribeLoadBalancersCommand({ LoadBalancerNames: ['shop'] }));
    assert.deepEqual(described.LoadBalancerDescriptions?.[0]?.ListenerDescriptions, []);
    await happen('delete-service', { service: 'shop' });
    assert.equal((await cloud.describe('shop')).status, 'DRAINING');
    await happen('delete-load-balancer', { loadBalancer: 'shop' });
    await assert.rejects(cloud.elb.send(new DescribeLoadBalancersCommand({ LoadBalancerNames: ['shop'] })));
    await happen('deregister-revision', { taskDefinition: revision });
    const { taskDefinition } = await cloud.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: revision }));
    assert.equal(taskDefinition?.status, 'INACTIVE');
    assert.deepEqual(
      (await byWorld()).map((line) => line.split(' ')[0]),
      [
        'ChangeResourceRecordSets',
        'DeleteHealthCheck',
        'DeleteLoadBalancerListeners',
        'DeleteService',
        'DeleteLoadBalancer',
        'DeregisterTaskDefinition',
      ],
    );
  });

  it('somebody changes count, grace period, draining, health check, or rolls the service himself', async () => {
    const revision = await standing();
    const count = await happen('change-desired-count', { service: 'shop', desiredCount: 3 });
    assert.equal((await cloud.describe('shop')).desiredCount, 3);
    const grace = await happen('change-grace-period', { service: 'shop', seconds: 7 });
    assert.equal((await cloud.describe('shop')).healthCheckGracePeriodSeconds, 7);
    const draining = await happen('change-draining', { loadBalancer: 'shop', seconds: 0 });
    const target = await happen('change-health-check', { loadBalancer: 'shop', target: 'HTTP:11001/health' });
    await cloud.passUntil(
      async () => (await cloud.events('shop')).some((text) => text.includes('is unhealthy in (elb shop)')),
      'the wrong port to be noticed',
    );
    for (const happened of [count, grace, draining, target]) await turnBack(happened);
    const roll = await happen('update-service', { service: 'shop', image: 'registry.example.com/web:v2' });
    const { deployments, taskDefinition } = await cloud.describe('shop');
    assert.ok((deployments?.length ?? 0) >= 2);
    assert.match(taskDefinition ?? '', /service-shop:2$/);
    await turnBack(roll);
    assert.equal((await cloud.describe('shop')).taskDefinition, revision);
    const [primary] = (await cloud.describe('shop')).deployments ?? [];
    await happen('update-service', { service: 'shop' });
    assert.notEqual((await cloud.describe('shop')).deployments?.[0]?.id, primary?.id);
  });

  it('a balancer loses a zone, with zones and with subnets', async () => {
    await standing();
    const zones = async (name: string) => {
      const answer = await cloud.elb.send(new DescribeLoadBalancersCommand({ LoadBalancerNames: [name] }));
      return answer.LoadBalancerDescriptions?.[0]?.AvailabilityZones?.toSorted();
    };
    const happened = await happen('disable-zone', { loadBalancer: 'shop', zone: 'eu-west-1a' });
    assert.deepEqual(await zones('shop'), ['eu-west-1b']);
    await turnBack(happened);
    assert.deepEqual(await zones('shop'), ['eu-west-1a', 'eu-west-1b']);
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({}));
    const subnets = new Map(
      Reservations?.flatMap(({ Instances = [] }) => Instances).map(({ Placement, SubnetId }) => [
        Placement?.AvailabilityZone,
        SubnetId ?? '',
      ]),
    );
    const Listeners = [{ Protocol: 'HTTP', LoadBalancerPort: 80, InstancePort: 11_009 }];
    await cloud.elb.send(
      new CreateLoadBalancerCommand({ LoadBalancerName: 'vpc', Listeners, Subnets: [subnets.get('eu-west-1a') ?? ''] }),
    );
    await cloud.elb.send(
      new AttachLoadBalancerToSubnetsCommand({ LoadBalancerName: 'vpc', Subnets: [subnets.get('eu-west-1b') ?? ''] }),
    );
    const again = await happen('disable-zone', { loadBalancer: 'vpc', zone: 'eu-west-1b' });
    assert.deepEqual(await zones('vpc'), ['eu-west-1a']);
    await turnBack(again);
    assert.deepEqual(await zones('vpc'), ['eu-west-1a', 'eu-west-1b']);
  });

  it('DNS stays PENDING, and becomes INSYNC', async () => {
    const held = await happen('hold-dns');
    const { ChangeInfo } = await change('UPSERT', 'late.example.com', '192.0.2.1');
    const status = async () => (await route53.send(new GetChangeCommand({ Id: ChangeInfo?.Id }))).ChangeInfo?.Status;
    await cloud.pass(600);
    assert.equal(await status(), 'PENDING');
    await turnBack(held);
    assert.equal(await status(), 'INSYNC');
  });

  it('finds a service by the name its incarnations share, the newest first', async () => {
    for (const [name, port] of [
      ['shop-1466583476', 11_000],
      ['shop-1466583500', 11_001],
      ['shop-window', 11_002],
    ] as const) {
      await cloud.create(name, await cloud.register(`service-${name}`, 'v1', port), { desiredCount: 1 });
    }
    const { did } = await happen('change-desired-count', { service: 'shop', desiredCount: 0 });
    assert.equal(did, 'shop-1466583500 is to have 0 tasks instead of 1');
  });

  it('what goes on by itself goes on after a restart of the cloud', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'wonderland-'));
    const stateFile = join(dir, 'cloud.json');
    let kept = await startSteppedCloud({ stateFile });
    await kept.admin('POST', 'world/flap-health', { image: 'web:v1', everySeconds: 10 });
    await kept.admin('POST', 'scenarios/broken-role');
    await kept.pass(60);
    await kept.stop();
    kept = await startSteppedCloud({ stateFile });
    const statuses = new Set<number>();
    for (let n = 0; n < 4; n += 1) {
      statuses.add((await kept.admin('GET', 'images')).scripted[0].healthStatus);
      await kept.pass(10);
    }
    assert.deepEqual([...statuses].toSorted(), [200, 503]);
    await kept.passUntil(
      async () => Object.keys((await kept.admin('GET', 'scenarios')).runs[0].shown).length === 2,
      'the scenario to be shown',
    );
    await kept.admin('DELETE', 'scenarios/broken-role');
    assert.equal((await kept.admin('GET', 'settings')).serviceRoleBroken, false);
    await kept.stop();
    rmSync(dir, { recursive: true });
  });

  it('refuses what it does not understand, and says why', async () => {
    const refusals: [string, unknown, number, string | RegExp][] = [
      ['world/earthquake', {}, 404, /^there is no event earthquake: terminate-instance, /],
      ['world/stop-instance', {}, 400, 'instanceId is missing: EC2 instance id'],
      ['world/stop-instance', { instanceId: 7 }, 400, 'instanceId has to be a text'],
      ['world/stop-instance', { instanceId: 'i-1', force: true }, 400, 'force is not known here: instanceId'],
      ['world/stop-instance', { instanceId: 'i-00000000' }, 404, /^StopInstances was refused: InvalidInstanceID/],
      ['world/disconnect-agent', { instanceId: 'i-00000000' }, 404, 'there is no container instance on i-00000000'],
      ['world/delete-service', { service: 'ghost' }, 404, 'there is no service ghost in the cluster crims'],
      ['world/delete-service', { service: 'ghost', cluster: 'nowhere' }, 404, /ClusterNotFoundException/],
      ['world/delete-record', { record: 'ghost.example.com' }, 404, 'there is no record ghost.example.com of type A'],
      ['world/delete-record', { record: 'ghost.example.org' }, 404, 'no hosted zone holds ghost.example.org'],
      ['world/crash-task', { taskArn: 'arn:x' }, 404, 'there is no task arn:x that runs'],
      ['world/flap-health', { image: 'web:v1', everySeconds: 0 }, 400, 'everySeconds has to be a number of at least 1'],
      ['world/stop-flapping', { image: 'web:v1' }, 404, 'web:v1 does not flap'],
      ['world/script-image', { image: 'web:v1', behaviour: { colour: 'red' } }, 400, /^colour is not known here/],
      ['world/hold-dns', { account: '1' }, 404, 'there is no account 1: 123456789012, 210987654321'],
      ['world/hold-dns', '[]', 400, 'the body has to be a JSON object'],
    ];
    for (const [path, body, status, error] of refusals) {
      const refused = await cloud.refused('POST', path, body);
      assert.equal(refused.status, status, path);
      if (typeof error === 'string') assert.equal(refused.error, error);
      else assert.match(refused.error, error);
    }
  });

  it('are listed with what they take', async () => {
    const { events } = await cloud.admin('GET', '');
    assert.deepEqual(
      events.map(({ name }: { name: string }) => name),
      WORLD_EVENTS.map(({ name }) => name),
    );
    const crash = events.find(({ name }: { name: string }) => name === 'crash-task');
    assert.deepEqual(Object.keys(crash.takes), ['taskArn', 'exitCode', 'account']);
  });
});
