import assert from 'node:assert/strict';
import { UpdateContainerInstancesStateCommand, ListContainerInstancesCommand } from '@aws-sdk/client-ecs';
import { DescribeInstanceHealthCommand } from '@aws-sdk/client-elastic-load-balancing';
import type { Cloud } from '../../src/localcloud/cloud.ts';
import { createKit, eventually, startTestCloud, type Kit } from './cloud-kit.ts';

/** Events with task and deployment ids taken out. */
const plain = (events: readonly string[]): string[] =>
  events.map((event) => event.replace(/ecs-svc\/\d+/g, 'ecs-svc/N').replace(/task [0-9a-f]{32}/g, 'task T'));

describe('a rolling update behind a classic load balancer', () => {
  let cloud: Cloud;
  let kit: Kit;
  beforeEach(async () => {
    cloud = await startTestCloud();
    kit = createKit(cloud.addresses.url);
  });
  afterEach(async () => {
    kit.close();
    await cloud.stop();
  });

  it('tells its events in the order AWS does and ends with the new tasks in service', async () => {
    await kit.balancer('web', 11_000);
    const first = await kit.register('service-web', 'v1', 11_000);
    const created = await kit.createBehind('web', first);
    assert.match(created.service?.deployments?.[0]?.id ?? '', /^ecs-svc\/\d{19,20}$/);
    await kit.steady('web');
    const second = await kit.register('service-web', 'v2', 11_000);
    const updated = await kit.update('web', { taskDefinition: second });
    assert.deepEqual(
      updated.service?.deployments?.map(({ status, taskDefinition }) => [status, taskDefinition]),
      [
        ['PRIMARY', second],
        ['ACTIVE', first],
      ],
    );
    const service = await kit.steady('web', 2);

    assert.deepEqual(plain(await kit.events('web')), [
      'has started 2 tasks: (task T) (task T).',
      'registered 2 instances in (elb web)',
      '(deployment ecs-svc/N) deployment completed.',
      'has reached a steady state.',
      'has started 2 tasks: (task T) (task T).',
      'registered 2 instances in (elb web)',
      'deregistered 2 instances in (elb web)',
      'has begun draining connections on 2 tasks.',
      'has stopped 2 running tasks: (task T) (task T).',
      '(deployment ecs-svc/N) deployment completed.',
      'has reached a steady state.',
    ]);
    assert.equal(service.deployments?.length, 1);
    assert.equal(service.deployments?.[0]?.rolloutState, undefined, 'no rollout state behind a classic ELB');
    assert.equal(service.runningCount, 2);

    const running = await kit.tasks('web', 'RUNNING');
    assert.deepEqual(new Set(running.map((task) => task.taskDefinitionArn)), new Set([second]));
    assert.deepEqual(new Set(running.map((task) => task.startedBy)), new Set([updated.service?.deployments?.[0]?.id]));
    const stopped = await kit.tasks('web', 'STOPPED');
    assert.equal(stopped.length, 2);
    for (const task of stopped) {
      assert.equal(task.stopCode, 'ServiceSchedulerInitiated');
      assert.equal(
        task.stoppedReason,
        `Scaling activity initiated by (deployment ${updated.service?.deployments?.[0]?.id})`,
      );
      assert.equal(task.containers?.[0]?.exitCode, 0);
      assert.ok(task.stoppedAt && task.stoppingAt && task.startedAt && task.stoppedAt > task.stoppingAt);
    }
    const health = await kit.elb.send(new DescribeInstanceHealthCommand({ LoadBalancerName: 'web' }));
    assert.deepEqual(
      health.InstanceStates?.map(({ State }) => State),
      ['InService', 'InService'],
    );
  });

  it('stalls with the text of AWS when minimum and maximum are both 100', async () => {
    await kit.balancer('web', 11_000);
    const deploymentConfiguration = { minimumHealthyPercent: 100, maximumPercent: 100 };
    await kit.createBehind('web', await kit.register('service-web', 'v1', 11_000), { deploymentConfiguration });
    await kit.steady('web');
    await kit.update('web', { taskDefinition: await kit.register('service-web', 'v2', 11_000) });
    await kit.sawEvent(
      'web',
      'was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.',
    );
    const service = await kit.describe('web');
    assert.deepEqual(
      service.deployments?.map(({ runningCount }) => runningCount),
      [0, 2],
    );

    await kit.update('web', { deploymentConfiguration: { maximumPercent: 200 } });
    await kit.steady('web', 2);
  });

  it('cannot place a fixed host port twice on an instance, and says which instance came closest', async () => {
    await kit.balancer('web', 11_000);
    await kit.createBehind('web', await kit.register('service-web', 'v1', 11_000), { desiredCount: 5 });
    await kit.sawEvent('web', 'is already using a port required by your task. For more information, see');
    await eventually(async () => (await kit.describe('web')).runningCount === 4, 'four tasks');
    const events = (await kit.events('web')).filter((event) => event.startsWith('was unable to place'));
    assert.equal(events.length, 1, 'the same complaint is made once');
    assert.match(events[0] ?? '', /closest matching \(container-instance [0-9a-f]{32}\)/);
  });

  it('stops one, then starts one, where only the minimum gives way', async () => {
    await kit.balancer('web', 11_000);
    const deploymentConfiguration = { minimumHealthyPercent: 75, maximumPercent: 100 };
    const first = await kit.register('service-web', 'v1', 11_000);
    await kit.createBehind('web', first, { desiredCount: 4, deploymentConfiguration });
    await kit.steady('web');
    await kit.update('web', { taskDefinition: await kit.register('service-web', 'v2', 11_000) });
    const least = { running: 4 };
    await eventually(
      async () => {
        const service = await kit.describe('web');
        least.running = Math.min(least.running, service.runningCount ?? 0);
        return service.deployments?.length === 1 && service.runningCount === 4;
      },
      'the rollout to end',
      15_000,
    );
    assert.equal(least.running, 3);
  });

  it('moves the tasks of a DRAINING instance elsewhere', async () => {
    await kit.balancer('web', 11_000);
    await kit.createBehind('web', await kit.register('service-web', 'v1', 11_000));
    await kit.steady('web');
    const [task] = await kit.tasks('web', 'RUNNING');
    const containerInstances = [task?.containerInstanceArn ?? ''];
    const drained = await kit.ecs.send(
      new UpdateContainerInstancesStateCommand({ cluster: 'crims', containerInstances, status: 'DRAINING' }),
    );
    assert.equal(drained.containerInstances?.[0]?.status, 'DRAINING');
    await kit.steady('web', 2);
    const now = await kit.tasks('web', 'RUNNING');
    assert.equal(now.length, 2);
    assert.ok(now.every(({ containerInstanceArn }) => containerInstanceArn !== containerInstances[0]));
    const draining = await kit.ecs.send(new ListContainerInstancesCommand({ cluster: 'crims', status: 'DRAINING' }));
    assert.deepEqual(draining.containerInstanceArns, containerInstances);
  });

  it('scales in from where most tasks are, and out to where least are', async () => {
    await kit.balancer('web', 11_000);
    await kit.createBehind('web', await kit.register('service-web', 'v1', 11_000), { desiredCount: 4 });
    await kit.steady('web');
    const { service } = await kit.update('web', { desiredCount: 2 });
    assert.equal(service?.deployments?.length, 1, 'a new desired count is no new deployment');
    await eventually(async () => (await kit.tasks('web', 'STOPPED')).length === 2, 'two tasks stopped');
    const zones = (await kit.tasks('web', 'RUNNING')).map(({ availabilityZone }) => availabilityZone).toSorted();
    assert.deepEqual(zones, ['eu-west-1a', 'eu-west-1b']);
  });
});
