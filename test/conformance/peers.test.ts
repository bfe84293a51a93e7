/** Other people's tools roll out on the local cloud, unmodified, while the test lets its time pass second by second. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeTaskDefinitionCommand, type Service, type Task } from '@aws-sdk/client-ecs';
import { meanwhile } from '../e2e/support/side-by-side.ts';
import { startSteppedCloud, type SteppedCloud } from '../localcloud/support/stepped.ts';
import { eventually } from '../setup/eventually.ts';
import { run, type Result } from '../setup/process.ts';
import { pythonTool } from '../setup/python.ts';
import { pythonEnvironment } from './support/python-client.ts';

/** Real milliseconds between two cloud seconds: the tools are to look in between. */
const TICK_MILLISECONDS = 30;
const HOST_PORT = 12_100;
const STEADY = 'has reached a steady state.';
/** The waiter calls with a key of its own, so that the journal tells it apart from the test. */
const WAITER = { AWS_ACCESS_KEY_ID: 'AKIAWONDERLANDOTHER1', AWS_SECRET_ACCESS_KEY: 'other-secret-key' };

const isSteady = async (cloud: SteppedCloud): Promise<boolean> => (await cloud.events('web')).at(-1) === STEADY;

/** Lets time pass, looking every second, until the work is done. */
const passWhile = async <T>(cloud: SteppedCloud, work: Promise<T>, look: () => Promise<unknown>): Promise<T> => {
  let isDone = false;
  const watched = work.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await cloud.pass(1);
    await look();
    await sleep(TICK_MILLISECONDS);
  }
  return watched;
};

/** Every state each task of the service is seen in, in their order; the last one in full. */
const createLookout = (cloud: SteppedCloud) => {
  const seen = new Map<string, { states: string[]; task: Task }>();
  return {
    look: async (): Promise<void> => {
      const tasks = [...(await cloud.tasks('web', 'RUNNING')), ...(await cloud.tasks('web', 'STOPPED'))];
      for (const task of tasks) {
        const { states } = seen.get(task.taskArn!) ?? { states: [] as string[] };
        if (states.at(-1) !== task.lastStatus) states.push(task.lastStatus!);
        seen.set(task.taskArn!, { states, task });
      }
    },
    of: (taskDefinition: string) =>
      [...seen.values()].filter(({ task }) => task.taskDefinitionArn!.endsWith(`/${taskDefinition}`)),
  };
};

interface Rollout {
  result: Result;
  events: string[];
  old: ReturnType<ReturnType<typeof createLookout>['of']>;
  fresh: ReturnType<ReturnType<typeof createLookout>['of']>;
  oldStatus: string | undefined;
}

/** With `ecs deploy`, behind a classic load balancer. */
const deploy = async (ecs: string): Promise<Rollout> => {
  const cloud = await startSteppedCloud();
  try {
    await cloud.balancer('web', HOST_PORT);
    await cloud.createBehind('web', await cloud.register('web', 'v1', HOST_PORT));
    await cloud.passUntil(() => isSteady(cloud), 'the first rollout');
    const before = (await cloud.events('web')).length;
    const { look, of } = createLookout(cloud);
    await look();
    const command = run(ecs, ['deploy', 'crims', 'web', '--tag', 'v2'], { env: pythonEnvironment(cloud.url) });
    const result = await passWhile(cloud, command, look);
    // It is content as soon as the old deployment is gone.
    await cloud.passUntil(async () => {
      await look();
      return isSteady(cloud);
    }, 'the second rollout');
    const old = await cloud.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'web:1' }));
    return {
      result,
      events: (await cloud.events('web')).slice(before),
      old: of('web:1'),
      fresh: of('web:2'),
      oldStatus: old.taskDefinition?.status,
    };
  } finally {
    await cloud.stop();
  }
};

/** To an image that is not there, with `ecs deploy --rollback`. */
const deployInVain = async (ecs: string): Promise<{ result: Result; events: string[]; service: Service }> => {
  const cloud = await startSteppedCloud();
  try {
    await cloud.create('web', await cloud.register('web', 'v1', HOST_PORT));
    await cloud.passUntil(() => isSteady(cloud), 'the first rollout');
    const args = ['deploy', 'crims', 'web', '--tag', 'missing', '--rollback'];
    const command = run(ecs, args, { env: pythonEnvironment(cloud.url) });
    const result = await passWhile(cloud, command, async () => undefined);
    return { result, events: await cloud.events('web'), service: await cloud.describe('web') };
  } finally {
    await cloud.stop();
  }
};

