/** Metrics as callers put, list and read them one by one. */
import type { Operation, OperationTable, Params } from '../../engine/contract.ts';
import { pageOf } from '../paging.ts';
import { invalidCombination, invalidValue } from './errors.ts';
import { readMetricData } from './metric-input.ts';
import type { Dimension, MetricId, SeriesStore } from './series.ts';
import { percentOf, statisticOf, type Bucket } from './statistics.ts';

const LISTED_AT_ONCE = 500;
const DATAPOINTS_AT_MOST = 1440;
const TWO_WEEKS = 14 * 24 * 3_600_000;
const THREE_HOURS = 3 * 3_600_000;

export const metricOf = (params: Params): MetricId => ({
  namespace: String(params.Namespace),
  name: String(params.MetricName),
  dimensions: (params.Dimensions ?? []) as Dimension[],
});

/** Seconds: a fraction of a minute, or whole minutes. */
export const isPeriod = (seconds: number): boolean => [1, 5, 10, 20, 30].includes(seconds) || seconds % 60 === 0;

/** Rounded down to whole minutes, or with a shorter period to one of those. */
export const roundedStart = (start: Date, periodSeconds: number): number =>
  start.getTime() - (start.getTime() % (Math.min(periodSeconds, 60) * 1000));

const readRange = (params: Params) => {
  const periodSeconds = params.Period as number;
  const [start, end] = [params.StartTime as Date, params.EndTime as Date];
  if (start >= end) throw invalidValue('The parameter StartTime must be less than the parameter EndTime.');
  if (!isPeriod(periodSeconds))
    throw invalidValue('The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.');
  const from = roundedStart(start, periodSeconds);
  const count = Math.ceil((end.getTime() - from) / (periodSeconds * 1000));
  if (count > DATAPOINTS_AT_MOST) {
    throw invalidCombination(
      `You have requested up to ${count.toLocaleString('en-US')} datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
    );
  }
  return { from, to: end.getTime(), periodMilliseconds: periodSeconds * 1000 };
};

const readStatistics = (params: Params): { plain: string[]; extended: string[] } => {
  const plain = (params.Statistics ?? []) as string[];
  const extended = (params.ExtendedStatistics ?? []) as string[];
  if (plain.length + extended.length === 0) {
    throw invalidCombination('At least one of the parameters Statistics and ExtendedStatistics must be specified.');
  }
  if (plain.length > 0 && extended.length > 0) {
    throw invalidCombination(
      'The parameters Statistics and ExtendedStatistics are mutually exclusive and you have specified both.',
    );
  }
  const bad = extended.find((name) => percentOf(name) === undefined);
  if (bad !== undefined) throw invalidValue(`The value ${bad} for parameter ExtendedStatistics is not supported.`);
  return { plain, extended };
};

export const metricOperations = (store: SeriesStore, now: () => number): OperationTable => {
  const putMetricData: Operation = (params) => {
    for (const { metric, unit, bucket, resolutionSeconds } of readMetricData(params, now()))
      store.add(metric, unit, bucket, resolutionSeconds);
    return {};
  };

  const getMetricStatistics: Operation = (params) => {
    const metric = metricOf(params);
    const { plain, extended } = readStatistics(params);
    const range = readRange(params);
    const datapoint = (bucket: Bucket, Unit: string): Params => {
      const percentiles = extended.flatMap((name) => {
        const value = statisticOf(bucket, name);
        return value === undefined ? [] : [[name, value] as const];
      });
      return {
        Timestamp: new Date(bucket.at),
        ...Object.fromEntries(plain.map((name) => [name, statisticOf(bucket, name)])),
        ...(extended.length > 0 && { ExtendedStatistics: Object.fromEntries(percentiles) }),
        Unit,
      };
    };
    const units = store.unitsOf(metric).filter((unit) => params.Unit === undefined || unit === params.Unit);
    return {
      Label: metric.name,
      Datapoints: units.flatMap((unit) => store.read(metric, range, unit).map((bucket) => datapoint(bucket, unit))),
    };
  };

  const listMetrics: Operation = (params) => {
    const since = now() - (params.RecentlyActive === undefined ? TWO_WEEKS : THREE_HOURS);
    const filters = (params.Dimensions ?? []) as { Name: string; Value?: string }[];
    const isWanted = ({ namespace, name, dimensions, newestAt }: MetricId & { newestAt: number }): boolean =>
      newestAt >= since &&
      (params.Namespace === undefined || namespace === params.Namespace) &&
      (params.MetricName === undefined || name === params.MetricName) &&
      filters.every(({ Name, Value }) =>
        dimensions.some((one) => one.Name === Name && (Value === undefined || one.Value === Value)),
      );
    const { items, next } = pageOf(store.list().filter(isWanted), {
      list: 'metrics',
      size: LISTED_AT_ONCE,
      token: params.NextToken,
      invalidToken: () => invalidValue('The value for parameter NextToken is invalid.'),
    });
    return {
      Metrics: items.map(({ namespace, name, dimensions }) => ({
        Namespace: namespace,
        MetricName: name,
        Dimensions: dimensions,
      })),
      NextToken: next,
    };
  };

  const byNamespace = (params: Params): string => String(params.Namespace);
  return {
    PutMetricData: {
      run: putMetricData,
      mutating: true,
      resource: byNamespace,
      note: 'entities are left out; hours after 2 days, nothing after 15',
    },
    GetMetricStatistics: {
      run: getMetricStatistics,
      mutating: false,
      resource: byNamespace,
      note: 'of the extended statistics percentiles only',
    },
    ListMetrics: { run: listMetrics, mutating: false, note: 'of this account only' },
  };
};
