import assert from 'node:assert/strict';
import {
  DeleteAlarmsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  DescribeAlarmsForMetricCommand,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
  ListTagsForResourceCommand,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
  TagResourceCommand,
  UntagResourceCommand,
  type MetricAlarm,
  type PutMetricAlarmCommandInput,
} from '@aws-sdk/client-cloudwatch';
import { MINUTE, START, startMetricsCloud, TOPIC, type MetricsCloud } from './support/metrics-cloud.ts';

describe('localcloud CloudWatch alarms', () => {
  let cloud: MetricsCloud;
  beforeEach(async () => {
    cloud = await startMetricsCloud();
  });
  afterEach(() => cloud.stop());

  const data = (MetricName: string, Value: number, at = cloud.now()) =>
    cloud.cloudwatch.send(
      new PutMetricDataCommand({ Namespace: 'Shop', MetricData: [{ MetricName, Value, Timestamp: new Date(at) }] }),
    );
  const put = (AlarmName: string, more: Partial<PutMetricAlarmCommandInput> = {}) =>
    cloud.cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName,
        Namespace: 'Shop',
        MetricName: 'Queue',
        Statistic: 'Average',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 10,
        ComparisonOperator: 'GreaterThanThreshold',
        ...more,
      }),
    );
  const describeAll = async (input = {}): Promise<MetricAlarm[]> =>
    (await cloud.cloudwatch.send(new DescribeAlarmsCommand(input))).MetricAlarms!;
  const one = async (name: string): Promise<MetricAlarm> => (await describeAll({ AlarmNames: [name] }))[0]!;
  /** Puts the values, one a minute, and answers the state after each. */
  const feed = async (name: string, values: readonly number[]): Promise<string[]> => {
    const states: string[] = [];
    for (const value of values) {
      await data('Queue', value);
      await cloud.advance(MINUTE);
      states.push(cloud.alarms.state(name)!);
    }
    return states;
  };

  it('begin without data, are raised, and end, with the reasons of AWS', async () => {
    await put('queue', { EvaluationPeriods: 2, AlarmDescription: 'too many', Tags: [{ Key: 'team', Value: 'crims' }] });
    const fresh = await one('queue');
    assert.deepEqual(
      [fresh.StateValue, fresh.StateReason, fresh.AlarmArn, fresh.ActionsEnabled],
      [
        'INSUFFICIENT_DATA',
        'Unchecked: Initial alarm creation',
        'arn:aws:cloudwatch:eu-west-1:123456789012:alarm:queue',
        true,
      ],
    );
    assert.equal(cloud.alarms.state('none'), undefined);
    assert.deepEqual(await feed('queue', [5, 11, 12.5]), ['OK', 'OK', 'ALARM']);
    const raised = await one('queue');
    assert.equal(
      raised.StateReason,
      'Threshold Crossed: 2 datapoints [12.5 (01/01/26 00:02:00), 11.0 (01/01/26 00:01:00)] were greater than the threshold (10.0).',
    );
    assert.equal(
      raised.StateReasonData,
      '{"version":"1.0","queryDate":"2026-01-01T00:03:00.000+0000","startDate":"2026-01-01T00:01:00.000+0000","statistic":"Average","period":60,"recentDatapoints":[11.0,12.5],"threshold":10.0,"evaluatedDatapoints":[{"timestamp":"2026-01-01T00:02:00.000+0000","sampleCount":1.0,"value":12.5},{"timestamp":"2026-01-01T00:01:00.000+0000","sampleCount":1.0,"value":11.0}]}',
    );
    assert.equal(raised.StateTransitionedTimestamp!.getTime(), START + 3 * MINUTE);
    assert.deepEqual(await feed('queue', [10]), ['OK']);
    assert.equal(
      (await one('queue')).StateReason,
      'Threshold Crossed: 1 datapoint [10.0 (01/01/26 00:03:00)] was not greater than the threshold (10.0).',
    );
    await cloud.advance(5 * MINUTE);
    const silent = await one('queue');
    assert.deepEqual(
      [silent.StateValue, silent.StateReason],
      ['INSUFFICIENT_DATA', 'Insufficient Data: 2 datapoints were unknown.'],
    );
  });

  it('count M out of N', async () => {
    await put('queue', { EvaluationPeriods: 3, DatapointsToAlarm: 2 });
    assert.deepEqual(await feed('queue', [20, 1, 30]), ['INSUFFICIENT_DATA', 'OK', 'ALARM']);
    assert.equal(
      (await one('queue')).StateReason,
      'Threshold Crossed: 2 out of the last 3 datapoints [30.0 (01/01/26 00:02:00), 20.0 (01/01/26 00:00:00)] were greater than the threshold (10.0) (minimum 2 datapoints for OK -> ALARM transition).',
    );
    assert.deepEqual(await feed('queue', [1]), ['OK']);
    assert.match(
      (await one('queue')).StateReason!,
      /^Threshold Crossed: 2 out of the last 3 datapoints \[.*\] were not greater than the threshold \(10\.0\) \(minimum 2 datapoints for ALARM -> OK transition\)\.$/,
    );
    await put('many', { EvaluationPeriods: 6 });
    await feed('many', [20, 20, 20, 20, 20, 20]);
    assert.match(
      (await one('many')).StateReason!,
      /^Threshold Crossed: 6 datapoints were greater than the threshold \(10\.0\)\. The most recent datapoints which crossed the threshold: \[(20\.0 \([^)]*\)(, )?){5}\]\.$/,
    );
  });

  it('compare in all four ways, by any statistic', async () => {
    const expected = {
      GreaterThanOrEqualToThreshold: [false, true, true],
      GreaterThanThreshold: [false, false, true],
      LessThanThreshold: [true, false, false],
      LessThanOrEqualToThreshold: [true, true, false],
    } as const;
    for (const ComparisonOperator of Object.keys(expected) as (keyof typeof expected)[])
      await put(ComparisonOperator, { ComparisonOperator });
    await put('sum', { Statistic: 'Sum', Threshold: 30 });
    await put('p90', { Statistic: undefined, ExtendedStatistic: 'p90', Threshold: 11 });
    for (const [i, value] of [9, 10, 11].entries()) {
      await data('Queue', value);
      await cloud.advance(MINUTE);
      for (const [name, states] of Object.entries(expected))
        assert.equal(cloud.alarms.state(name) === 'ALARM', states[i], `${value} ${name}`);
    }
    for (const value of [1, 14, 16]) await data('Queue', value);
    await cloud.advance(MINUTE);
    assert.deepEqual(['sum', 'p90'].map(cloud.alarms.state), ['ALARM', 'ALARM']);
  });

  // "How alarm state is evaluated when data is missing", CloudWatch user guide. Oldest first; X breaches, - is missing.
  const THREE_OF_THREE = [
    ['0-X-X', 'OK OK OK OK'],
    ['0----', 'OK OK OK OK'],
    ['-----', 'INSUFFICIENT_DATA retained ALARM OK'],
    ['0XX-X', 'ALARM ALARM ALARM ALARM'],
    ['--X--', 'ALARM retained ALARM OK'],
  ] as const;
  const TWO_OF_THREE = [
    ['0-X-X', 'ALARM ALARM ALARM ALARM'],
    ['00X0X', 'ALARM ALARM ALARM ALARM'],
    ['0-X--', 'OK OK ALARM OK'],
    ['----0', 'OK OK ALARM OK'],
    ['---X-', 'ALARM retained ALARM OK'],
  ] as const;
  for (const [title, needed, table] of [
    ['three out of three', 3, THREE_OF_THREE],
    ['two out of three', 2, TWO_OF_THREE],
  ] as const) {
    it(`treat missing data as told: ${title}`, async () => {
      const treatments = ['missing', 'ignore', 'breaching', 'notBreaching'];
      for (const [pattern] of table) {
        for (const [i, mark] of pattern.split('').entries())
          if (mark !== '-') await data(pattern, mark === 'X' ? 20 : 0, START - (5 - i - 1) * MINUTE);
        for (const TreatMissingData of treatments) {
          const AlarmName = `${pattern} ${TreatMissingData}`;
          const windows = { EvaluationPeriods: 3, DatapointsToAlarm: needed, TreatMissingData };
          await put(AlarmName, { MetricName: pattern, ...windows });
          const StateReason = 'as it was';
          await cloud.cloudwatch.send(
            new SetAlarmStateCommand({ AlarmName, StateValue: 'INSUFFICIENT_DATA', StateReason }),
          );
        }
      }
      await cloud.advance(MINUTE);
      for (const [pattern, states] of table) {
        const found = await Promise.all(treatments.map((treatment) => one(`${pattern} ${treatment}`)));
        const shown = found.map(({ StateValue, StateReason }) =>
          StateReason === 'as it was' && !states.startsWith('INSUFFICIENT_DATA') ? 'retained' : StateValue,
        );
        if (pattern === '-----') shown[1] = found[1]!.StateReason === 'as it was' ? 'retained' : shown[1];
        assert.deepEqual(shown, states.split(' '), pattern);
      }
      if (needed === 3) {
        assert.equal(
          (await one('----- breaching')).StateReason,
          'Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching].',
        );
      }
    });
  }

  it('watch metric math', async () => {
    const metric = (Id: string, MetricName: string) => ({
      Id,
      ReturnData: false,
      MetricStat: { Metric: { Namespace: 'Shop', MetricName }, Period: 60, Stat: 'Sum' },
    });
    const single = { Namespace: undefined, MetricName: undefined, Statistic: undefined, Period: undefined };
    const Metrics = [
      metric('errors', 'Errors'),
      metric('all', 'All'),
      { Id: 'rate', Expression: '100 * errors / all', ReturnData: true },
    ];
    await put('rate', { ...single, Metrics });
    for (const [errors, all] of [
      [1, 100],
      [20, 100],
    ] as const) {
      await data('Errors', errors);
      await data('All', all);
      await cloud.advance(MINUTE);
    }
    const alarm = await one('rate');
    assert.equal(alarm.StateValue, 'ALARM');
    assert.equal(alarm.Metrics!.length, 3);
    assert.match(alarm.StateReason!, /1 datapoint \[20\.0 \(01\/01\/26 00:01:00\)\] was greater than/);
    const bad = (change: Partial<PutMetricAlarmCommandInput>) =>
      assert.rejects(put('bad', { ...single, Metrics, ...change }), { name: 'ValidationException' });
    await bad({ MetricName: 'Errors' });
    await bad({ Metrics: Metrics.slice(0, 2) });
    await bad({ Metrics: [Metrics[0]!, { Id: 'e', Expression: 'SUM(errors)', ReturnData: true }] });
    await bad({ Namespace: 'Shop' });
  });

  it('of a short period are looked at every ten seconds', async () => {
    await put('fast', { Period: 10 });
    await cloud.advance(5000);
    const datum = { MetricName: 'Queue', Value: 50, StorageResolution: 1 };
    await cloud.cloudwatch.send(new PutMetricDataCommand({ Namespace: 'Shop', MetricData: [datum] }));
    await cloud.advance(5000);
    assert.equal(cloud.alarms.state('fast'), 'ALARM');
  });

  it('tell SNS topics of a change, as AWS does', async () => {
    const missing = TOPIC.replace('team', 'gone');
    await put('queue', {
      AlarmActions: [TOPIC, missing],
      OKActions: [TOPIC],
      AlarmDescription: 'too many',
      Dimensions: [],
    });
    await feed('queue', [20, 20, 1]);
    assert.deepEqual(
      cloud.published.map(({ subject }) => subject),
      ['ALARM: "queue" in EU (Ireland)', 'OK: "queue" in EU (Ireland)'],
    );
    const { Trigger, ...message } = JSON.parse(cloud.published[0]!.message);
    assert.deepEqual(message, {
      AlarmName: 'queue',
      AlarmDescription: 'too many',
      AWSAccountId: '123456789012',
      AlarmConfigurationUpdatedTimestamp: '2026-01-01T00:00:00.000+0000',
      NewStateValue: 'ALARM',
      NewStateReason:
        'Threshold Crossed: 1 datapoint [20.0 (01/01/26 00:00:00)] was greater than the threshold (10.0).',
      StateChangeTime: '2026-01-01T00:01:00.000+0000',
      Region: 'EU (Ireland)',
      AlarmArn: 'arn:aws:cloudwatch:eu-west-1:123456789012:alarm:queue',
      OldStateValue: 'INSUFFICIENT_DATA',
      OKActions: [TOPIC],
      AlarmActions: [TOPIC, missing],
      InsufficientDataActions: [],
    });
    assert.deepEqual(Trigger, {
      MetricName: 'Queue',
      Namespace: 'Shop',
      StatisticType: 'Statistic',
      Statistic: 'AVERAGE',
      Unit: null,
      Dimensions: [],
      Period: 60,
      EvaluationPeriods: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 10,
      TreatMissingData: '',
      EvaluateLowSampleCountPercentile: '',
    });

    const history = async (input = {}) =>
      (await cloud.cloudwatch.send(new DescribeAlarmHistoryCommand({ AlarmName: 'queue', ...input })))
        .AlarmHistoryItems!;
    assert.deepEqual(
      (await history({ ScanBy: 'TimestampAscending' })).map(({ HistorySummary }) => HistorySummary),
      [
        'Alarm "queue" created',
        'Alarm updated from INSUFFICIENT_DATA to ALARM',
        `Successfully executed action ${TOPIC}`,
        `Failed to execute action ${missing}`,
        'Alarm updated from ALARM to OK',
        `Successfully executed action ${TOPIC}`,
      ],
    );
    const [latest] = await history({ HistoryItemType: 'StateUpdate', MaxRecords: 1 });
    assert.equal(JSON.parse(latest!.HistoryData!).newState.stateValue, 'OK');

    const names = { AlarmNames: ['queue'] };
    await cloud.cloudwatch.send(new DisableAlarmActionsCommand(names));
    await feed('queue', [20]);
    assert.equal(cloud.published.length, 2);
    await cloud.cloudwatch.send(new EnableAlarmActionsCommand(names));
    await feed('queue', [1]);
    assert.equal(cloud.published.length, 3);
  });

  it('can be set for a moment', async () => {
    await put('queue', { AlarmActions: [TOPIC] });
    await feed('queue', [1]);
    const set = { AlarmName: 'queue', StateValue: 'ALARM', StateReason: 'a test' } as const;
    await cloud.cloudwatch.send(new SetAlarmStateCommand(set));
    assert.equal(cloud.alarms.state('queue'), 'ALARM');
    assert.equal(cloud.published.length, 1);
    assert.deepEqual(await feed('queue', [1]), ['OK']);
    await assert.rejects(cloud.cloudwatch.send(new SetAlarmStateCommand({ ...set, AlarmName: 'none' })), {
      name: 'ResourceNotFound',
    });
    await assert.rejects(cloud.cloudwatch.send(new SetAlarmStateCommand({ ...set, StateReasonData: '{' })), {
      name: 'InvalidFormatFault',
    });
  });

  it('are found by name, prefix, state, action and metric, page by page', async () => {
    await put('web-a', { AlarmActions: [TOPIC] });
    await put('web-b', { Dimensions: [{ Name: 'Shop', Value: 'b' }] });
    await put('api', { MetricName: 'Latency', TreatMissingData: 'breaching' });
    await cloud.advance(MINUTE);
    const names = async (input: object) => (await describeAll(input)).map(({ AlarmName }) => AlarmName);
    assert.deepEqual(await names({}), ['api', 'web-a', 'web-b']);
    assert.deepEqual(await names({ AlarmNames: ['web-b', 'none'] }), ['web-b']);
    assert.deepEqual(await names({ AlarmNamePrefix: 'web-' }), ['web-a', 'web-b']);
    assert.deepEqual(await names({ StateValue: 'ALARM' }), ['api']);
    assert.deepEqual(await names({ ActionPrefix: 'arn:aws:sns' }), ['web-a']);
    assert.deepEqual(await names({ AlarmTypes: ['CompositeAlarm'] }), []);
    const first = await cloud.cloudwatch.send(new DescribeAlarmsCommand({ MaxRecords: 2 }));
    const second = await cloud.cloudwatch.send(
      new DescribeAlarmsCommand({ MaxRecords: 2, NextToken: first.NextToken }),
    );
    assert.deepEqual([first.MetricAlarms!.length, second.MetricAlarms![0]!.AlarmName], [2, 'web-b']);
    await assert.rejects(names({ NextToken: 'nonsense' }), { name: 'InvalidNextToken' });
    const metric = { Namespace: 'Shop', MetricName: 'Queue', Dimensions: [{ Name: 'Shop', Value: 'b' }] };
    const { MetricAlarms } = await cloud.cloudwatch.send(new DescribeAlarmsForMetricCommand(metric));
    assert.deepEqual(
      MetricAlarms!.map(({ AlarmName }) => AlarmName),
      ['web-b'],
    );

    await cloud.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ['web-a', 'none'] }));
    assert.deepEqual(await names({}), ['api', 'web-b']);
    await assert.rejects(cloud.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ['none'] })), {
      name: 'ResourceNotFound',
    });
  });

  it('carry tags, given at their making or later', async () => {
    await put('queue', { Tags: [{ Key: 'team', Value: 'crims' }] });
    await put('queue', { Tags: [{ Key: 'ignored', Value: 'by an update' }] });
    const { AlarmArn: ResourceARN } = await one('queue');
    const tags = async () => (await cloud.cloudwatch.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags;
    assert.deepEqual(await tags(), [{ Key: 'team', Value: 'crims' }]);
    await cloud.cloudwatch.send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: 'more', Value: '1' }] }));
    await cloud.cloudwatch.send(new UntagResourceCommand({ ResourceARN, TagKeys: ['team'] }));
    assert.deepEqual(await tags(), [{ Key: 'more', Value: '1' }]);
    await assert.rejects(
      cloud.cloudwatch.send(new ListTagsForResourceCommand({ ResourceARN: `${ResourceARN}-none` })),
      { name: 'ResourceNotFoundException' },
    );
  });

  it('are refused where AWS refuses them', async () => {
    const refused = (more: Partial<PutMetricAlarmCommandInput>, message: RegExp) =>
      assert.rejects(put('bad', more), { name: 'ValidationException', message });
    await refused({ Period: 45 }, /^Period must be 10, 20, 30 or a multiple of 60$/);
    await refused({ Period: 600, EvaluationPeriods: 145 }, /^Metrics cannot be checked across more than a day/);
    await refused({ TreatMissingData: 'maybe' }, /^Option maybe is not supported\./);
    await refused({ AlarmActions: ['not an arn'] }, /^Invalid arn syntax/);
    await refused(
      { AlarmActions: [TOPIC.replace('eu-west-1', 'us-east-1')] },
      /^Invalid region us-east-1 specified\. Only eu-west-1 is supported\.$/,
    );
    await refused({ Threshold: undefined }, /Threshold is required/);
    await refused({ Statistic: undefined }, /Exactly one of Statistic/);
    await refused({ DatapointsToAlarm: 2 }, /DatapointsToAlarm/);
    const composite = new PutCompositeAlarmCommand({ AlarmName: 'c', AlarmRule: 'ALARM(a)' });
    await assert.rejects(cloud.cloudwatch.send(composite), { name: 'NotImplemented' });
  });

  it('are remembered over a restart', async () => {
    await put('queue', { EvaluationPeriods: 2, AlarmActions: [TOPIC] });
    await feed('queue', [1, 20]);
    const saved = cloud.save();
    await cloud.stop();
    cloud = await startMetricsCloud(saved);
    assert.equal(cloud.alarms.state('queue'), 'OK');
    assert.deepEqual(await feed('queue', [20]), ['ALARM'], 'the minute before the restart counts');
    assert.equal(cloud.published.length, 1);
  });
});
