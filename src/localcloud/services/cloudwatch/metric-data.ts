/** GetMetricData. */
import type { Operation, OperationTable, Params } from '../../engine/contract.ts';
import { pageOf } from '../paging.ts';
import { invalid, invalidToken } from './errors.ts';
import { roundedStart } from './metric-operations.ts';
import { readQueries, runQueries, type QueryResult } from './queries.ts';
import type { SeriesStore } from './series.ts';

const QUERIES_PER_CALL = 500;
const DATAPOINTS_AT_MOST = 100_800;

interface Point {
  result: number;
  time: number;
  value: number;
}

const readLimit = (params: Params): number => {
  const limit = (params.MaxDatapoints ?? DATAPOINTS_AT_MOST) as number;
  if (limit < 1 || limit > DATAPOINTS_AT_MOST)
    throw invalid(`MaxDatapoints must be between 1 and ${DATAPOINTS_AT_MOST}.`);
  return limit;
};

const pointsOf = (results: readonly QueryResult[], isAscending: boolean): Point[] =>
  results.flatMap(({ series }, result) =>
    [...series].sort(([a], [b]) => (isAscending ? a - b : b - a)).map(([time, value]) => ({ result, time, value })),
  );

export const metricDataOperations = (store: SeriesStore): OperationTable => {
  const getMetricData: Operation = (params) => {
    const given = params.MetricDataQueries as Params[];
    const [start, end] = [params.StartTime as Date, params.EndTime as Date];
    if (start > end) throw invalid('The parameter EndTime must be greater than StartTime.');
    if (start.getTime() === end.getTime()) throw invalid('The parameter StartTime must not equal parameter EndTime.');
    if (given.length > QUERIES_PER_CALL)
      throw invalid(`The collection MetricDataQueries must not have a size greater than ${QUERIES_PER_CALL}.`);
    const size = readLimit(params);
    const results = runQueries(readQueries(given, true), store, {
      from: (periodSeconds) => roundedStart(start, periodSeconds),
      to: end.getTime(),
    });
    const points = pointsOf(results, params.ScanBy === 'TimestampAscending');
    const { items, next } = pageOf(points, { list: 'data', size, token: params.NextToken, invalidToken });
    const last = items.at(-1);
    return {
      MetricDataResults: results.map(({ query }, i) => {
        const own = items.filter(({ result }) => result === i);
        const isCut = next !== undefined && last !== undefined && i >= last.result;
        return {
          Id: query.id,
          Label: query.label,
          Timestamps: own.map(({ time }) => new Date(time)),
          Values: own.map(({ value }) => value),
          StatusCode: isCut ? 'PartialData' : 'Complete',
        };
      }),
      NextToken: next,
      Messages: [],
    };
  };

  return {
    GetMetricData: {
      run: getMetricData,
      mutating: false,
      note: 'math: + - * / ^, comparisons, SUM AVG MIN MAX, METRICS, IF, FILL, PERIOD, ABS CEIL FLOOR; no Metrics Insights, no dynamic labels',
    },
  };
};
