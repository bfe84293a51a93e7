import assert from 'node:assert/strict';
import { request } from 'node:http';
import { FilterLogEventsCommand, CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import {
  DeleteServiceCommand,
  DescribeContainerInstancesCommand,
  ListContainerInstancesCommand,
  StopTaskCommand,
} from '@aws-sdk/client-ecs';
import type { Cloud } from '../../src/localcloud/cloud.ts';
import { createKit, eventually, sdkConfig, SPEED, startTestCloud, type Kit } from './cloud-kit.ts';

describe('tasks that fail', () => {
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

  it('starts a crashing image again and again, with its exit code', async () => {
    await kit.create('loop', await kit.register('service-loop', 'v1-crash2-exit42', 11_000), { desiredCount: 1 });
    const stopped = await eventually(async () => {
      const tasks = await kit.tasks('loop', 'STOPPED');
      return tasks.length >= 3 && tasks;
    }, 'three crashes');
    for (const task of stopped) {
      assert.equal(task.stopCode, 'EssentialContainerExited');
      assert.equal(task.stoppedReason, 'Essential container in task exited');
      assert.equal(task.containers?.[0]?.exitCode, 42);
      assert.ok(task.startedAt !== undefined, 'it had reached RUNNING');
    }
    assert.equal((await kit.describe('loop')).deployments?.[0]?.failedTasks, 0, 'a task that ran is no failed start');
  });

  it('waits longer and longer for an image that does not exist', async () => {
    await kit.create('gone', await kit.register('service-gone', 'missing', 11_000), { desiredCount: 1 });
    await kit.sawEvent('gone', 'is unable to consistently start tasks successfully.');
    const [task] = await kit.tasks('gone', 'STOPPED');
    assert.equal(task?.stopCode, 'TaskFailedToStart');
    assert.match(task?.stoppedReason ?? '', /^CannotPullContainerError: .*web:missing not found/);
    assert.equal(task?.containers?.[0]?.reason, task?.stoppedReason);
    assert.ok(((await kit.describe('gone')).deployments?.[0]?.failedTasks ?? 0) >= 3);
  });

  it('leaves an image that never starts in PENDING, and stops it when told', async () => {
    await kit.create('never', await kit.register('service-never', 'v1-never', 11_000), { desiredCount: 1 });
    await kit.sawEvent('never', 'has started 1 tasks');
    assert.equal((await kit.describe('never')).pendingCount, 1);
    await kit.update('never', { desiredCount: 0 });
    await kit.sawEvent('never', 'stopped 1 pending tasks.');
    assert.equal((await kit.tasks('never', 'STOPPED'))[0]?.startedAt, undefined);
  });

  it('replaces a task whose load balancer finds it unhealthy, once its grace period is over', async () => {
    await kit.balancer('sick', 11_000);
    const definition = await kit.register('service-sick', 'v1-unhealthy', 11_000);
    await kit.createBehind('sick', definition, { desiredCount: 1, healthCheckGracePeriodSeconds: 30 });
    await kit.sawEvent('sick', 'Amazon ECS replaced 1 tasks due to an unhealthy status.');
    const events = await kit.events('sick');
    assert.ok(
      events.some((event) =>
        /^\(instance i-[0-9a-f]{8}\) is unhealthy in \(elb sick\) due to \(reason Instance has failed at least/.test(
          event,
        ),
      ),
      events.join('\n'),
    );
    const [task] = await eventually(async () => {
      const stopped = await kit.tasks('sick', 'STOPPED');
      return stopped[0]?.lastStatus === 'STOPPED' && stopped;
    }, 'the unhealthy task to stop');
    assert.equal(task?.stoppedReason, 'Task failed ELB health checks in (elb sick)');
    const age = (task?.stoppingAt?.getTime() ?? 0) - (task?.startedAt?.getTime() ?? 0);
    assert.ok(age >= 30_000, `not before its grace period: ${age} ms`);
  });

  it('keeps a task RUNNING whose listener was killed behind the back of the cloud, until the balancer notices', async () => {
    await kit.balancer('web', 11_000);
    await kit.createBehind('web', await kit.register('service-web', 'v1', 11_000), { desiredCount: 1 });
    await kit.steady('web');
    const { balancers } = await kit.admin('GET', 'balancers');
    const { host, boundPort } = balancers[0].listeners[0];
    const ask = (): Promise<number> =>
      new Promise((resolve, reject) => {
        request({ host, port: boundPort, path: '/' }, (response) => resolve(response.resume().statusCode ?? 0))
          .on('error', reject)
          .end();
      });
    assert.equal(await ask(), 200);
    const [task] = await kit.tasks('web', 'RUNNING');
    // Two checks fail within ten cloud seconds: time enough to look before.
    await kit.admin('PUT', 'speed', { speed: 5 });
    const { cloudTime } = await kit.admin('GET', 'health');
    await kit.admin('POST', 'tasks/kill-listener', { taskArn: task?.taskArn });
    assert.notEqual(await ask(), 200);
    assert.equal((await kit.tasks('web', 'RUNNING'))[0]?.lastStatus, 'RUNNING');
    await kit.admin('PUT', 'speed', { speed: SPEED });
    await kit.sawEvent('web', 'is unhealthy in (elb web)');
    const noticed = (await kit.describe('web')).events?.find(({ message }) => message?.includes('is unhealthy'));
    assert.ok((noticed?.createdAt?.getTime() ?? 0) - cloudTime >= 10_000, 'not before the second failed check');
    await kit.steady('web', 2);
    assert.equal(await ask(), 200);
  });

  it('drains a task of the service that a caller stops, and starts another', async () => {
    await kit.balancer('web', 11_000);
    await kit.createBehind('web', await kit.register('service-web', 'v1', 11_000), { desiredCount: 1 });
    await kit.steady('web');
    const [task] = await kit.tasks('web', 'RUNNING');
    const stop = await kit.ecs.send(
      new StopTaskCommand({ cluster: 'crims', task: task?.taskArn ?? '', reason: 'by hand' }),
    );
    assert.equal(stop.task?.desiredStatus, 'STOPPED');
    assert.equal(stop.task?.lastStatus, 'DEACTIVATING');
    await kit.steady('web', 2);
    const [stopped] = await kit.tasks('web', 'STOPPED');
    assert.equal(stopped?.stopCode, 'UserInitiated');
    assert.equal(stopped?.stoppedReason, 'by hand');
  });

  it('fails to start without its log group, and logs start and requests with it, but no variable', async () => {
    const logs = new CloudWatchLogsClient(sdkConfig(kit.url));
    const container = {
      environment: [{ name: 'PASSWORD', value: 'planted-secret' }],
      logConfiguration: {
        logDriver: 'awslogs',
        options: { 'awslogs-group': '/wonderland/web', 'awslogs-region': 'eu-west-1', 'awslogs-stream-prefix': 'web' },
      },
    };
    const definition = await kit.register('service-web', 'v1', 11_000, container);
    await kit.create('web', definition, { desiredCount: 1 });
    const [failed] = await eventually(async () => {
      const tasks = await kit.tasks('web', 'STOPPED');
      return tasks.length > 0 && tasks;
    }, 'a failed start');
    assert.match(
      failed?.stoppedReason ?? '',
      /^CannotStartContainerError: .*The specified log group does not exist\.$/,
    );

    await logs.send(new CreateLogGroupCommand({ logGroupName: '/wonderland/web' }));
    const [task] = await eventually(async () => {
      const tasks = await kit.tasks('web', 'RUNNING');
      return tasks[0]?.lastStatus === 'RUNNING' && tasks;
    }, 'a running task');
    const { tasks } = await kit.admin('GET', 'tasks');
    const { host, port } = tasks.find((one: { taskArn: string }) => one.taskArn === task?.taskArn).listening[0];
    const answer = (await (await fetch(`http://${host}:${port}/hello`)).json()) as Record<string, unknown>;
    assert.equal(answer.version, 'v1');
    assert.equal(answer.hostPort, 11_000);
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: '/wonderland/web' }));
    assert.deepEqual(
      events.map(({ message }) => message),
      ['started registry.example.com/web:v1', 'GET /hello 200'],
    );
    assert.equal(events[0]?.logStreamName, `web/web/${task?.taskArn?.split('/').at(-1)}`);
    const journal = JSON.stringify(await kit.admin('GET', 'journal'));
    assert.ok(journal.includes('environment') && !journal.includes('planted-secret'));
    logs.destroy();
  });

  it('drains a deleted service and lets its name be used again', async () => {
    await kit.balancer('web', 11_000);
    const definition = await kit.register('service-web', 'v1', 11_000);
    await kit.createBehind('web', definition);
    await kit.steady('web');
    const remove = (force: boolean) =>
      kit.ecs.send(new DeleteServiceCommand({ cluster: 'crims', service: 'web', force }));
    await assert.rejects(remove(false), {
      name: 'InvalidParameterException',
      message: 'The service cannot be stopped while it is scaled above 0.',
    });
    assert.equal((await remove(true)).service?.status, 'DRAINING');
    await assert.rejects(kit.createBehind('web', definition), {
      message: 'Unable to Start a service that is still Draining.',
    });
    await eventually(async () => (await kit.describe('web')).status === 'INACTIVE', 'the service to be INACTIVE');
    await assert.rejects(kit.update('web', { desiredCount: 1 }), { name: 'ServiceNotActiveException' });
    await kit.createBehind('web', definition, { desiredCount: 1 });
    await kit.steady('web');
  });

  it('loses the tasks of an instance that is terminated, and starts them elsewhere', async () => {
    await kit.balancer('web', 11_000);
    // So that its load balancer does not notice first.
    const healthCheckGracePeriodSeconds = 86_400;
    await kit.createBehind('web', await kit.register('service-web', 'v1', 11_000), { healthCheckGracePeriodSeconds });
    await kit.steady('web');
    const { tasks } = await kit.admin('GET', 'tasks');
    const { instanceId, taskArn } = tasks[0];
    const ec2 = new EC2Client(sdkConfig(kit.url));
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [instanceId] }));
    ec2.destroy();
    await kit.steady('web', 2);
    const [lost] = await kit.tasks('web', 'STOPPED');
    assert.equal(lost?.taskArn, taskArn);
    assert.equal(lost?.stoppedReason, `Host EC2 (instance ${instanceId}) terminated.`);
    const { containerInstanceArns } = await kit.ecs.send(new ListContainerInstancesCommand({ cluster: 'crims' }));
    const { containerInstances } = await kit.ecs.send(
      new DescribeContainerInstancesCommand({ cluster: 'crims', containerInstances: containerInstanceArns }),
    );
    // Its Auto Scaling group may have put another in its place already.
    assert.ok(containerInstances?.every(({ ec2InstanceId }) => ec2InstanceId !== instanceId));
  });
});
