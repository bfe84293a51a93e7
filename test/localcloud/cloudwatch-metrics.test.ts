import assert from 'node:assert/strict';
import {
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  paginateGetMetricData,
  paginateListMetrics,
  PutMetricDataCommand,
  type Datapoint,
  type GetMetricDataCommandInput,
  type GetMetricStatisticsCommandInput,
  type ListMetricsCommandInput,
  type MetricDatum,
} from '@aws-sdk/client-cloudwatch';
import { MINUTE, START, startMetricsCloud, type MetricsCloud } from './support/metrics-cloud.ts';
import { sendSigned } from './support/sign.ts';

const HOUR = 60 * MINUTE;

describe('localcloud CloudWatch metrics', () => {
  let cloud: MetricsCloud;
  beforeEach(async () => {
    cloud = await startMetricsCloud();
  });
  afterEach(() => cloud.stop());

  const put = (...MetricData: MetricDatum[]) =>
    cloud.cloudwatch.send(new PutMetricDataCommand({ Namespace: 'Shop', MetricData }));
  const statistics = async (input: Partial<GetMetricStatisticsCommandInput> = {}): Promise<Datapoint[]> => {
    const { Datapoints } = await cloud.cloudwatch.send(
      new GetMetricStatisticsCommand({
        Namespace: 'Shop',
        MetricName: 'Orders',
        StartTime: new Date(START - HOUR),
        EndTime: new Date(START + HOUR),
        Period: 60,
        ...(input.ExtendedStatistics === undefined && { Statistics: ['Sum'] }),
        ...input,
      }),
    );
    return Datapoints!;
  };

  it('keeps values, arrays of values and statistic sets, and answers statistics of a period', async () => {
    await put(
      { MetricName: 'Orders', Value: 4, Unit: 'Count' },
      { MetricName: 'Orders', Values: [1, 10], Counts: [3, 1], Unit: 'Count' },
      { MetricName: 'Orders', Value: 7, Unit: 'Count', Dimensions: [{ Name: 'Shop', Value: 'a' }] },
    );
    await cloud.advance(MINUTE);
    await put({
      MetricName: 'Orders',
      StatisticValues: { SampleCount: 5, Sum: 20, Minimum: 2, Maximum: 9 },
      Unit: 'Count',
    });
    const Statistics = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'] as const;
    const first = {
      Timestamp: new Date(START),
      SampleCount: 5,
      Average: 3.4,
      Sum: 17,
      Minimum: 1,
      Maximum: 10,
      Unit: 'Count',
    };
    const second = {
      Timestamp: new Date(START + MINUTE),
      SampleCount: 5,
      Average: 4,
      Sum: 20,
      Minimum: 2,
      Maximum: 9,
      Unit: 'Count',
    };
    assert.deepEqual(await statistics({ Statistics: [...Statistics] }), [first, second]);
    assert.deepEqual(await statistics({ Period: 2 * 60, StartTime: new Date(START), Statistics: ['Sum', 'Maximum'] }), [
      { Timestamp: new Date(START), Sum: 37, Maximum: 10, Unit: 'Count' },
    ]);
    assert.deepEqual(await statistics({ Unit: 'Seconds' }), []);
    assert.deepEqual(
      (await statistics({ Dimensions: [{ Name: 'Shop', Value: 'a' }] })).map(({ Sum }) => Sum),
      [7],
    );
    // The statistic set has no raw values: there is no percentile of its minute.
    const percentiles = await statistics({ ExtendedStatistics: ['p50', 'p99.9'] });
    assert.deepEqual(
      percentiles.map(({ ExtendedStatistics }) => ExtendedStatistics),
      [{ p50: 1, 'p99.9': 10 }, {}],
    );
  });

  it('keeps the units apart', async () => {
    await put({ MetricName: 'Orders', Value: 1, Unit: 'Count' }, { MetricName: 'Orders', Value: 2 });
    assert.deepEqual(
      (await statistics()).map(({ Sum, Unit }) => [Sum, Unit]),
      [
        [1, 'Count'],
        [2, 'None'],
      ],
    );
  });

  it('takes data of two weeks back and two hours ahead, and within its limits', async () => {
    const refused = (data: Partial<MetricDatum>, name: string, message: RegExp) =>
      assert.rejects(put({ MetricName: 'Orders', ...data }), { name, message });
    const at = (milliseconds: number) => ({ Value: 1, Timestamp: new Date(START + milliseconds) });
    await put({ MetricName: 'Orders', ...at(2 * HOUR) }, { MetricName: 'Orders', ...at(-14 * 24 * HOUR) });
    const value = 'InvalidParameterValueException';
    await refused(at(2 * HOUR + 1000), value, /no more than two hours in the future/);
    await refused(at(-14 * 24 * HOUR - 1000), value, /within the past two weeks/);
    await refused({}, 'MissingRequiredParameterException', /MetricData\.member\.1\.Value is required/);
    await refused({ Value: 1e200 }, value, /is invalid/);
    await refused({ Values: Array.from({ length: 151 }, (_, i) => i) }, value, /150/);
    await refused({ Values: [1, 2], Counts: [1] }, value, /same size/);
    await refused({ Value: 1, Values: [1] }, 'InvalidParameterCombinationException', /mutually exclusive/);
    await refused({ Value: 1, StorageResolution: 30 }, value, /StorageResolution/);
    await refused({ Value: 1, Unit: 'Apples' as 'Count' }, 'ValidationException', /enum value set/);
    const many = Array.from({ length: 1001 }, () => ({ MetricName: 'Orders', Value: 1 }));
    await assert.rejects(put(...many), { name: value, message: /1000/ });
    await assert.rejects(
      cloud.cloudwatch.send(
        new PutMetricDataCommand({ Namespace: 'AWS/ECS', MetricData: [{ MetricName: 'a', Value: 1 }] }),
      ),
      { name: value, message: 'The value AWS/ECS for parameter Namespace is invalid.' },
    );
    // One datum that is refused takes the others of its call with it.
    await assert.rejects(put({ MetricName: 'Half', Value: 1 }, { MetricName: 'Half' }));
    const { Metrics } = await cloud.cloudwatch.send(new ListMetricsCommand({ MetricName: 'Half' }));
    assert.deepEqual(Metrics, []);
  });

  it('refuses statistics nobody could give', async () => {
    const refused = (input: Partial<GetMetricStatisticsCommandInput>, name: string, message: RegExp) =>
      assert.rejects(statistics(input), { name: `${name}Exception`, message });
    await refused({ StartTime: new Date(START + HOUR) }, 'InvalidParameterValue', /StartTime must be less than/);
    await refused({ Period: 61 }, 'InvalidParameterValue', /Period/);
    await refused({ Statistics: [] }, 'Validation', /greater than or equal to 1/);
    await refused(
      { Statistics: undefined },
      'InvalidParameterCombination',
      /^At least one of the parameters Statistics/,
    );
    await refused({ ExtendedStatistics: ['p101'] }, 'InvalidParameterValue', /p101/);
    await refused(
      { StartTime: new Date(START - 24 * HOUR) },
      'InvalidParameterCombination',
      /^You have requested up to 1,500 datapoints, which exceeds the limit of 1,440\./,
    );
  });

  it('lists metrics by name, namespace and dimension, page by page', async () => {
    const MetricData = Array.from({ length: 501 }, (_, i) => ({
      MetricName: 'Orders',
      Value: 1,
      Dimensions: [
        { Name: 'Shop', Value: String(i).padStart(3, '0') },
        { Name: 'Kind', Value: i % 2 === 0 ? 'even' : 'odd' },
      ],
    }));
    await put(...MetricData);
    await put({ MetricName: 'Refunds', Value: 1, Timestamp: new Date(START - 4 * HOUR) });
    const pages = paginateListMetrics({ client: cloud.cloudwatch }, { Namespace: 'Shop', MetricName: 'Orders' });
    const sizes: number[] = [];
    for await (const { Metrics } of pages) sizes.push(Metrics!.length);
    assert.deepEqual(sizes, [500, 1]);
    const count = async (input: ListMetricsCommandInput) =>
      (await cloud.cloudwatch.send(new ListMetricsCommand(input))).Metrics!.length;
    assert.equal(await count({ Dimensions: [{ Name: 'Kind', Value: 'odd' }] }), 250);
    assert.equal(await count({ Dimensions: [{ Name: 'None' }] }), 0);
    assert.equal(await count({ MetricName: 'Refunds' }), 1);
    assert.equal(await count({ MetricName: 'Refunds', RecentlyActive: 'PT3H' }), 0);
    await assert.rejects(count({ NextToken: 'nonsense' }), { name: 'InvalidParameterValueException' });
  });

  it('remembers minutes for three hours, then five minutes, then hours, also over a restart', async () => {
    await put({ MetricName: 'Orders', Value: 1 });
    await cloud.advance(MINUTE);
    await put({ MetricName: 'Orders', Values: [2, 3], Counts: [2, 1] });
    const minutes = async () =>
      (await statistics({ EndTime: new Date(START + HOUR), Statistics: ['Sum', 'Maximum'] })).map(
        ({ Timestamp, Sum, Maximum }) => [(Timestamp!.getTime() - START) / MINUTE, Sum, Maximum],
      );
    assert.deepEqual(await minutes(), [
      [0, 1, 1],
      [1, 7, 3],
    ]);
    await cloud.advance(3 * HOUR + 5 * MINUTE);
    assert.deepEqual(await minutes(), [[0, 8, 3]]);
    for (const Value of [4, 4, 4, 6, 6, 4]) {
      await cloud.advance(MINUTE);
      await put({ MetricName: 'Steady', Value });
    }
    const steady = () =>
      statistics({ MetricName: 'Steady', StartTime: new Date(START + 3 * HOUR), EndTime: new Date(START + 4 * HOUR) });
    const before = await steady();
    const saved = cloud.save();
    await cloud.stop();
    cloud = await startMetricsCloud(saved);
    assert.deepEqual(await minutes(), [[0, 8, 3]]);
    assert.equal(before.length, 6);
    assert.deepEqual(await steady(), before);
    const [percentiles] = await statistics({ ExtendedStatistics: ['p75'] });
    assert.deepEqual(percentiles!.ExtendedStatistics, { p75: 2 });
    await put({ MetricName: 'Orders', Value: 5 });
    assert.equal((await cloud.cloudwatch.send(new ListMetricsCommand({}))).Metrics!.length, 2);
  });

  it('publishes what the tasks of a service use, a minute at a time', async () => {
    const web = cloud.addService('web', { desiredCount: 3, cpuPercent: 40.5, memoryPercent: 12 });
    cloud.addService('idle', { desiredCount: 0 });
    await cloud.advance(MINUTE);
    web.cpuPercent = 20;
    await cloud.advance(MINUTE);
    const input = {
      Namespace: 'AWS/ECS',
      Dimensions: [
        { Name: 'ServiceName', Value: 'web' },
        { Name: 'ClusterName', Value: 'crims' },
      ],
      Statistics: ['Average', 'SampleCount'] as ('Average' | 'SampleCount')[],
    };
    const cpu = await statistics({ ...input, MetricName: 'CPUUtilization' });
    assert.deepEqual(cpu, [
      { Timestamp: new Date(START), Average: 40.5, SampleCount: 3, Unit: 'Percent' },
      { Timestamp: new Date(START + MINUTE), Average: 20, SampleCount: 3, Unit: 'Percent' },
    ]);
    assert.equal((await statistics({ ...input, MetricName: 'MemoryUtilization' }))[0]!.Average, 12);
    const { Metrics } = await cloud.cloudwatch.send(new ListMetricsCommand({ Namespace: 'AWS/ECS' }));
    assert.equal(Metrics!.length, 2);
  });

  it('publishes how many instances of a balancer are healthy', async () => {
    cloud.balancers.push({
      name: 'web',
      instances: ['InService', 'InService', 'OutOfService'].map((state) => ({ state })),
    });
    await cloud.advance(MINUTE);
    const count = async (MetricName: string) => {
      const Dimensions = [{ Name: 'LoadBalancerName', Value: 'web' }];
      return (await statistics({ Namespace: 'AWS/ELB', MetricName, Dimensions }))[0]!.Sum;
    };
    assert.deepEqual([await count('HealthyHostCount'), await count('UnHealthyHostCount')], [2, 1]);
  });

  describe('GetMetricData', () => {
    const stat = (Id: string, MetricName: string, Stat = 'Sum') => ({
      Id,
      MetricStat: { Metric: { Namespace: 'Shop', MetricName }, Period: 60, Stat },
    });
    const range = { StartTime: new Date(START - HOUR), EndTime: new Date(START) };
    const get = (
      MetricDataQueries: GetMetricDataCommandInput['MetricDataQueries'],
      more: Partial<GetMetricDataCommandInput> = {},
    ) =>
      cloud.cloudwatch.send(
        new GetMetricDataCommand({ ...range, ScanBy: 'TimestampAscending', MetricDataQueries, ...more }),
      );
    const valuesOf = async (Expression: string): Promise<number[][]> => {
      const sources = [stat('a', 'A'), stat('b', 'B')].map((query) => ({ ...query, ReturnData: false }));
      const { MetricDataResults } = await get([...sources, { Id: 'e', Expression }]);
      return MetricDataResults!.map(({ Values }) => Values!);
    };
    beforeEach(async () => {
      const at = (minutes: number) => new Date(START - minutes * MINUTE);
      await put(
        ...[10, 20, 30].map((Value, i) => ({ MetricName: 'A', Value, Timestamp: at(3 - i) })),
        ...[5, 0].map((Value, i) => ({ MetricName: 'B', Value, Timestamp: at(3 - i) })),
      );
    });

    it('answers several metrics, in either order', async () => {
      const { MetricDataResults: up } = await get([stat('a', 'A'), { ...stat('b', 'B', 'Maximum'), Label: 'bees' }]);
      assert.deepEqual(
        up!.map(({ Id, Label, Values, StatusCode }) => [Id, Label, Values, StatusCode]),
        [
          ['a', 'A', [10, 20, 30], 'Complete'],
          ['b', 'bees', [5, 0], 'Complete'],
        ],
      );
      assert.deepEqual(up![0]!.Timestamps![0], new Date(START - 3 * MINUTE));
      const { MetricDataResults: down } = await get([stat('a', 'A')], { ScanBy: undefined });
      assert.deepEqual(down![0]!.Values, [30, 20, 10]);
    });

    it('calculates', async () => {
      assert.deepEqual(await valuesOf('a + b * 2'), [[20, 20]]);
      assert.deepEqual(await valuesOf('(a - 10) / 10'), [[0, 1, 2]]);
      assert.deepEqual(await valuesOf('a / b'), [[2]], 'nothing where it would divide by zero');
      assert.deepEqual(await valuesOf('100 * a / SUM(a)'), [[100 / 6, 200 / 6, 50].map((value) => Number(value))]);
      assert.deepEqual(await valuesOf('SUM(METRICS())'), [[15, 20, 30]]);
      assert.deepEqual(await valuesOf('AVG([a, b])'), [[7.5, 10, 30]]);
      assert.deepEqual(await valuesOf('MAX(METRICS("b"))'), [[5, 0]]);
      assert.deepEqual(await valuesOf('METRICS() * 2'), [
        [20, 40, 60],
        [10, 0],
      ]);
      assert.deepEqual(await valuesOf('IF(a > 15 AND b < 1, a, 0 - a)'), [[-10, 20]]);
      assert.deepEqual(await valuesOf('IF(a >= 30, 1, 0)'), [[0, 0, 1]]);
      assert.deepEqual((await valuesOf('FILL(b, REPEAT)'))[0], [5, 0, 0]);
      assert.deepEqual((await valuesOf('FILL(b, 7)'))[0]!.slice(-4), [7, 5, 0, 7]);
      assert.deepEqual(await valuesOf('a / PERIOD(a)'), [[10 / 60, 20 / 60, 0.5]]);
      assert.deepEqual(await valuesOf('-a'), [[-10, -20, -30]]);
    });

    it('refuses what makes no sense', async () => {
      const refused = (promise: Promise<unknown>, message: RegExp) =>
        assert.rejects(promise, { name: 'ValidationException', message });
      for (const text of ['a +', 'a b', 'c + 1', 'SUM(a)', 'NOPE(a)', '(a', '"a"']) await refused(valuesOf(text), /./);
      await refused(
        get([
          { Id: 'e', Expression: 'f' },
          { Id: 'f', Expression: 'e' },
        ]),
        /refers to itself/,
      );
      await refused(get([stat('Big', 'A')]), /pattern/);
      await refused(get([stat('a', 'A'), stat('a', 'B')]), /unique/);
      await refused(get([{ ...stat('a', 'A'), Expression: 'a' }]), /Exactly one/);
      await refused(get([stat('a', 'A', 'Median')]), /Median/);
      await refused(get([stat('a', 'A')], { EndTime: range.StartTime }), /must not equal/);
      await assert.rejects(get([stat('a', 'A')], { NextToken: 'x' }), { name: 'InvalidNextToken' });
    });

    it('comes in pages', async () => {
      const pages = paginateGetMetricData(
        { client: cloud.cloudwatch },
        {
          ...range,
          ScanBy: 'TimestampAscending',
          MaxDatapoints: 2,
          MetricDataQueries: [stat('a', 'A'), stat('b', 'B')],
        },
      );
      const values: Record<string, number[]> = { a: [], b: [] };
      const statuses: string[] = [];
      for await (const { MetricDataResults } of pages) {
        for (const { Id, Values } of MetricDataResults!) values[Id!]!.push(...Values!);
        statuses.push(MetricDataResults![0]!.StatusCode!);
      }
      assert.deepEqual(values, { a: [10, 20, 30], b: [5, 0] });
      assert.deepEqual(statuses, ['PartialData', 'Complete', 'Complete']);
    });
  });

  it('speaks Query too', async () => {
    const form = new URLSearchParams({
      Action: 'PutMetricData',
      Version: '2010-08-01',
      Namespace: 'Shop',
      'MetricData.member.1.MetricName': 'Orders',
      'MetricData.member.1.Value': '3',
    });
    const send = (body: URLSearchParams) =>
      sendSigned(cloud.url, {
        service: 'monitoring',
        body: body.toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
    assert.equal((await send(form)).status, 200);
    assert.deepEqual(
      (await statistics()).map(({ Sum }) => Sum),
      [3],
    );
    form.set('Namespace', 'AWS/ECS');
    const { status, text } = await send(form);
    assert.equal(status, 400);
    assert.match(text, /<Code>InvalidParameterValue<\/Code>/);
  });
});