/** Time stands still until the waiter has looked at the rollout; it looks again 15 s of real time later. */
const awaitStable = async (aws: string): Promise<{ result: Result; at: Service; looks: number }> => {
  const cloud = await startSteppedCloud();
  try {
    await cloud.create('web', await cloud.register('web', 'v1', HOST_PORT));
    await cloud.passUntil(() => isSteady(cloud), 'the first rollout');
    await cloud.update('web', { taskDefinition: await cloud.register('web', 'v2', HOST_PORT) });
    const env = { ...pythonEnvironment(cloud.url), ...WAITER };
    const command = run(aws, ['ecs', 'wait', 'services-stable', '--cluster', 'crims', '--services', 'web'], { env });
    const looks = async (): Promise<number> =>
      (await cloud.journal('DescribeServices')).filter(({ principal }) => principal === WAITER.AWS_ACCESS_KEY_ID)
        .length;
    await Promise.race([eventually('the waiter looks', async () => (await looks()) > 0, 60), command]);
    const at = await cloud.describe('web');
    const isOver = async () => (await cloud.describe('web')).deployments?.length === 1;
    await cloud.passUntil(isOver, 'the second rollout');
    return { result: await command, at, looks: await looks() };
  } finally {
    await cloud.stop();
  }
};

describe("other people's tools on the local cloud", function () {
  this.timeout(180_000);
  const [ecs, aws] = [pythonTool('ecs'), pythonTool('aws')];
  if (ecs === undefined || aws === undefined) {
    it.skip('ecs-deploy rolls a service out (without ecs-deploy: Python 3 is missing)');
    it.skip('aws ecs wait services-stable waits for a rollout (without awscli: Python 3 is missing)');
    return;
  }
  const deployed = meanwhile('ecs-deploy', () => deploy(ecs));
  const failed = meanwhile('ecs-deploy, in vain', () => deployInVain(ecs));
  const waited = meanwhile('aws ecs wait', () => awaitStable(aws));

  it('ecs-deploy rolls a service out, and says so', () => {
    const { result, oldStatus } = deployed();
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /Successfully changed task definition to: web:2/);
    assert.match(result.stdout, /Deployment successful/);
    assert.equal(oldStatus, 'INACTIVE');
  });

  it('meanwhile tasks go through the states of AWS', () => {
    const { old, fresh } = deployed();
    assert.deepEqual(
      fresh.map(({ states }) => states),
      [
        ['PENDING', 'RUNNING'],
        ['PENDING', 'RUNNING'],
      ],
    );
    assert.deepEqual(
      old.map(({ states }) => states),
      [
        ['RUNNING', 'DEACTIVATING', 'STOPPING', 'STOPPED'],
        ['RUNNING', 'DEACTIVATING', 'STOPPING', 'STOPPED'],
      ],
    );
    for (const { task } of old) {
      assert.equal(task.stopCode, 'ServiceSchedulerInitiated');
      assert.match(task.stoppedReason!, /^Scaling activity initiated by \(deployment ecs-svc\/\d+\)$/);
      const { createdAt, pullStartedAt, pullStoppedAt, startedAt, stoppingAt, executionStoppedAt, stoppedAt } = task;
      const times = [createdAt, pullStartedAt, pullStoppedAt, startedAt, stoppingAt, executionStoppedAt, stoppedAt];
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a!.getTime() - b!.getTime()),
      );
    }
  });

  it('and the service tells of it as AWS does', () => {
    const plain = (event: string): string =>
      event.replaceAll(/ecs-svc\/\d+/g, 'ecs-svc/N').replaceAll(/task [0-9a-f]{32}/g, 'task T');
    assert.deepEqual(deployed().events.map(plain), [
      'has started 2 tasks: (task T) (task T).',
      'registered 2 instances in (elb web)',
      'deregistered 2 instances in (elb web)',
      'has begun draining connections on 2 tasks.',
      'has stopped 2 running tasks: (task T) (task T).',
      '(deployment ecs-svc/N) deployment completed.',
      STEADY,
    ]);
  });

  it('ecs-deploy reads from the events that a rollout fails, and takes it back', () => {
    const { result, events, service } = failed();
    assert.equal(result.code, 1);
    const complaint = events.find((event) => event.startsWith('is unable to consistently start tasks successfully.'));
    assert.ok(result.stderr.includes(`ERROR: (service web) ${complaint}`), result.stderr);
    assert.match(result.stdout, /Rolling back to task definition: web:1/);
    assert.ok(service.taskDefinition?.endsWith('/web:1'));
    assert.equal(service.runningCount, 2);
  });

  it('aws ecs wait services-stable waits for a rollout to be over', () => {
    const { result, at, looks } = waited();
    assert.equal(result.code, 0, result.stderr);
    assert.equal(at.deployments?.length, 2);
    assert.equal(looks, 2);
  });
});
