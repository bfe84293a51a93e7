import assert from 'node:assert/strict';
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import {
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  ListServiceDeploymentsCommand,
  StopServiceDeploymentCommand,
  type ServiceDeployment,
} from '@aws-sdk/client-ecs';
import { sdkConfig } from './cloud-kit.ts';
import { startSteppedCloud, type SteppedCloud } from './support/stepped.ts';

const BREAKER = { enable: true, rollback: true };

describe('deployments that fail', () => {
  let cloud: SteppedCloud;
  beforeEach(async () => {
    cloud = await startSteppedCloud();
  });
  afterEach(() => cloud.stop());

  const deploy = async (tag: string): Promise<string> => {
    const { service } = await cloud.update('web', { taskDefinition: await cloud.register('service-web', tag, 11_000) });
    return service?.deployments?.[0]?.id ?? '';
  };
  const isSteady = async (): Promise<boolean> =>
    (await cloud.describe('web')).events?.[0]?.message?.endsWith('has reached a steady state.') === true;
  const create = async (deploymentCircuitBreaker: Record<string, unknown> = BREAKER): Promise<string> => {
    const { service } = await cloud.create('web', await cloud.register('service-web', 'v1', 11_000), {
      deploymentConfiguration: { deploymentCircuitBreaker: { ...BREAKER, ...deploymentCircuitBreaker } },
    });
    await cloud.passUntil(isSteady, 'the first deployment');
    return service?.deployments?.[0]?.id ?? '';
  };
  const rollout = async (): Promise<(string | undefined)[][]> =>
    ((await cloud.describe('web')).deployments ?? []).map((one) => [
      one.id,
      one.status,
      one.rolloutState,
      one.rolloutStateReason,
    ]);
  const records = async (): Promise<ServiceDeployment[]> => {
    const { serviceDeployments: briefs = [] } = await cloud.ecs.send(
      new ListServiceDeploymentsCommand({ cluster: 'crims', service: 'web' }),
    );
    const serviceDeploymentArns = briefs.map(({ serviceDeploymentArn = '' }) => serviceDeploymentArn);
    const answer = await cloud.ecs.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns }));
    return answer.serviceDeployments ?? [];
  };

  it('completes with the words of AWS, and says where it stands on the way', async () => {
    const first = await create();
    assert.deepEqual(await rollout(), [[first, 'PRIMARY', 'COMPLETED', `ECS deployment ${first} completed.`]]);
    const second = await deploy('v2');
    assert.deepEqual((await rollout())[0], [second, 'PRIMARY', 'IN_PROGRESS', `ECS deployment ${second} in progress.`]);
  });

  it('rolls back to the last completed deployment once the breaker has counted enough failed starts', async () => {
    const first = await create();
    const second = await deploy('missing');
    await cloud.passUntil(async () => (await rollout())[0]?.[0] === first, 'the rollback');
    const [record] = await records();
    assert.equal(record?.status, 'ROLLBACK_IN_PROGRESS');
    const deployments = await rollout();
    assert.deepEqual(deployments[0], [
      first,
      'PRIMARY',
      'IN_PROGRESS',
      `ECS deployment circuit breaker: rolling back to deploymentId ${first}.`,
    ]);
    await cloud.passUntil(isSteady, 'the old deployment to be steady');
    const events = await cloud.events('web');
    const failed = events.indexOf(`(deployment ${second}) deployment failed: tasks failed to start.`);
    assert.ok(failed > 0, events.join('\n'));
    assert.equal(events[failed + 1], `rolling back to deployment ${first}.`);
    assert.equal(events.at(-2), `(deployment ${first}) deployment completed.`);
    assert.match((await cloud.describe('web')).taskDefinition ?? '', /service-web:1$/);

    const [ended, before] = await records();
    assert.equal(ended?.status, 'ROLLBACK_SUCCESSFUL');
    assert.equal(
      ended?.statusReason,
      'Service deployment rolled back because the circuit breaker threshold was exceeded.',
    );
    const { status, failureCount = 0, threshold = 0 } = ended?.deploymentCircuitBreaker ?? {};
    assert.deepEqual([status, threshold], ['TRIGGERED', 3]);
    // Two tasks fail between two looks.
    assert.equal(failureCount, 4);
    assert.equal(ended?.rollback?.serviceRevisionArn, before?.targetServiceRevision?.arn);
    assert.equal(before?.status, 'SUCCESSFUL');
  });

  it('shows the failed deployment beside the one that takes over, and keeps the old tasks all the while', async () => {
    const first = await create();
    const running = (await cloud.tasks('web', 'RUNNING')).map(({ taskArn }) => taskArn).toSorted();
    const second = await deploy('v1-unhealthy-never');
    await cloud.looks(3);
    const { serviceDeployments: [brief] = [] } = await cloud.ecs.send(
      new ListServiceDeploymentsCommand({ cluster: 'crims', service: 'web', status: ['IN_PROGRESS'] }),
    );
    const serviceDeploymentArn = brief?.serviceDeploymentArn ?? '';
    await cloud.ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn }));
    assert.equal((await records())[0]?.status, 'ROLLBACK_REQUESTED');
    await cloud.pass(3);
    assert.deepEqual(
      (await rollout()).map(([id, status, state]) => [id, status, state]),
      [
        [first, 'PRIMARY', 'IN_PROGRESS'],
        [second, 'ACTIVE', 'FAILED'],
      ],
    );
    await cloud.passUntil(isSteady, 'the rollback');
    assert.equal((await records())[0]?.status, 'ROLLBACK_SUCCESSFUL');
    assert.deepEqual((await cloud.tasks('web', 'RUNNING')).map(({ taskArn }) => taskArn).toSorted(), running);
    await assert.rejects(cloud.ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn })), {
      name: 'ConflictException',
    });
  });

  it('has nothing to go back to when the rollback fails too: it stalls', async () => {
    await create();
    await deploy('missing');
    await cloud.passUntil(async () => (await rollout())[0]?.[3]?.includes('rolling back') === true, 'the rollback');
    await cloud.admin('PUT', 'images', { repository: 'web', tag: 'v1', exists: false });
    for (const { taskArn } of await cloud.tasks('web', 'RUNNING')) {
      await cloud.admin('POST', 'tasks/crash', { taskArn });
    }
    await cloud.passUntil(async () => (await rollout())[0]?.[2] === 'FAILED', 'the second failure', 3600);
    const count = (await cloud.tasks('web', 'STOPPED')).length;
    await cloud.looks(100);
    assert.equal((await cloud.tasks('web', 'STOPPED')).length, count, 'a FAILED deployment starts nothing');
    assert.equal((await records())[0]?.status, 'ROLLBACK_FAILED');
    await deploy('missing');
    await cloud.passUntil(async () => (await rollout())[0]?.[2] === 'FAILED', 'the third failure', 3600);
    const [last] = await records();
    assert.deepEqual(
      [last?.status, last?.statusReason],
      ['ROLLBACK_FAILED', 'No rollback candidate was found to run the rollback.'],
    );
  });

  it('stops without a rollback when none is asked for, until somebody updates the service', async () => {
    await create({ rollback: false });
    const second = await deploy('missing');
    await cloud.passUntil(async () => (await rollout())[0]?.[2] === 'FAILED', 'the failure');
    assert.deepEqual(await rollout().then(([one]) => one), [
      second,
      'PRIMARY',
      'FAILED',
      'ECS deployment circuit breaker: tasks failed to start.',
    ]);
    await cloud.looks(2);
    assert.equal((await records())[0]?.status, 'STOPPED');
    assert.equal((await cloud.describe('web')).runningCount, 2, 'the old tasks stay');
    await deploy('v3');
    await cloud.passUntil(isSteady, 'the next deployment');
  });

  it('without a breaker tries for ever, and waits longer and longer', async () => {
    await create({ enable: false });
    await deploy('missing');
    const failures = async (): Promise<number> => (await cloud.describe('web')).deployments?.[0]?.failedTasks ?? 0;
    await cloud.pass(1 * 3600);
    const afterHour = await failures();
    await cloud.pass(1 * 3600);
    const second = (await failures()) - afterHour;
    // Two tasks, four times an hour once a wait is fifteen minutes.
    assert.ok(second >= 4 && second <= 10, `${second} tasks failed in the second hour`);
    const events = await cloud.events('web');
    assert.equal(events.filter((event) => event.startsWith('is unable to consistently start')).length, 1);
    await deploy('v3');
    await cloud.passUntil(isSteady, 'no wait after an update', 120);
  });

  it('counts as AWS is told to count', async () => {
    await create({ thresholdConfiguration: { type: 'COUNT', value: 7 }, rollback: false });
    await deploy('missing');
    await cloud.passUntil(async () => (await rollout())[0]?.[2] === 'FAILED', 'the failure', 3600);
    const [record] = await records();
    assert.equal(record?.deploymentCircuitBreaker?.threshold, 7);
    assert.ok((record?.deploymentCircuitBreaker?.failureCount ?? 0) >= 7);
  });

  it('behind a classic load balancer tells nothing and breaks nothing, unless the cloud is told to', async () => {
    await cloud.balancer('web', 11_000);
    await cloud.createBehind('web', await cloud.register('service-web', 'v1', 11_000), {
      deploymentConfiguration: { deploymentCircuitBreaker: BREAKER },
    });
    await cloud.passUntil(isSteady, 'the first deployment');
    await deploy('missing');
    await cloud.looks(60);
    assert.deepEqual(
      (await rollout()).map(([, , state]) => state),
      [undefined, undefined],
    );
    assert.ok(!(await cloud.events('web')).some((event) => event.includes('rolling back')));
    await cloud.admin('PUT', 'settings', { rolloutStateBehindClassic: true });
    await cloud.passUntil(async () => (await rollout())[0]?.[3]?.includes('rolling back') === true, 'the rollback');
  });

  it('ends when one of its alarms rings, unless that rang before', async () => {
    const alarms = new CloudWatchClient(sdkConfig(cloud.url));
    const ring = (StateValue: 'OK' | 'ALARM') =>
      alarms.send(new SetAlarmStateCommand({ AlarmName: 'errors', StateValue, StateReason: 'by hand' }));
    await alarms.send(
      new PutMetricAlarmCommand({
        AlarmName: 'errors',
        Namespace: 'Web',
        MetricName: 'Errors',
        Statistic: 'Sum',
        Period: 86_400,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanThreshold',
        TreatMissingData: 'ignore',
      }),
    );
    const { service } = await cloud.create('web', await cloud.register('service-web', 'v1', 11_000), {
      deploymentConfiguration: { alarms: { alarmNames: ['errors'], enable: true, rollback: true } },
    });
    const first = service?.deployments?.[0]?.id ?? '';
    await cloud.passUntil(isSteady, 'the first deployment');
    const second = await deploy('v1-never');
    await cloud.looks(2);
    await ring('ALARM');
    await cloud.looks(1);
    const events = await cloud.events('web');
    assert.deepEqual(events.slice(-2), [
      `(deployment ${second}) deployment failed: alarm detected.`,
      `rolling back to deployment ${first}.`,
    ]);
    await cloud.passUntil(isSteady, 'the rollback');
    const [record] = await records();
    assert.deepEqual(record?.alarms, { status: 'TRIGGERED', alarmNames: ['errors'], triggeredAlarmNames: ['errors'] });
    await ring('ALARM');
    await deploy('v2');
    await cloud.passUntil(
      async () => (await records())[0]?.status === 'SUCCESSFUL',
      'the deployment under an old alarm',
    );
    alarms.destroy();
  });

  it('supersedes the deployment under way, and remembers what each one deployed', async () => {
    await create();
    await deploy('v1-never');
    await cloud.looks(1);
    await deploy('v3');
    assert.deepEqual(
      (await records()).map(({ status }) => status),
      ['PENDING', 'STOP_REQUESTED', 'SUCCESSFUL'],
    );
    await cloud.passUntil(isSteady, 'the last deployment');
    const [last, stopped, first] = await records();
    assert.deepEqual([last?.status, stopped?.status, first?.status], ['SUCCESSFUL', 'STOPPED', 'SUCCESSFUL']);
    const arn = last?.targetServiceRevision?.arn ?? '';
    assert.match(arn, /:service-revision\/crims\/web\/\d{19}$/);
    const { serviceRevisions = [], failures = [] } = await cloud.ecs.send(
      new DescribeServiceRevisionsCommand({ serviceRevisionArns: [arn, `${arn}0`] }),
    );
    assert.match(serviceRevisions[0]?.taskDefinition ?? '', /service-web:3$/);
    assert.deepEqual(serviceRevisions[0]?.containerImages, [
      { containerName: 'web', image: 'registry.example.com/web:v3' },
    ]);
    assert.deepEqual(failures, [{ arn: `${arn}0`, reason: 'MISSING' }]);
    const service = await cloud.describe('web');
    assert.equal(service.currentServiceDeployment, last?.serviceDeploymentArn);
    assert.deepEqual(service.currentServiceRevisions, [
      { arn, requestedTaskCount: 2, runningTaskCount: 2, pendingTaskCount: 0 },
    ]);
  });
});
