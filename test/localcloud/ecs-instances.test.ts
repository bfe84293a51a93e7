import assert from 'node:assert/strict';
import {
  EC2Client,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  DeleteAttributesCommand,
  DeregisterContainerInstanceCommand,
  DescribeContainerInstancesCommand,
  DescribeTasksCommand,
  ListAttributesCommand,
  ListContainerInstancesCommand,
  PutAttributesCommand,
  RegisterContainerInstanceCommand,
  RunTaskCommand,
  StartTaskCommand,
  StopTaskCommand,
  UpdateContainerAgentCommand,
  UpdateContainerInstancesStateCommand,
  type ContainerInstance,
  type Task,
} from '@aws-sdk/client-ecs';
import { sdkConfig } from './cloud-kit.ts';
import { startSteppedCloud, type SteppedCloud } from './support/stepped.ts';

const cluster = 'crims';

describe('container instances', () => {
  let cloud: SteppedCloud;
  let ec2: EC2Client;
  beforeEach(async () => {
    cloud = await startSteppedCloud();
    ec2 = new EC2Client(sdkConfig(cloud.url));
  });
  afterEach(async () => {
    ec2.destroy();
    await cloud.stop();
  });

  const list = async (filter: object = {}): Promise<string[]> =>
    (await cloud.ecs.send(new ListContainerInstancesCommand({ cluster, ...filter }))).containerInstanceArns ?? [];
  const describeAll = async (arns: string[]): Promise<ContainerInstance[]> =>
    (await cloud.ecs.send(new DescribeContainerInstancesCommand({ cluster, containerInstances: arns })))
      .containerInstances ?? [];
  const describe = async (arn: string): Promise<ContainerInstance> => {
    const [instance] = await describeAll([arn]);
    assert.ok(instance !== undefined);
    return instance;
  };
  const launch = async (InstanceType: 'c5.xlarge' | 't3.micro'): Promise<string> => {
    const LaunchTemplate = { LaunchTemplateName: 'crims' };
    const { Instances = [] } = await ec2.send(
      new RunInstancesCommand({ LaunchTemplate, InstanceType, MinCount: 1, MaxCount: 1 }),
    );
    return Instances[0]?.InstanceId ?? '';
  };
  const run = async (tag = 'v1'): Promise<Task> => {
    const taskDefinition = await cloud.register('job', tag, 0);
    const { tasks = [] } = await cloud.ecs.send(new RunTaskCommand({ cluster, taskDefinition }));
    assert.ok(tasks[0] !== undefined);
    return tasks[0];
  };
  const look = async ({ taskArn = '' }: Task): Promise<Task> => {
    const { tasks = [] } = await cloud.ecs.send(new DescribeTasksCommand({ cluster, tasks: [taskArn] }));
    assert.ok(tasks[0] !== undefined);
    return tasks[0];
  };
  const setState = (status: 'ACTIVE' | 'DRAINING', containerInstances: string[]) =>
    cloud.ecs.send(new UpdateContainerInstancesStateCommand({ cluster, containerInstances, status }));
  const attributeOf = ({ attributes = [] }: ContainerInstance, wanted: string) =>
    attributes.find(({ name }) => name === wanted)?.value;

  it('register by themselves when a machine of their cluster has booted, with what its type has', async () => {
    const before = await list();
    assert.equal(before.length, 4);
    const ec2InstanceId = await launch('c5.xlarge');
    await cloud.pass(20);
    assert.equal((await list()).length, 4, 'it boots');
    await cloud.passUntil(async () => (await list()).length === 5, 'a fifth container instance');
    const isActive = async () => (await list({ status: 'ACTIVE' })).length === 5;
    if (!(await isActive())) assert.equal((await list({ status: 'REGISTERING' })).length, 1);
    await cloud.passUntil(isActive, 'it to be ACTIVE');
    const arn = (await list()).find((one) => !before.includes(one)) ?? '';
    const instance = await describe(arn);
    assert.equal(instance.ec2InstanceId, ec2InstanceId);
    assert.equal(instance.agentConnected, true);
    assert.deepEqual(
      instance.registeredResources?.slice(0, 2).map(({ name, integerValue }) => [name, integerValue]),
      [
        ['CPU', 4096],
        ['MEMORY', 7680],
      ],
    );
    assert.equal(attributeOf(instance, 'ecs.instance-type'), 'c5.xlarge');
  });

  it('lose agent and tasks with a machine that stops, and come back with it', async () => {
    // One that no Auto Scaling group replaces.
    const ec2InstanceId = await launch('c5.xlarge');
    await cloud.passUntil(async () => (await list({ status: 'ACTIVE' })).length === 5, 'a fifth container instance');
    const instances = await describeAll(await list());
    const arn = instances.find((one) => one.ec2InstanceId === ec2InstanceId)?.containerInstanceArn ?? '';
    const taskDefinition = await cloud.register('job', 'v1', 0);
    const { tasks = [] } = await cloud.ecs.send(
      new StartTaskCommand({ cluster, taskDefinition, containerInstances: [arn] }),
    );
    const task = tasks[0] ?? {};
    await cloud.pass(5);
    assert.equal((await look(task)).lastStatus, 'RUNNING');
    await ec2.send(new StopInstancesCommand({ InstanceIds: [ec2InstanceId] }));
    assert.equal((await describe(arn)).agentConnected, false);
    await cloud.pass(60);
    const lost = await look(task);
    assert.equal(lost.lastStatus, 'STOPPED');
    assert.equal(lost.stopCode, 'TerminationNotice');
    assert.equal(lost.stoppedReason, `Host EC2 (instance ${ec2InstanceId}) stopped.`);
    assert.equal((await describe(arn)).status, 'ACTIVE', 'a stopped machine stays in its cluster');
    await ec2.send(new StartInstancesCommand({ InstanceIds: [ec2InstanceId] }));
    await cloud.passUntil(async () => (await describe(arn)).agentConnected === true, 'the agent to be back');
    assert.equal((await list()).length, 5, 'the same one');
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [ec2InstanceId] }));
    await cloud.pass(60);
    assert.equal((await describe(arn)).status, 'INACTIVE');
    assert.ok(!(await list()).includes(arn));
  });

  it('without a connection take no tasks and hear of no stop; what runs there runs on', async () => {
    const task = await run();
    await cloud.pass(5);
    const everyMachine = (await describeAll(await list())).map(({ ec2InstanceId = '' }) => ec2InstanceId);
    const early = await run();
    for (const instanceId of everyMachine) await cloud.admin('POST', 'world/disconnect-agent', { instanceId });
    const taskDefinition = task.taskDefinitionArn ?? '';
    const { failures } = await cloud.ecs.send(new RunTaskCommand({ cluster, taskDefinition }));
    assert.deepEqual([...new Set(failures?.map(({ reason }) => reason))], ['AGENT']);
    await cloud.ecs.send(new StopTaskCommand({ cluster, task: task.taskArn }));
    await cloud.pass(120);
    const cutOff = await look(task);
    assert.deepEqual(
      [cutOff.lastStatus, cutOff.desiredStatus, cutOff.connectivity],
      ['RUNNING', 'STOPPED', 'DISCONNECTED'],
    );
    assert.equal((await look(early)).lastStatus, 'PENDING', 'its agent never heard of it');
    for (const instanceId of everyMachine) await cloud.admin('POST', 'world/reconnect-agent', { instanceId });
    await cloud.pass(2);
    assert.equal((await look(early)).lastStatus, 'RUNNING');
    const stopped = await look(task);
    assert.equal(stopped.lastStatus, 'STOPPED');
    assert.equal(stopped.stoppedReason, 'Task stopped by user');
  });

  it('change between ACTIVE and DRAINING, ten at a time, and leave single tasks alone', async () => {
    const task = await run();
    await cloud.pass(5);
    const arn = task.containerInstanceArn ?? '';
    const { containerInstances } = await setState('DRAINING', [arn]);
    assert.equal(containerInstances?.[0]?.status, 'DRAINING');
    await cloud.pass(60);
    assert.equal((await look(task)).lastStatus, 'RUNNING');
    assert.deepEqual(await list({ status: 'DRAINING' }), [arn]);
    assert.equal((await setState('ACTIVE', [arn])).containerInstances?.[0]?.status, 'ACTIVE');
    await assert.rejects(setState('DRAINING', Array<string>(11).fill(arn)), { name: 'InvalidParameterException' });
    await assert.rejects(setState('DRAINING', []), { name: 'InvalidParameterException' });
    await assert.rejects(
      cloud.ecs.send(
        new UpdateContainerInstancesStateCommand({ cluster, containerInstances: [arn], status: 'REGISTERING' }),
      ),
      { name: 'InvalidParameterException', message: 'Container instance status must be ACTIVE or DRAINING.' },
    );

    const deregister = (force: boolean) =>
      cloud.ecs.send(new DeregisterContainerInstanceCommand({ cluster, containerInstance: arn, force }));
    await assert.rejects(deregister(false), { message: 'Found running tasks on the instance.' });
    assert.equal((await deregister(true)).containerInstance?.status, 'INACTIVE');
    const ended = await look(task);
    assert.equal(ended.stopCode, 'UserInitiated');
    assert.equal(ended.stoppedReason, 'Container instance deregistration forced by user');
    assert.deepEqual((await setState('DRAINING', [arn])).failures, [{ arn, reason: 'INACTIVE' }]);
    assert.equal((await deregister(true)).containerInstance?.status, 'INACTIVE', 'once more changes nothing');
  });

  it('carry attributes that callers put on them, and are found by them', async () => {
    const [first = '', second = ''] = await list();
    const put = (name: string, targetId: string, value = 'blue') =>
      cloud.ecs.send(
        new PutAttributesCommand({
          cluster,
          attributes: [{ name, value, targetId, targetType: 'container-instance' }],
        }),
      );
    const { attributes } = await put('stack', first);
    assert.deepEqual(attributes, [{ name: 'stack', value: 'blue', targetId: first, targetType: 'container-instance' }]);
    await put('stack', second, 'green');
    assert.deepEqual(await list({ filter: 'attribute:stack == blue' }), [first]);
    const found = await cloud.ecs.send(
      new ListAttributesCommand({
        cluster,
        targetType: 'container-instance',
        attributeName: 'stack',
        attributeValue: 'green',
      }),
    );
    assert.deepEqual(
      found.attributes?.map(({ targetId }) => targetId),
      [second],
    );
    await assert.rejects(put('ecs.instance-type', first), { name: 'InvalidParameterException' });
    await assert.rejects(put('stack', first.replace(/.$/, 'x')), { name: 'TargetNotFoundException' });
    for (let i = 1; i < 10; i += 1) await put(`more-${i}`, first);
    await assert.rejects(put('too-many', first), { name: 'AttributeLimitExceededException' });
    const gone = { name: 'stack', targetId: first, targetType: 'container-instance' as const };
    await cloud.ecs.send(new DeleteAttributesCommand({ cluster, attributes: [gone] }));
    assert.deepEqual(await list({ filter: 'attribute:stack == blue' }), []);
  });

  it('register once for a machine, and have the newest agent', async () => {
    const [arn = ''] = await list();
    const { ec2InstanceId = '' } = await describe(arn);
    const register = (instanceId: string) =>
      cloud.ecs.send(
        new RegisterContainerInstanceCommand({ cluster, instanceIdentityDocument: JSON.stringify({ instanceId }) }),
      );
    assert.equal((await register(ec2InstanceId)).containerInstance?.containerInstanceArn, arn);
    await assert.rejects(register('i-00000000'), { name: 'InvalidParameterException' });
    await assert.rejects(cloud.ecs.send(new UpdateContainerAgentCommand({ cluster, containerInstance: arn })), {
      name: 'NoUpdateAvailableException',
    });
  });
});
