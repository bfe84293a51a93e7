/** Queries of GetMetricData and of alarms: each a metric's statistic, or math over the others. */
import type { Params } from '../../engine/contract.ts';
import { invalid } from './errors.ts';
import { evaluate, type TimeSeries, type Value } from './math.ts';
import { parseExpression, type Node } from './math-parser.ts';
import { isPeriod, metricOf } from './metric-operations.ts';
import type { SeriesStore } from './series.ts';
import { isStatistic, statisticOf } from './statistics.ts';

/** Of one call; what is asked for beyond them is not filled in. */
const DATAPOINTS_AT_MOST = 100_800;

export interface Query {
  id: string;
  label: string;
  isReturned: boolean;
  /** Seconds; of an expression the longest of the call's metrics. */
  periodSeconds: number;
  stat?: Params;
  tree?: Node;
}

export interface QueryResult {
  query: Query;
  series: TimeSeries;
}

const checkStat = (stat: Params, id: string): void => {
  const { Metric, Period, Stat } = stat as { Metric: Params; Period: number; Stat: string };
  for (const name of ['Namespace', 'MetricName']) {
    if (Metric[name] === undefined)
      throw invalid(`The parameter MetricDataQueries.${id}.MetricStat.Metric.${name} is required.`);
  }
  if (!isPeriod(Period)) throw invalid(`Period must not be ${Period}: it is 1, 5, 10, 20, 30 or a multiple of 60.`);
  if (!isStatistic(Stat)) throw invalid(`The value ${Stat} for parameter Stat is not supported.`);
};

/** Every name an expression speaks of. */
const namesIn = (node: Node): string[] => {
  if (node.kind === 'name') return node.name === 'REPEAT' ? [] : [node.name];
  if (node.kind === 'binary') return [...namesIn(node.left), ...namesIn(node.right)];
  return node.kind === 'list' || node.kind === 'call' ? node.items.flatMap(namesIn) : [];
};

/** @throws ValidationError */
export const readQueries = (given: readonly Params[], isReturnedByDefault: boolean): Query[] => {
  const ids = given.map(({ Id }) => String(Id));
  const bad = ids.find((id) => !/^[a-z]\w*$/.test(id));
  if (bad !== undefined)
    throw invalid(`The value ${bad} for parameter Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.`);
  if (new Set(ids).size < ids.length) throw invalid('The values for parameter Id must be unique.');
  const periods = given.flatMap(({ MetricStat }) => (MetricStat === undefined ? [] : [Number(MetricStat.Period)]));
  const longest = Math.max(60, ...periods);
  return given.map(({ Id, MetricStat, Expression, Label, ReturnData, Period }) => {
    if ((MetricStat === undefined) === (Expression === undefined))
      throw invalid(`Exactly one of MetricStat and Expression must be specified in the query ${Id}.`);
    const common = { id: String(Id), isReturned: (ReturnData ?? isReturnedByDefault) as boolean };
    if (MetricStat !== undefined) {
      checkStat(MetricStat as Params, common.id);
      const { Metric, Period: periodSeconds } = MetricStat as { Metric: Params; Period: number };
      return { ...common, label: String(Label ?? Metric.MetricName), periodSeconds, stat: MetricStat as Params };
    }
    const tree = parseExpression(String(Expression));
    const unknown = namesIn(tree).find((name) => !ids.includes(name));
    if (unknown !== undefined) throw invalid(`Error in expression '${Id}': ${unknown} is not defined.`);
    return { ...common, label: String(Label ?? Id), periodSeconds: Number(Period ?? longest), tree };
  });
};

/** What the queries that return data amount to; math over a list may give several results. */
export const runQueries = (
  queries: readonly Query[],
  store: SeriesStore,
  range: { from: (periodSeconds: number) => number; to: number },
): QueryResult[] => {
  const known = new Map<string, Value>();
  const busy = new Set<string>();
  const find = (id: string): Query => {
    const query = queries.find((one) => one.id === id);
    if (query === undefined) throw invalid(`${id} is not defined.`);
    return query;
  };
  const read = (stat: Params): TimeSeries => {
    const { Metric, Period, Stat, Unit } = stat as { Metric: Params; Period: number; Stat: string; Unit?: string };
    const piece = { from: range.from(Period), to: range.to, periodMilliseconds: Period * 1000 };
    return new Map(
      store.read(metricOf(Metric), piece, Unit).flatMap((bucket) => {
        const value = statisticOf(bucket, Stat);
        return value === undefined ? [] : [[bucket.at, value] as const];
      }),
    );
  };
  const timesOf = (periodSeconds: number): number[] => {
    const length = periodSeconds * 1000;
    const from = range.from(periodSeconds);
    const count = Math.ceil((range.to - from) / length);
    const first = from + Math.max(0, count - DATAPOINTS_AT_MOST) * length;
    return Array.from({ length: Math.min(count, DATAPOINTS_AT_MOST) }, (_, i) => first + i * length);
  };
  const valueOf = (id: string): Value => {
    const there = known.get(id);
    if (there !== undefined) return there;
    if (busy.has(id)) throw invalid(`The expression ${id} refers to itself.`);
    busy.add(id);
    const { stat, tree, periodSeconds } = find(id);
    const value =
      stat === undefined
        ? evaluate(tree!, {
            value: valueOf,
            period: (name) => find(name).periodSeconds,
            metrics: (text) =>
              queries
                .filter((one) => one.stat !== undefined && one.id.includes(text))
                .map((one) => valueOf(one.id) as TimeSeries),
            times: () => timesOf(periodSeconds),
          })
        : read(stat);
    busy.delete(id);
    known.set(id, value);
    return value;
  };
  return queries
    .filter(({ isReturned }) => isReturned)
    .flatMap((query) => {
      const value = valueOf(query.id);
      if (value instanceof Map) return [{ query, series: value }];
      if (Array.isArray(value)) return value.map((series) => ({ query, series }));
      throw invalid(`The expression ${query.id} must return a time series.`);
    });
};
