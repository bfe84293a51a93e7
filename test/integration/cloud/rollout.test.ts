import assert from 'node:assert/strict';
import { UpdateContainerInstancesStateCommand } from '@aws-sdk/client-ecs';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Deps } from '../../../src/activities/deps.ts';
import { createRolloutActivities } from '../../../src/activities/rollout.ts';
import { createServicePoller, createTaskPoller } from '../../../src/cloud/pollers.ts';
import { createRolloutEye, takeSnapshot } from '../../../src/cloud/rollout.ts';
import type { Cloud } from '../../../src/localcloud/cloud.ts';
import { createKit, eventually, startTestCloud, type Kit } from '../../localcloud/cloud-kit.ts';

const SERVICE = 'web';

describe('looking at a rollout', function () {
  this.timeout(30_000);
  let cloud: Cloud;
  let kit: Kit;
  before(async () => {
    cloud = await startTestCloud();
    kit = createKit(cloud.addresses.url);
  });
  after(async () => {
    kit.close();
    await cloud.stop();
  });

  const balancerUrl = async (): Promise<string> => {
    const { balancers } = (await kit.admin('GET', 'balancers')) as {
      balancers: { listeners: { host: string; boundPort: number }[] }[];
    };
    const [listener] = balancers[0]?.listeners ?? [];
    return `http://${listener?.host}:${listener?.boundPort}`;
  };

  it('sees an old task go that the first look caught on its way out', async () => {
    await kit.balancer(SERVICE, 11_000);
    await kit.createBehind(SERVICE, await kit.register(SERVICE, 'v1', 11_000));
    await kit.steady(SERVICE);
    // Keeps the old tasks draining for a while.
    const slow = Promise.all([1, 2, 3, 4].map(async () => (await fetch(`${await balancerUrl()}/?seconds=2`)).text()));
    const { service } = await kit.update(SERVICE, { taskDefinition: await kit.register(SERVICE, 'v2', 11_000) });
    const { id = '', taskDefinition = '' } = service?.deployments?.[0] ?? {};
    const judged = { hasEndpoint: true, failures: 3, desired: 2 };
    const target = { cluster: 'crims', name: SERVICE, deploymentId: id, taskDefinition, ...judged };

    await eventually(async () => (await kit.tasks(SERVICE, 'STOPPED')).length > 0, 'old tasks to be stopped');
    const leaving = await kit.tasks(SERVICE, 'STOPPED');
    assert.ok(
      leaving.some(({ lastStatus }) => lastStatus !== 'STOPPED'),
      'too late: the old tasks have stopped',
    );
    const clients = { ecs: kit.ecs, elb: kit.elb, tasks: createTaskPoller(kit.ecs) };
    const eye = createRolloutEye(clients, target);
    const first = await eye.look(await kit.describe(SERVICE));
    assert.ok(first.oldTasks > 0);

    const last = await eventually(async () => {
      const snapshot = await eye.look(await kit.describe(SERVICE));
      return snapshot.others.deployments === 0 && snapshot.oldTasks === 0 && snapshot;
    }, 'the old tasks to be gone');
    await slow;
    assert.deepEqual(last, await takeSnapshot(clients, { target, service: await kit.describe(SERVICE) }));
  });

  /** A service that runs, and how one watches its only deployment. */
  async function running(name: string, hostPort: number) {
    await kit.balancer(name, hostPort);
    await kit.createBehind(name, await kit.register(name, 'v1', hostPort));
    const { deployments } = await kit.steady(name);
    const { id = '', taskDefinition = '' } = deployments?.[0] ?? {};
    return {
      cluster: 'crims',
      name,
      deploymentId: id,
      taskDefinition,
      hasEndpoint: true,
      failures: 3,
      desired: 2,
    };
  }

  it('leaves out what was over before the change, where its deployment is older', async () => {
    const target = await running('kiosk', 11_005);
    const clients = { ecs: kit.ecs, elb: kit.elb, tasks: createTaskPoller(kit.ecs) };
    await kit.update('kiosk', { desiredCount: 50 });
    const service = await eventually(async () => {
      const found = await kit.describe('kiosk');
      return found?.events?.some(({ message }) => message?.includes('was unable to place a task')) && found;
    }, 'ECS to find no place');
    assert.match((await takeSnapshot(clients, { target, service })).stuck ?? '', /unable to place/);
    const eventsAfter = service.events?.[0]?.createdAt?.getTime() ?? 0;
    const stands = await takeSnapshot(clients, { target: { ...target, eventsAfter }, service });
    assert.match(stands.stuck ?? '', /unable to place/, 'it still stands');

    await kit.update('kiosk', { desiredCount: 2 });
    const settled = await eventually(async () => {
      const found = await kit.describe('kiosk');
      return /steady state/.test(found?.events?.[0]?.message ?? '') && found;
    }, 'ECS to say that it is over');
    const later = { ...target, eventsAfter: settled.events?.[0]?.createdAt?.getTime() ?? 0 };
    assert.equal((await takeSnapshot(clients, { target: later, service: settled })).stuck, undefined);

    // A role that breaks leaves a steady service steady: nothing tells that it is mended.
    const createdAt = new Date(later.eventsAfter + 1);
    const message = '(service kiosk) failed: IAM permissions policies have been misconfigured';
    const broken = { ...settled, events: [{ id: 'broken', createdAt, message }, ...(settled.events ?? [])] };
    const blockedAfter = async (eventsAfter: number) =>
      (await takeSnapshot(clients, { target: { ...target, eventsAfter }, service: broken })).blocked !== undefined;
    assert.deepEqual([await blockedAfter(later.eventsAfter), await blockedAfter(createdAt.getTime())], [true, false]);
    await kit.update('kiosk', { desiredCount: 0 });
  });

  it('sees a task that took the place of another one between two looks, though the counts are as before', async () => {
    const target = await running('shop', 11_001);
    const clients = { ecs: kit.ecs, elb: kit.elb, tasks: createTaskPoller(kit.ecs) };
    const eye = createRolloutEye(clients, target);
    const before = await eye.look(await kit.describe('shop'));
    assert.equal(before.ourInstances.length, 2);

    const [moved] = await kit.tasks('shop', 'RUNNING');
    const { containerInstanceArn = '' } = moved ?? {};
    const drain = { cluster: 'crims', containerInstances: [containerInstanceArn], status: 'DRAINING' as const };
    await kit.ecs.send(new UpdateContainerInstancesStateCommand(drain));
    await eventually(async () => {
      const tasks = await kit.tasks('shop', 'RUNNING');
      const isElsewhere = tasks.every((task) => task.containerInstanceArn !== containerInstanceArn);
      return isElsewhere && tasks.length === 2 && tasks.every(({ lastStatus }) => lastStatus === 'RUNNING');
    }, 'the task to run elsewhere');
    await kit.ecs.send(new UpdateContainerInstancesStateCommand({ ...drain, status: 'ACTIVE' }));

    const after = await eye.look(await kit.describe('shop'));
    assert.notDeepEqual(after.ourInstances.toSorted(), before.ourInstances.toSorted());
    assert.deepEqual(
      after.ourInstances.toSorted(),
      (await takeSnapshot(clients, { target, service: await kit.describe('shop') })).ourInstances.toSorted(),
    );
  });

  it('begins anew for every change, though one before it watched the same deployment for the same', async () => {
    const target = await running('ladder', 11_002);
    const pollers = { services: createServicePoller(kit.ecs), tasks: createTaskPoller(kit.ecs) };
    const activities = createRolloutActivities({ clients: { ecs: kit.ecs, elb: kit.elb }, pollers } as unknown as Deps);
    const listed = async () => (await kit.journal('ListTasks')).length;
    /** How often tasks were listed for a first look of a workflow. */
    const looks = async (runId: string): Promise<number> => {
      const before = await listed();
      const change = new MockActivityEnvironment({ workflowExecution: { workflowId: 'scale/ladder/1', runId } });
      await change.run(activities.watchRollout, { target });
      return (await listed()) - before;
    };
    assert.deepEqual([await looks('first'), await looks('first'), await looks('second')], [2, 0, 2]);
  });
});
