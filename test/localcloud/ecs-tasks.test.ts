import assert from 'node:assert/strict';
import {
  DescribeContainerInstancesCommand,
  DescribeTasksCommand,
  GetTaskProtectionCommand,
  ListContainerInstancesCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StartTaskCommand,
  StopTaskCommand,
  UpdateTaskProtectionCommand,
  type RunTaskCommandInput,
  type Task,
} from '@aws-sdk/client-ecs';
import { startSteppedCloud, type SteppedCloud } from './support/stepped.ts';

const cluster = 'crims';

describe('single tasks', () => {
  let cloud: SteppedCloud;
  beforeEach(async () => {
    cloud = await startSteppedCloud();
  });
  afterEach(() => cloud.stop());

  const run = async (taskDefinition: string, more: Partial<RunTaskCommandInput> = {}): Promise<Task> => {
    const { tasks = [], failures } = await cloud.ecs.send(new RunTaskCommand({ cluster, taskDefinition, ...more }));
    assert.deepEqual(failures, []);
    assert.ok(tasks[0] !== undefined);
    return tasks[0];
  };
  const look = async ({ taskArn = '' }: Task, withTags = false): Promise<Task> => {
    const include = withTags ? (['TAGS'] as const) : [];
    const { tasks = [] } = await cloud.ecs.send(
      new DescribeTasksCommand({ cluster, tasks: [taskArn], include: [...include] }),
    );
    assert.ok(tasks[0] !== undefined);
    return tasks[0];
  };
  const script = (tag: string, behaviour: object) =>
    cloud.admin('PUT', 'images', { repository: 'registry.example.com/web', tag, ...behaviour });
  const instanceArns = async (): Promise<string[]> =>
    (await cloud.ecs.send(new ListContainerInstancesCommand({ cluster }))).containerInstanceArns ?? [];

  it('go from PENDING over the pull to RUNNING, and over STOPPING to STOPPED', async () => {
    const task = await run(await cloud.register('job', 'v1', 0), { startedBy: 'me' });
    const created = task.createdAt?.getTime() ?? 0;
    assert.equal(task.lastStatus, 'PENDING');
    assert.equal(task.desiredStatus, 'RUNNING');
    assert.equal(task.pullStartedAt, undefined);
    assert.equal(task.group, 'family:job');
    assert.equal(task.cpu, '32');

    await cloud.pass(0.5);
    const pulling = await look(task);
    assert.equal(pulling.pullStartedAt?.getTime(), created + 300);
    assert.equal(pulling.pullStoppedAt, undefined);
    assert.deepEqual(pulling.containers?.[0]?.networkBindings, []);

    await cloud.pass(0.5);
    const running = await look(task);
    assert.equal(running.lastStatus, 'RUNNING');
    assert.equal(running.pullStoppedAt?.getTime(), created + 800);
    assert.equal(running.startedAt?.getTime(), created + 1000);
    assert.equal(running.containers?.[0]?.networkBindings?.[0]?.containerPort, 80);
    assert.match(running.containers?.[0]?.imageDigest ?? '', /^sha256:/);
    assert.ok((running.version ?? 0) > (task.version ?? 0));

    const stop = () => cloud.ecs.send(new StopTaskCommand({ cluster, task: task.taskArn ?? '', reason: 'enough' }));
    const { task: stopping } = await stop();
    assert.equal(stopping?.desiredStatus, 'STOPPED');
    await cloud.pass(0);
    assert.equal((await look(task)).lastStatus, 'STOPPING');
    await stop();
    await cloud.pass(1);
    const stopped = await look(task);
    assert.equal(stopped.lastStatus, 'STOPPED');
    assert.equal(stopped.stopCode, 'UserInitiated');
    assert.equal(stopped.stoppedReason, 'enough');
    assert.equal(stopped.containers?.[0]?.exitCode, 0);
    assert.equal(stopped.stoppingAt?.getTime(), created + 1000);
    assert.equal(stopped.executionStoppedAt?.getTime(), created + 1000);
    assert.equal(stopped.stoppedAt?.getTime(), created + 2000);

    await cloud.pass(3500);
    assert.equal((await look(task)).lastStatus, 'STOPPED');
    await cloud.pass(200);
    const { failures } = await cloud.ecs.send(new DescribeTasksCommand({ cluster, tasks: [task.taskArn ?? ''] }));
    assert.deepEqual(failures, [{ arn: task.taskArn, reason: 'MISSING' }]);
  });

  it('that cannot be pulled say so in the words of Docker', async () => {
    const reasonOf = async (image: string): Promise<string> => {
      const task = await run(await cloud.register('job', 'v1', 0, { image }));
      await cloud.pass(1);
      const { stopCode, stoppedReason = '', containers } = await look(task);
      assert.equal(stopCode, 'TaskFailedToStart');
      assert.equal(containers?.[0]?.reason, stoppedReason);
      assert.equal(containers[0]?.exitCode, undefined);
      return stoppedReason.replace(/^CannotPullContainerError: Error response from daemon: /, '');
    };
    assert.equal(
      await reasonOf('registry.example.com/web:none'),
      'manifest for registry.example.com/web:none not found: manifest unknown: manifest unknown',
    );
    assert.equal(
      await reasonOf('registry.example.com/nobody:v1'),
      "pull access denied for registry.example.com/nobody, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
    );
    assert.match(
      await reasonOf('123456789012.dkr.ecr.eu-west-1.amazonaws.com/nobody:v1'),
      /^repository 123456789012\.dkr\.ecr\.eu-west-1\.amazonaws\.com\/nobody not found: name unknown: The repository with name 'nobody' does not exist in the registry with id '123456789012'$/,
    );
    assert.equal(
      await reasonOf('registry.example.com/web:v1-private'),
      'Head "https://registry.example.com/v2/web/manifests/v1-private": no basic auth credentials',
    );
  });

  it('follow their image while they run', async () => {
    const waiting = await run(await cloud.register('waiting', 'v1-never', 0));
    const crashing = await run(await cloud.register('running', 'v2', 0));
    await cloud.pass(60);
    assert.equal((await look(waiting)).lastStatus, 'PENDING');
    await script('v1-never', { neverStarts: false });
    assert.equal((await look(waiting)).lastStatus, 'RUNNING');
    await script('v2', { crashAfterSeconds: 5, exitCode: 7 });
    await cloud.pass(60);
    assert.equal((await look(crashing)).lastStatus, 'RUNNING', 'only those started later crash');
    const later = await run('running');
    await cloud.pass(6);
    const { lastStatus, stopCode, stoppedReason, containers } = await look(later);
    assert.deepEqual(
      { lastStatus, stopCode, stoppedReason, exitCode: containers?.[0]?.exitCode },
      {
        lastStatus: 'STOPPED',
        stopCode: 'EssentialContainerExited',
        stoppedReason: 'Essential container in task exited',
        exitCode: 7,
      },
    );
  });

  it('are seen by a balancer without any socket, as healthy as their image is now', async () => {
    await cloud.balancer('web', 11_000);
    await cloud.createBehind('web', await cloud.register('web', 'v1', 11_000), { desiredCount: 1 });
    const isSteady = async () => (await cloud.events('web')).some((event) => event.includes('steady state'));
    await cloud.passUntil(isSteady, 'a steady service');
    const { tasks } = await cloud.admin('GET', 'tasks');
    assert.deepEqual(tasks[0].listening, []);
    await script('v1', { healthStatus: 503 });
    const isUnhealthy = async () =>
      (await cloud.events('web')).some((event) => event.includes('is unhealthy in (elb web)'));
    await cloud.passUntil(isUnhealthy, 'the balancer to notice');
  });

  it('are as healthy as the health checks of their essential containers', async () => {
    const healthCheck = { command: ['CMD-SHELL', 'true'], interval: 10, retries: 2, startPeriod: 30 };
    const task = await run(await cloud.register('checked', 'v3', 0, { healthCheck }));
    await cloud.pass(5);
    assert.equal((await look(task)).healthStatus, 'UNKNOWN');
    await cloud.pass(10);
    assert.equal((await look(task)).healthStatus, 'HEALTHY');
    await script('v3', { healthStatus: 500 });
    await cloud.pass(10);
    assert.equal((await look(task)).healthStatus, 'HEALTHY', 'one failure is none');
    await cloud.pass(10);
    const sick = await look(task);
    assert.equal(sick.healthStatus, 'UNHEALTHY');
    assert.equal(sick.containers?.[0]?.healthStatus, 'UNHEALTHY');
    assert.equal(sick.lastStatus, 'RUNNING', 'nobody stops a task that belongs to no service');
    const fresh = await run('checked');
    await cloud.pass(35);
    assert.equal((await look(fresh)).healthStatus, 'UNKNOWN', 'failures of the start period do not count');
    await cloud.pass(20);
    assert.equal((await look(fresh)).healthStatus, 'UNHEALTHY');
  });

  it('outlive a sidecar, but not an essential container', async () => {
    const sidecar = (essential: boolean) => ({
      containerDefinitions: [
        { name: 'web', image: 'registry.example.com/web:v1', memory: 64 },
        { name: 'side', image: 'registry.example.com/app:v1-crash3-exit9', memory: 64, essential },
      ],
    });
    const states = async (essential: boolean): Promise<Task> => {
      await cloud.ecs.send(new RegisterTaskDefinitionCommand({ family: 'pair', ...sidecar(essential) }));
      const task = await run('pair');
      await cloud.pass(6);
      return look(task);
    };
    const outlived = await states(false);
    assert.equal(outlived.lastStatus, 'RUNNING');
    assert.deepEqual(
      outlived.containers?.map(({ lastStatus, exitCode }) => [lastStatus, exitCode]),
      [
        ['RUNNING', undefined],
        ['STOPPED', 9],
      ],
    );
    const ended = await states(true);
    assert.equal(ended.lastStatus, 'STOPPED');
    assert.equal(ended.stopCode, 'EssentialContainerExited');
    assert.deepEqual(
      ended.containers?.map(({ exitCode }) => exitCode),
      [0, 9],
    );
  });

  it('take overrides, tags and a group as far as AWS lets them', async () => {
    await cloud.register('job', 'v1', 0);
    const environment = [{ name: 'MODE', value: 'planted-value' }];
    const task = await run('job', {
      overrides: { containerOverrides: [{ name: 'web', memory: 512, command: ['migrate'], environment }] },
      tags: [{ key: 'team', value: 'a' }],
      enableECSManagedTags: true,
      enableExecuteCommand: true,
      group: 'migrations',
    });
    const seen = await look(task, true);
    assert.equal(seen.memory, '512');
    assert.equal(seen.enableExecuteCommand, true);
    assert.equal(seen.group, 'migrations');
    assert.deepEqual(seen.overrides?.containerOverrides?.[0]?.environment, environment);
    assert.deepEqual(seen.tags, [
      { key: 'team', value: 'a' },
      { key: 'aws:ecs:clusterName', value: 'crims' },
    ]);
    assert.ok(!JSON.stringify(await cloud.admin('GET', 'journal')).includes('planted-value'));
    const refused = (more: Partial<RunTaskCommandInput>, message: string) =>
      assert.rejects(run('job', more), { name: 'InvalidParameterException', message });
    await refused(
      { overrides: { containerOverrides: [{ name: 'db' }] } },
      'Override for container named db is not a container in the TaskDefinition.',
    );
    await refused({ group: 'service:web' }, 'Invalid namespace for group.');
    await refused({ count: 11 }, 'count must be between 1 and 10.');
    await refused({ propagateTags: 'SERVICE' }, 'Tags can only be propagated from the task definition.');
  });

  it('are started once for a token, for a day, and only with the same parameters', async () => {
    await cloud.register('job', 'v1', 0);
    const first = await run('job', { clientToken: 'again' });
    assert.equal((await run('job', { clientToken: 'again' })).taskArn, first.taskArn);
    await assert.rejects(run('job', { clientToken: 'again', count: 2 }), {
      name: 'ConflictException',
      resourceIds: [first.taskArn],
    });
    await cloud.pass(25 * 3600);
    assert.notEqual((await run('job', { clientToken: 'again' })).taskArn, first.taskArn);
  });

  it('fail to be placed with one reason for each instance', async () => {
    const [arn = ''] = await instanceArns();
    const reasons = async (taskDefinition: string): Promise<(string | undefined)[]> => {
      const { failures = [] } = await cloud.ecs.send(new RunTaskCommand({ cluster, taskDefinition, count: 1 }));
      return [...new Set(failures.map(({ reason }) => reason))];
    };
    assert.deepEqual(await reasons(await cloud.register('big', 'v1', 0, { memory: 9000 })), ['RESOURCE:MEMORY']);
    assert.deepEqual(await reasons(await cloud.register('busy', 'v1', 0, { cpu: 4096 })), ['RESOURCE:CPU']);
    assert.deepEqual(await reasons(await cloud.register('ssh', 'v1', 22)), ['RESOURCE:PORTS']);

    const start = (taskDefinition: string, containerInstances: string[]) =>
      cloud.ecs.send(new StartTaskCommand({ cluster, taskDefinition, containerInstances }));
    const fixed = await cloud.register('fixed', 'v1', 11_000);
    const { tasks = [] } = await start(fixed, [arn]);
    assert.equal(tasks[0]?.containerInstanceArn, arn);
    const gone = arn.replace(/[0-9a-f]{32}$/, '0'.repeat(32));
    const { failures } = await start(fixed, [arn, gone]);
    assert.deepEqual(failures, [
      { arn, reason: 'RESOURCE:PORTS' },
      { arn: gone, reason: 'MISSING' },
    ]);
    const { containerInstances } = await cloud.ecs.send(
      new DescribeContainerInstancesCommand({ cluster, containerInstances: [arn] }),
    );
    const remaining = Object.fromEntries(
      (containerInstances?.[0]?.remainingResources ?? []).map((one) => [
        one.name,
        one.stringSetValue ?? one.integerValue,
      ]),
    );
    assert.deepEqual(remaining, {
      CPU: 2048 - 32,
      MEMORY: 7680 - 64,
      PORTS: ['22', '2375', '2376', '51678', '51679', '11000'],
      PORTS_UDP: [],
    });
  });

  it('are listed by every filter, page by page', async () => {
    await cloud.register('job', 'v1', 0);
    await cloud.register('other', 'v1', 0);
    const mine = await cloud.ecs.send(
      new RunTaskCommand({ cluster, taskDefinition: 'job', count: 3, startedBy: 'me' }),
    );
    const other = await run('other');
    const arns = (mine.tasks ?? []).map(({ taskArn }) => taskArn);
    const list = async (filter: object) =>
      (await cloud.ecs.send(new ListTasksCommand({ cluster, ...filter }))).taskArns?.toSorted();
    assert.deepEqual(await list({ startedBy: 'me' }), arns.toSorted());
    assert.deepEqual(await list({ family: 'other' }), [other.taskArn]);
    assert.deepEqual(await list({ desiredStatus: 'STOPPED' }), []);
    assert.deepEqual(await list({ desiredStatus: 'PENDING' }), []);
    assert.deepEqual(await list({ launchType: 'FARGATE' }), []);
    assert.ok((await list({ containerInstance: other.containerInstanceArn }))?.includes(other.taskArn ?? ''));
    await assert.rejects(list({ startedBy: 'me', family: 'job' }), { name: 'InvalidParameterException' });
    await assert.rejects(list({ serviceName: 'nobody' }), { name: 'ServiceNotFoundException' });
    await assert.rejects(list({ maxResults: 101 }), { name: 'InvalidParameterException' });
    await assert.rejects(list({ nextToken: 'nonsense' }), {
      name: 'InvalidParameterException',
      message: 'Invalid token.',
    });
    const first = await cloud.ecs.send(new ListTasksCommand({ cluster, maxResults: 3 }));
    const rest = await cloud.ecs.send(new ListTasksCommand({ cluster, maxResults: 3, nextToken: first.nextToken }));
    assert.equal(first.taskArns?.length, 3);
    assert.equal(rest.taskArns?.length, 1);
    assert.equal(rest.nextToken, undefined);
  });

  it('of a service can be protected for a time', async () => {
    await cloud.create('web', await cloud.register('web', 'v1', 11_000), { desiredCount: 1 });
    await cloud.pass(20);
    const [task] = await cloud.tasks('web', 'RUNNING');
    const single = await run(await cloud.register('job', 'v1', 0));
    const tasks = [task?.taskArn ?? '', single.taskArn ?? ''];
    const change = { cluster, tasks, protectionEnabled: true, expiresInMinutes: 1 };
    const { protectedTasks, failures } = await cloud.ecs.send(new UpdateTaskProtectionCommand(change));
    assert.equal(protectedTasks?.[0]?.protectionEnabled, true);
    assert.ok(protectedTasks[0]?.expirationDate !== undefined);
    assert.deepEqual(failures, [{ arn: single.taskArn, reason: 'TASK_NOT_VALID' }]);
    await cloud.pass(61);
    const later = await cloud.ecs.send(new GetTaskProtectionCommand({ cluster, tasks: tasks.slice(0, 1) }));
    assert.deepEqual(later.protectedTasks, [{ taskArn: task?.taskArn, protectionEnabled: false }]);
  });
});
