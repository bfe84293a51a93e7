import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cloud } from '../../src/localcloud/cloud.ts';
import { createKit, eventually, SPEED, spawnCloud, startTestCloud, type CloudProcess } from './cloud-kit.ts';

describe('a cloud that is killed in mid-rollout', function () {
  this.timeout(60_000);
  let directory: string;
  let killed: CloudProcess | undefined;
  let next: Cloud | undefined;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'localcloud-'));
  });
  afterEach(async () => {
    await killed?.kill('SIGKILL');
    await next?.stop();
    killed = next = undefined;
  });
  after(() => rm(directory, { recursive: true, force: true }));

  it('goes on with the rollout, its clock, its addresses and its journal', async () => {
    const stateFile = join(directory, 'state.json');
    killed = await spawnCloud(['--state-file', stateFile, '--speed', String(SPEED)]);
    let kit = createKit(killed.url);
    await kit.balancer('web', 11_000);
    await kit.createBehind('web', await kit.register('service-web', 'v1', 11_000));
    await kit.steady('web');
    const second = await kit.register('service-web', 'v2', 11_000);
    await kit.admin('PUT', 'speed', { speed: 5 });
    await kit.update('web', { taskDefinition: second });
    await eventually(async () => (await kit.tasks('web', 'RUNNING')).length === 4, 'old and new tasks side by side');
    const { id } = (await kit.describe('web')).deployments?.[0] ?? {};
    const before = await kit.admin('GET', 'health');
    const families = Array.from({ length: 20 }, (_, i) => `family-${i}`);
    await Promise.all(families.map((family) => kit.register(family, 'v1', 11_000)));
    const { last } = await kit.admin('GET', 'journal?operation=RegisterTaskDefinition');
    assert.equal((await kit.describe('web')).deployments?.length, 2, 'in mid-rollout');
    kit.close();
    await killed.kill('SIGKILL');

    next = await startTestCloud({ stateFile });
    kit = createKit(next.addresses.url);
    const after = await kit.admin('GET', 'health');
    assert.ok(after.cloudTime >= before.cloudTime, 'cloud time never jumps back');
    assert.equal(after.block, before.block);
    await eventually(async () => {
      const { deployments = [], runningCount } = await kit.describe('web');
      return deployments.length === 1 && deployments[0]?.id === id && runningCount === 2;
    }, 'the rollout to end');
    const running = await kit.tasks('web', 'RUNNING');
    assert.ok(running.every(({ taskDefinitionArn }) => taskDefinitionArn === second));
    assert.equal((await kit.journal('UpdateService')).length, 1);
    assert.ok((await kit.admin('GET', 'journal')).last > last);
    for (const family of families) assert.match(await kit.register(family, 'v1', 11_000), /:2$/);
    kit.close();
  });

  it('starts again where SIGTERM ended it, and its tasks listen', async () => {
    const stateFile = join(directory, 'other.json');
    next = await startTestCloud({ stateFile });
    let kit = createKit(next.addresses.url);
    await kit.create('web', await kit.register('service-web', 'v1', 11_000));
    await eventually(async () => (await kit.describe('web')).runningCount === 2, 'two tasks');
    kit.close();
    await next.stop();
    next = undefined;

    killed = await spawnCloud(['--state-file', stateFile, '--speed', String(SPEED)]);
    kit = createKit(killed.url);
    const { tasks } = await kit.admin('GET', 'tasks');
    assert.equal(tasks.length, 2);
    for (const { lastStatus, listening } of tasks) {
      assert.equal(lastStatus, 'RUNNING');
      const [{ host, port }] = listening;
      assert.equal((await fetch(`http://${host}:${port}/`)).status, 200);
    }
    kit.close();
    assert.equal(await killed.kill('SIGTERM'), 0);
  });
});
