import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeContainerInstancesCommand,
  DescribeTasksCommand,
  RunTaskCommand,
  StartTaskCommand,
  StopTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import type { Cloud, CloudOptions } from '../../src/localcloud/cloud.ts';
import { createKit, eventually, startTestCloud, type Kit } from './cloud-kit.ts';

const cluster = 'crims';

describe('tasks in a cloud whose time runs', () => {
  let directory: string;
  let cloud: Cloud;
  let kit: Kit;
  const open = async (options: Partial<CloudOptions> = {}): Promise<void> => {
    cloud = await startTestCloud(options);
    kit = createKit(cloud.addresses.url);
  };
  const close = async (): Promise<void> => {
    kit.close();
    await cloud.stop();
  };
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'localcloud-'));
  });
  after(() => rm(directory, { recursive: true, force: true }));
  afterEach(close);

  /** `beside`: a task on whose instance it runs too. */
  const run = async (tag: string, beside?: string): Promise<string> => {
    const taskDefinition = await kit.register(`job-${tag}`, tag, 0);
    const instance = beside === undefined ? undefined : (await look(beside)).containerInstanceArn;
    const { tasks = [] } =
      instance === undefined
        ? await kit.ecs.send(new RunTaskCommand({ cluster, taskDefinition }))
        : await kit.ecs.send(new StartTaskCommand({ cluster, taskDefinition, containerInstances: [instance] }));
    return tasks[0]?.taskArn ?? '';
  };
  const look = async (arn: string): Promise<Task> => {
    const { tasks = [] } = await kit.ecs.send(new DescribeTasksCommand({ cluster, tasks: [arn] }));
    assert.ok(tasks[0] !== undefined);
    return tasks[0];
  };
  const reached = (arn: string, status: string): Promise<boolean> =>
    eventually(async () => (await look(arn)).lastStatus === status, `${arn} to be ${status}`);

  it('answer as their image says now, on connections that are open too', async () => {
    await open();
    const arn = await run('v1');
    const { host, port } = await eventually(async () => {
      const { tasks } = await kit.admin('GET', 'tasks');
      return tasks.find(({ taskArn }: { taskArn: string }) => taskArn === arn)?.listening[0];
    }, 'a listener');
    const ask = async (): Promise<number> => (await fetch(`http://${host}:${port}/health`)).status;
    assert.equal(await ask(), 200);
    await kit.admin('PUT', 'images', { repository: 'web', tag: 'v1', healthStatus: 503 });
    assert.equal(await ask(), 503);
  });

  it('go on after a restart: held back by their image, or unaware that they are to stop', async () => {
    // Slow enough that nothing crashes before it is looked at, however busy the machine.
    const options = { stateFile: join(directory, 'state.json'), dataPlane: false, speed: 10 };
    await open(options);
    const unaware = await run('v2');
    // One has an agent all the while, the agent of the other is away when the cloud starts again.
    const held = await run('v1-never');
    const heldBeside = await run('v4-never', unaware);
    const crashing = await run('v3-crash900');
    await reached(unaware, 'RUNNING');
    await reached(crashing, 'RUNNING');
    for (const arn of [held, heldBeside])
      await eventually(async () => (await look(arn)).pullStoppedAt !== undefined, 'the pull');
    const { containerInstanceArn = '' } = await look(unaware);
    const { containerInstances } = await kit.ecs.send(
      new DescribeContainerInstancesCommand({ cluster, containerInstances: [containerInstanceArn] }),
    );
    const agent = { instanceId: containerInstances?.[0]?.ec2InstanceId };
    await kit.admin('POST', 'world/disconnect-agent', agent);
    await kit.ecs.send(new StopTaskCommand({ cluster, task: unaware }));
    await close();

    await open(options);
    const { lastStatus, desiredStatus, connectivity } = await look(unaware);
    assert.deepEqual([lastStatus, desiredStatus, connectivity], ['RUNNING', 'STOPPED', 'DISCONNECTED']);
    await kit.admin('POST', 'world/reconnect-agent', agent);
    await reached(unaware, 'STOPPED');
    for (const [arn, tag] of [
      [held, 'v1-never'],
      [heldBeside, 'v4-never'],
    ] as const) {
      assert.equal((await look(arn)).lastStatus, 'PENDING');
      await kit.admin('PUT', 'images', { repository: 'web', tag, neverStarts: false });
      await reached(arn, 'RUNNING');
    }
    await kit.admin('PUT', 'speed', { speed: 1000 });
    await reached(crashing, 'STOPPED');
    const crashed = await look(crashing);
    const age = (crashed.stoppedAt?.getTime() ?? 0) - (crashed.startedAt?.getTime() ?? 0);
    assert.ok(age >= 900_000, `not before its time: ${age}`);
  });
});
