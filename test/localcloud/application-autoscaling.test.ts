import assert from 'node:assert/strict';
import {
  DeleteScalingPolicyCommand,
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  DescribeScalingActivitiesCommand,
  DescribeScalingPoliciesCommand,
  DescribeScheduledActionsCommand,
  ListTagsForResourceCommand,
  PutScalingPolicyCommand,
  PutScheduledActionCommand,
  RegisterScalableTargetCommand,
  TagResourceCommand,
  UntagResourceCommand,
  type PutScalingPolicyCommandInput,
  type RegisterScalableTargetCommandInput,
  type TargetTrackingScalingPolicyConfiguration,
} from '@aws-sdk/client-application-auto-scaling';
import { DescribeAlarmsCommand, PutMetricAlarmCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { MINUTE, START, startMetricsCloud, type MetricsCloud } from './support/metrics-cloud.ts';

const resource = (service: string) =>
  ({
    ServiceNamespace: 'ecs',
    ResourceId: `service/crims/${service}`,
    ScalableDimension: 'ecs:service:DesiredCount',
  }) as const;
const CPU: TargetTrackingScalingPolicyConfiguration = {
  TargetValue: 50,
  PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
  ScaleOutCooldown: 60,
  ScaleInCooldown: 120,
};
const MEMORY: TargetTrackingScalingPolicyConfiguration = {
  ...CPU,
  PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageMemoryUtilization' },
};

describe('localcloud application auto scaling', () => {
  let cloud: MetricsCloud;
  beforeEach(async () => {
    cloud = await startMetricsCloud();
  });
  afterEach(() => cloud.stop());

  const register = (service: string, more: Partial<RegisterScalableTargetCommandInput> = {}) =>
    cloud.autoscaling.send(
      new RegisterScalableTargetCommand({ ...resource(service), MinCapacity: 2, MaxCapacity: 10, ...more }),
    );
  const track = (service: string, PolicyName: string, configuration: TargetTrackingScalingPolicyConfiguration) =>
    cloud.autoscaling.send(
      new PutScalingPolicyCommand({
        ...resource(service),
        PolicyName,
        PolicyType: 'TargetTrackingScaling',
        TargetTrackingScalingPolicyConfiguration: configuration,
      }),
    );
  const activities = async (service: string, IncludeNotScaledActivities = false) => {
    const input = { ...resource(service), IncludeNotScaledActivities };
    return (await cloud.autoscaling.send(new DescribeScalingActivitiesCommand(input))).ScalingActivities ?? [];
  };
  /** The desired count at the end of each minute. */
  const watch = async (service: { desiredCount: number }, minutes: number): Promise<number[]> => {
    const seen: number[] = [];
    for (let minute = 0; minute < minutes; minute += 1) {
      await cloud.advance(MINUTE);
      seen.push(service.desiredCount);
    }
    return seen;
  };
  const changes = (counts: readonly number[]): number[] => counts.filter((count, i) => count !== counts[i - 1]);

  describe('scalable targets', () => {
    it('are registered, changed, found and deregistered', async () => {
      const web = cloud.addService('web', { desiredCount: 1 });
      const { ScalableTargetARN } = await register('web', { Tags: { team: 'crims' } });
      assert.match(
        ScalableTargetARN!,
        /^arn:aws:application-autoscaling:eu-west-1:123456789012:scalable-target\/\w{36}$/,
      );
      assert.equal(web.desiredCount, 2, 'brought up to the minimum');
      const again = await register('web', {
        MinCapacity: 0,
        MaxCapacity: 1,
        SuspendedState: { DynamicScalingInSuspended: true },
      });
      assert.equal(again.ScalableTargetARN, ScalableTargetARN);
      assert.equal(web.desiredCount, 1, 'brought down to the maximum');
      await cloud.advance(30_000);

      const found = await cloud.autoscaling.send(
        new DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs', ResourceIds: ['service/crims/web'] }),
      );
      const [target] = found.ScalableTargets!;
      assert.deepEqual([target!.MinCapacity, target!.MaxCapacity], [0, 1]);
      assert.deepEqual(target!.SuspendedState, {
        DynamicScalingInSuspended: true,
        DynamicScalingOutSuspended: false,
        ScheduledScalingSuspended: false,
      });
      assert.equal(target!.CreationTime!.getTime(), START);
      assert.deepEqual(
        (await activities('web')).map(({ Cause, StatusCode, StatusMessage }) => [Cause, StatusCode, StatusMessage]),
        [
          [
            'maximum capacity was set to 1',
            'Successful',
            'Successfully set desired count to 1. Change successfully fulfilled by ecs.',
          ],
          [
            'minimum capacity was set to 2',
            'Overridden',
            'Successfully set desired count to 2. Found it was later changed to 1.',
          ],
        ],
      );

      const ResourceARN = ScalableTargetARN!;
      await cloud.autoscaling.send(new TagResourceCommand({ ResourceARN, Tags: { more: '1' } }));
      await cloud.autoscaling.send(new UntagResourceCommand({ ResourceARN, TagKeys: ['team'] }));
      const { Tags } = await cloud.autoscaling.send(new ListTagsForResourceCommand({ ResourceARN }));
      assert.deepEqual(Tags, { more: '1' });

      await track('web', 'cpu', CPU);
      await cloud.autoscaling.send(new DeregisterScalableTargetCommand(resource('web')));
      const left = await cloud.autoscaling.send(new DescribeScalingPoliciesCommand({ ServiceNamespace: 'ecs' }));
      assert.deepEqual(left.ScalingPolicies, []);
      assert.deepEqual((await cloud.cloudwatch.send(new DescribeAlarmsCommand({}))).MetricAlarms, []);
      await assert.rejects(cloud.autoscaling.send(new DeregisterScalableTargetCommand(resource('web'))), {
        name: 'ObjectNotFoundException',
        message:
          'No scalable target found for service namespace: ecs, resource ID: service/crims/web, scalable dimension: ecs:service:DesiredCount',
      });
      await assert.rejects(cloud.autoscaling.send(new ListTagsForResourceCommand({ ResourceARN })), {
        name: 'ResourceNotFoundException',
      });
    });

    it('are refused where AWS refuses them', async () => {
      cloud.addService('web');
      const refused = (more: Partial<RegisterScalableTargetCommandInput>, message: RegExp) =>
        assert.rejects(register('web', more), { name: 'ValidationException', message });
      await refused({ ResourceId: 'service/crims/none' }, /^ECS service doesn't exist: service\/crims\/none$/);
      await refused({ ServiceNamespace: 'dynamodb' }, /^Unsupported service namespace/);
      await refused({ ServiceNamespace: 'nonsense' as 'ecs' }, /enum value set/);
      await refused({ MaxCapacity: 1 }, /^Maximum capacity cannot be less than minimum capacity$/);
      await refused({ MinCapacity: undefined }, /must be specified/);
      const page = { ServiceNamespace: 'ecs', NextToken: 'nonsense' } as const;
      await assert.rejects(cloud.autoscaling.send(new DescribeScalableTargetsCommand(page)), {
        name: 'InvalidNextTokenException',
      });
      await assert.rejects(cloud.autoscaling.send(new DescribeScalableTargetsCommand({ ...page, MaxResults: 51 })), {
        name: 'ValidationException',
      });
    });
  });

  describe('target tracking', () => {
    it('makes its two alarms', async () => {
      cloud.addService('web');
      await register('web');
      const { PolicyARN, Alarms } = await track('web', 'cpu', CPU);
      assert.match(
        PolicyARN!,
        /^arn:aws:autoscaling:eu-west-1:123456789012:scalingPolicy:[\w-]{36}:resource\/ecs\/service\/crims\/web:policyName\/cpu$/,
      );
      const { MetricAlarms } = await cloud.cloudwatch.send(
        new DescribeAlarmsCommand({ AlarmNamePrefix: 'TargetTracking-service/crims/web-Alarm' }),
      );
      assert.deepEqual(
        MetricAlarms!.map((alarm) => [
          alarm.ComparisonOperator,
          alarm.Threshold,
          alarm.EvaluationPeriods,
          alarm.Period,
        ]),
        [
          ['GreaterThanThreshold', 50, 3, 60],
          ['LessThanThreshold', 45, 15, 60],
        ],
      );
      const [high, low] = MetricAlarms!;
      assert.match(high!.AlarmName!, /^TargetTracking-service\/crims\/web-AlarmHigh-[\w-]{36}$/);
      assert.match(low!.AlarmName!, /^TargetTracking-service\/crims\/web-AlarmLow-[\w-]{36}$/);
      assert.deepEqual(high!.AlarmActions, [PolicyARN]);
      assert.deepEqual(
        Alarms!.map(({ AlarmName }) => AlarmName),
        MetricAlarms!.map(({ AlarmName }) => AlarmName),
      );
      // Put again with another target it keeps its ARN and its alarms.
      const again = await track('web', 'cpu', { ...CPU, TargetValue: 60 });
      assert.deepEqual(again.Alarms, Alarms);
      assert.equal(again.PolicyARN, PolicyARN);
      const names = { AlarmNames: [high!.AlarmName!] };
      const changed = await cloud.cloudwatch.send(new DescribeAlarmsCommand(names));
      assert.equal(changed.MetricAlarms![0]!.Threshold, 60);
      await cloud.autoscaling.send(new DeleteScalingPolicyCommand({ ...resource('web'), PolicyName: 'cpu' }));
      assert.deepEqual((await cloud.cloudwatch.send(new DescribeAlarmsCommand({}))).MetricAlarms, []);
    });

    it('scales out in proportion, step by step with its cooldown, up to the maximum, and in again slowly', async () => {
      const web = cloud.addService('web', { cpuPercent: 90 });
      await register('web');
      await track('web', 'cpu', CPU);
      // Three minutes over 50 %, then 2 × 90 / 50, 4 × 90 / 50, and the maximum instead of 15.
      assert.deepEqual(await watch(web, 6), [2, 2, 4, 8, 10, 10]);
      const scaled = await activities('web');
      assert.deepEqual(
        scaled.map(({ Description }) => Description),
        ['Setting desired count to 10.', 'Setting desired count to 8.', 'Setting desired count to 4.'],
      );
      assert.match(
        scaled[0]!.Cause!,
        /^monitor alarm TargetTracking-service\/crims\/web-AlarmHigh-[\w-]+ in state ALARM triggered policy cpu$/,
      );
      assert.equal(scaled[0]!.StatusCode, 'Successful');
      const [refused] = await activities('web', true);
      assert.deepEqual(refused!.NotScaledReasons, [{ Code: 'AlreadyAtMaxCapacity', MaxCapacity: 10 }]);

      web.cpuPercent = 5;
      const down = await watch(web, 14);
      assert.deepEqual(changes(down), [10], 'fifteen minutes below are needed');
      // From then on one at a time, two minutes apart, down to the minimum.
      assert.deepEqual(await watch(web, 6), [9, 9, 8, 8, 7, 7]);
      assert.equal((await watch(web, 20)).at(-1), 2);
    });

    it('takes a larger step during the cooldown, but no equal one', async () => {
      const web = cloud.addService('web', { cpuPercent: 90 });
      await register('web', { MaxCapacity: 40 });
      await track('web', 'cpu', { ...CPU, ScaleOutCooldown: 600 });
      assert.deepEqual(await watch(web, 5), [2, 2, 4, 4, 4]);
      web.cpuPercent = 200;
      // 2 × 200 / 50: counted from where it was when the cooldown began.
      assert.deepEqual(await watch(web, 3), [8, 8, 8]);
    });

    it('does not scale in while a deployment runs, but out', async () => {
      const web = cloud.addService('web', { desiredCount: 4, isDeploying: true });
      await register('web');
      await track('web', 'cpu', CPU);
      assert.deepEqual(changes(await watch(web, 20)), [4]);
      web.cpuPercent = 100;
      assert.deepEqual(await watch(web, 3), [4, 4, 8]);
      web.cpuPercent = 1;
      web.isDeploying = false;
      assert.deepEqual(changes(await watch(web, 16)), [8, 7]);
    });

    it('scales in only when all policies want it, and never with DisableScaleIn', async () => {
      const web = cloud.addService('web', { desiredCount: 4, memoryPercent: 48 });
      await register('web');
      await track('web', 'cpu', CPU);
      await track('web', 'memory', MEMORY);
      assert.deepEqual(changes(await watch(web, 20)), [4]);
      await track('web', 'memory', { ...MEMORY, DisableScaleIn: true });
      assert.deepEqual(changes(await watch(web, 2)), [3], 'one that never scales in need not agree');
      const other = cloud.addService('other', { desiredCount: 4 });
      await register('other');
      await track('other', 'cpu', { ...CPU, DisableScaleIn: true });
      assert.deepEqual(changes(await watch(other, 20)), [4]);
    });

    it('gives the largest of several policies its way', async () => {
      const web = cloud.addService('web', { cpuPercent: 60, memoryPercent: 100 });
      await register('web', { MaxCapacity: 40 });
      await track('web', 'cpu', CPU);
      await track('web', 'memory', MEMORY);
      assert.deepEqual(await watch(web, 3), [2, 2, 4]);
      assert.match((await activities('web'))[0]!.Cause!, /triggered policy memory$/);
    });

    it('does nothing without data, and nothing while it is suspended', async () => {
      const web = cloud.addService('web', { cpuPercent: 5, desiredCount: 4 });
      await register('web');
      await track('web', 'cpu', CPU);
      web.runningCount = 0;
      assert.deepEqual(changes(await watch(web, 30)), [4]);
      Object.assign(web, { runningCount: 4, cpuPercent: 95 });
      await register('web', { SuspendedState: { DynamicScalingOutSuspended: true } });
      assert.deepEqual(changes(await watch(web, 6)), [4]);
      await register('web', { SuspendedState: { DynamicScalingOutSuspended: false } });
      assert.deepEqual(changes(await watch(web, 1)), [8]);
    });

    it('follows a metric of the caller, also by metric math', async () => {
      const plain = cloud.addService('plain');
      const math = cloud.addService('math');
      for (const name of ['plain', 'math']) await register(name);
      const { PredefinedMetricSpecification: _, ...rest } = CPU;
      await track('plain', 'queue', {
        ...rest,
        TargetValue: 10,
        CustomizedMetricSpecification: { Namespace: 'Shop', MetricName: 'Queue', Statistic: 'Maximum' },
      });
      await track('math', 'queue', {
        ...rest,
        TargetValue: 10,
        CustomizedMetricSpecification: {
          Metrics: [
            {
              Id: 'm1',
              MetricStat: { Metric: { Namespace: 'Shop', MetricName: 'Queue' }, Stat: 'Maximum' },
              ReturnData: false,
            },
            { Id: 'e1', Expression: 'm1 / 2' },
          ],
        },
      });
      for (let minute = 0; minute < 3; minute += 1) {
        const MetricData = [{ MetricName: 'Queue', Value: 40 }];
        await cloud.cloudwatch.send(new PutMetricDataCommand({ Namespace: 'Shop', MetricData }));
        await cloud.advance(MINUTE);
      }
      assert.deepEqual([plain.desiredCount, math.desiredCount], [8, 4]);
    });

    it('is refused where AWS refuses it', async () => {
      cloud.addService('web');
      await assert.rejects(track('web', 'cpu', CPU), {
        name: 'ObjectNotFoundException',
        message: /^No scalable target registered for service namespace: ecs, resource ID: service\/crims\/web, /,
      });
      await register('web');
      await track('web', 'cpu', CPU);
      const refused = (promise: Promise<unknown>, message: RegExp) =>
        assert.rejects(promise, { name: 'ValidationException', message });
      await refused(
        track('web', 'cpu-2', { ...CPU, TargetValue: 70 }),
        /^Only one TargetTrackingScaling policy for a given metric specification is allowed\.$/,
      );
      await refused(track('web', 'none', { TargetValue: 1 }), /Exactly one of/);
      const alb = { PredefinedMetricType: 'ALBRequestCountPerTarget' } as const;
      await refused(track('web', 'alb', { TargetValue: 1, PredefinedMetricSpecification: alb }), /not supported/);
      const bad = { Metrics: [{ Id: 'e1', Expression: 'm1 +' }] };
      await refused(
        track('web', 'math', { TargetValue: 1, CustomizedMetricSpecification: bad }),
        /Error in expression/,
      );
      await assert.rejects(
        cloud.autoscaling.send(new DeleteScalingPolicyCommand({ ...resource('web'), PolicyName: 'none' })),
        { name: 'ObjectNotFoundException' },
      );
    });
  });

  it('scales by steps when an alarm of the caller says so', async () => {
    const web = cloud.addService('web', { cpuPercent: 85, desiredCount: 4 });
    await register('web', { MaxCapacity: 20 });
    const policy: PutScalingPolicyCommandInput = {
      ...resource('web'),
      PolicyName: 'steps',
      PolicyType: 'StepScaling',
      StepScalingPolicyConfiguration: {
        AdjustmentType: 'PercentChangeInCapacity',
        MinAdjustmentMagnitude: 2,
        Cooldown: 60,
        StepAdjustments: [
          { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 20, ScalingAdjustment: 10 },
          { MetricIntervalLowerBound: 20, ScalingAdjustment: 50 },
        ],
      },
    };
    const { PolicyARN, Alarms } = await cloud.autoscaling.send(new PutScalingPolicyCommand(policy));
    assert.deepEqual(Alarms, []);
    await cloud.cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: 'web-cpu-gt-75',
        Namespace: 'AWS/ECS',
        MetricName: 'CPUUtilization',
        Dimensions: [
          { Name: 'ServiceName', Value: 'web' },
          { Name: 'ClusterName', Value: 'crims' },
        ],
        Statistic: 'Average',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 75,
        ComparisonOperator: 'GreaterThanThreshold',
        AlarmActions: [PolicyARN!],
      }),
    );
    const { ScalingPolicies } = await cloud.autoscaling.send(
      new DescribeScalingPoliciesCommand({ ServiceNamespace: 'ecs', PolicyNames: ['steps'] }),
    );
    assert.deepEqual(ScalingPolicies![0]!.Alarms, [
      { AlarmName: 'web-cpu-gt-75', AlarmARN: 'arn:aws:cloudwatch:eu-west-1:123456789012:alarm:web-cpu-gt-75' },
    ]);
    // 10 % of 4 are less than the smallest change of 2; 50 % of 6 are 3.
    assert.deepEqual(await watch(web, 1), [6]);
    web.cpuPercent = 95; // at the bound of the steps
    assert.deepEqual(await watch(web, 1), [9]);
    assert.equal(
      (await activities('web'))[0]!.Cause,
      'monitor alarm web-cpu-gt-75 in state ALARM triggered policy steps',
    );
    const gap = [
      { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 10, ScalingAdjustment: 1 },
      { MetricIntervalLowerBound: 20, ScalingAdjustment: 2 },
    ];
    const StepScalingPolicyConfiguration = { AdjustmentType: 'ChangeInCapacity', StepAdjustments: gap } as const;
    await assert.rejects(
      cloud.autoscaling.send(
        new PutScalingPolicyCommand({
          ...policy,
          StepScalingPolicyConfiguration: { ...StepScalingPolicyConfiguration, StepAdjustments: gap },
        }),
      ),
      { name: 'ValidationException', message: /gap/ },
    );
  });

  describe('scheduled actions', () => {
    const schedule = (Schedule: string, MinCapacity: number, MaxCapacity: number, more: object = {}) =>
      cloud.autoscaling.send(
        new PutScheduledActionCommand({
          ...resource('web'),
          ScheduledActionName: `act-${MinCapacity}`,
          Schedule,
          ScalableTargetAction: { MinCapacity, MaxCapacity },
          ...more,
        }),
      );

    it('act at their time', async () => {
      const web = cloud.addService('web');
      await register('web');
      await schedule('at(2026-01-01T01:10:00)', 5, 20, { Timezone: 'Europe/Berlin' });
      await schedule('cron(20 0 ? * THU *)', 3, 4);
      const counts = await watch(web, 25);
      assert.deepEqual([counts[8], counts[9], counts[18], counts[19]], [2, 5, 5, 4]);
      const [, second, , first] = await activities('web');
      assert.equal(first!.Description, 'Setting min capacity to 5 and max capacity to 20');
      assert.equal(first!.Cause, 'scheduled action name act-5 was triggered');
      assert.equal(first!.StatusMessage, 'Successfully set min capacity to 5 and max capacity to 20');
      assert.equal(second!.Cause, 'scheduled action name act-3 was triggered');
      const { ScheduledActions } = await cloud.autoscaling.send(
        new DescribeScheduledActionsCommand({ ServiceNamespace: 'ecs' }),
      );
      assert.deepEqual(
        ScheduledActions!.map(({ ScheduledActionName, Schedule }) => [ScheduledActionName, Schedule]),
        [
          ['act-5', 'at(2026-01-01T01:10:00)'],
          ['act-3', 'cron(20 0 ? * THU *)'],
        ],
      );
    });

    it('act again and again at a rate, unless suspended', async () => {
      const web = cloud.addService('web');
      await register('web');
      await schedule('rate(5 minutes)', 4, 8);
      await cloud.advance(5 * MINUTE);
      assert.equal(web.desiredCount, 4);
      web.desiredCount = 9;
      await cloud.advance(5 * MINUTE);
      assert.equal(web.desiredCount, 8);
      await register('web', { MaxCapacity: 20, SuspendedState: { ScheduledScalingSuspended: true } });
      web.desiredCount = 9;
      await cloud.advance(5 * MINUTE);
      assert.equal(web.desiredCount, 9);
    });

    it('are refused when nobody understands them', async () => {
      cloud.addService('web');
      await register('web');
      for (const text of [
        'rate(1 minutes)',
        'rate(0 minutes)',
        'at(tomorrow)',
        'cron(0 8 * *)',
        'cron(61 * * * ? *)',
        '8 o’clock',
      ])
        await assert.rejects(schedule(text, 1, 2), { name: 'ValidationException', message: /^Invalid schedule/ });
      await assert.rejects(schedule('rate(5 minutes)', 3, 2), { name: 'ValidationException' });
      await assert.rejects(schedule('rate(5 minutes)', 1, 2, { Timezone: 'Mars/North' }), {
        name: 'ValidationException',
      });
    });
  });

  it('goes on where it was after a restart', async () => {
    const before = cloud.addService('web', { cpuPercent: 90 });
    await register('web');
    await track('web', 'cpu', { ...CPU, ScaleOutCooldown: 300 });
    assert.deepEqual(await watch(before, 3), [2, 2, 4]);
    const saved = cloud.save();
    await cloud.stop();
    cloud = await startMetricsCloud(saved);
    const web = cloud.addService('web', { desiredCount: 4, cpuPercent: 90 });
    await cloud.advance(30_000);
    assert.equal((await activities('web'))[0]!.StatusCode, 'Successful');
    await cloud.advance(30_000);
    assert.deepEqual(await watch(web, 5), [4, 4, 4, 8, 8]);
  });
});
