import assert from 'node:assert/strict';
import { createTaskPoller } from '../../../src/cloud/pollers.ts';
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
});
