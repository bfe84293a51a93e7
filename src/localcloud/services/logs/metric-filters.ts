/** Metric filters: kept, and tried out on messages that the caller brings. */
import { AwsError, type OperationTable, type Params } from '../../engine/contract.ts';
import { page } from './paging.ts';
import { compilePattern } from './pattern.ts';
import { badParameter, type LogStore } from './store.ts';

const LARGEST_FILTER_COUNT = 100;

export const createMetricFilterOperations = ({ groups, groupOf }: LogStore, now: () => number): OperationTable => {
  const resource = ({ logGroupName }: Params) => logGroupName as string | undefined;
  return {
    PutMetricFilter: {
      mutating: true,
      resource,
      depth: 'keeps',
      note: 'no metric comes of it',
      run: (params) => {
        const { filterName, filterPattern, metricTransformations } = params;
        const { metricFilters, name } = groupOf(params);
        compilePattern(filterPattern as string);
        const isNew = metricFilters[filterName as string] === undefined;
        if (isNew && Object.keys(metricFilters).length >= LARGEST_FILTER_COUNT)
          throw new AwsError('LimitExceededException', 'Resource limit exceeded.');
        metricFilters[filterName as string] = {
          filterName,
          filterPattern,
          metricTransformations,
          creationTime: Math.round(now()),
          logGroupName: name,
        };
        return {};
      },
    },
    DescribeMetricFilters: {
      mutating: false,
      resource,
      run: (params) => {
        const { logGroupName, filterNamePrefix, metricName, metricNamespace } = params;
        if ((metricName === undefined) !== (metricNamespace === undefined))
          throw badParameter(
            'If you include the metricName parameter in your request, you must also include the metricNamespace parameter.',
          );
        const of = logGroupName === undefined ? [...groups.values()] : [groupOf({ logGroupName })];
        const isOfMetric = ({ metricTransformations }: Params): boolean =>
          metricName === undefined ||
          (metricTransformations as Params[]).some(
            (one) => one.metricName === metricName && one.metricNamespace === metricNamespace,
          );
        const found = of
          .flatMap(({ metricFilters }) => Object.values(metricFilters))
          .filter(
            (filter) => String(filter.filterName).startsWith(String(filterNamePrefix ?? '')) && isOfMetric(filter),
          );
        const keyOf = (filter: Params): string => `${String(filter.filterName)}/${String(filter.logGroupName)}`;
        const { items, ...more } = page(found, keyOf, params, { byDefault: 50 });
        return { metricFilters: items, ...more };
      },
    },
    DeleteMetricFilter: {
      mutating: true,
      resource,
      run: (params) => {
        const { metricFilters } = groupOf(params);
        const name = params.filterName as string;
        if (metricFilters[name] === undefined)
          throw new AwsError('ResourceNotFoundException', 'The specified metric filter does not exist.');
        delete metricFilters[name];
        return {};
      },
    },
    TestMetricFilter: {
      mutating: false,
      note: 'extracts no values',
      run: ({ filterPattern, logEventMessages }) => {
        const isWanted = compilePattern(filterPattern as string);
        const matches = (logEventMessages as string[])
          .map((eventMessage, i) => ({ eventNumber: i + 1, eventMessage, extractedValues: {} }))
          .filter(({ eventMessage }) => isWanted(eventMessage));
        return { matches };
      },
    },
  };
};
