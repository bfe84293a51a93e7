/** What PutMetricAlarm is given, checked. */
import type { Params } from '../../engine/contract.ts';
import { invalid, notServed } from './errors.ts';
import { readQueries, runQueries } from './queries.ts';
import { createSeriesStore } from './series.ts';
import { percentOf } from './statistics.ts';

const DAY_SECONDS = 86_400;
const WEEK_SECONDS = 604_800;
const ACTION_SERVICES = 'sns|automate|swf|autoscaling|lambda|ssm|ssm-incidents|aiops';
const OF_ONE_METRIC = ['Namespace', 'Dimensions', 'Period', 'Unit', 'Statistic', 'ExtendedStatistic'];
const BANDS = ['LessThanLowerOrGreaterThanUpperThreshold', 'LessThanLowerThreshold', 'GreaterThanUpperThreshold'];
const UNSERVED = [
  'EvaluationCriteria',
  'EvaluationInterval',
  'EvaluationWindow',
  'WarmUpConfiguration',
  'ThresholdMetricId',
];

const need = (params: Params, name: string): void => {
  if (params[name] === undefined) throw invalid(`The parameter ${name} is required.`);
};

const checkOption = (params: Params, name: string, options: readonly string[]): void => {
  const value = params[name] as string | undefined;
  if (value === undefined || options.includes(value)) return;
  const listed = `${options.slice(0, -1).join(', ')} and ${options.at(-1)}`;
  throw invalid(`Option ${value} is not supported. Supported options for parameter ${name} are ${listed}.`);
};

const checkActions = (params: Params, region: string): void => {
  for (const name of ['OKActions', 'AlarmActions', 'InsufficientDataActions']) {
    for (const arn of (params[name] ?? []) as string[]) {
      const [, where] = new RegExp(`^arn:aws:(?:${ACTION_SERVICES}):([a-z0-9-]*):.+$`).exec(arn) ?? [];
      if (where === undefined) throw invalid(`Invalid arn syntax: ${arn}`);
      if (where !== '' && where !== region)
        throw invalid(`Invalid region ${where} specified. Only ${region} is supported.`);
    }
  }
};

const checkSingleMetric = (params: Params): number => {
  for (const name of ['Namespace', 'Period']) need(params, name);
  const { Statistic, ExtendedStatistic, Period } = params as {
    Statistic?: string;
    ExtendedStatistic?: string;
    Period: number;
  };
  if ((Statistic === undefined) === (ExtendedStatistic === undefined))
    throw invalid('Exactly one of Statistic and ExtendedStatistic must be specified.');
  if (ExtendedStatistic !== undefined && percentOf(ExtendedStatistic) === undefined)
    throw invalid(`The value ${ExtendedStatistic} for parameter ExtendedStatistic is not supported.`);
  return Period;
};

const checkMath = (params: Params): number => {
  const given = OF_ONE_METRIC.find((name) => params[name] !== undefined && params[name].length !== 0);
  if (given !== undefined) throw invalid(`The parameters Metrics and ${given} are mutually exclusive.`);
  const metrics = params.Metrics as Params[];
  if (metrics.length > 20) throw invalid('The collection Metrics must not have a size greater than 20.');
  const queries = readQueries(metrics, metrics.length === 1);
  if (queries.filter(({ isReturned }) => isReturned).length !== 1)
    throw invalid('Exactly one element of the metrics list should return data.');
  // Without data it shows whether it makes sense.
  runQueries(queries, createSeriesStore(), { from: () => 0, to: 0 });
  return Math.max(...queries.map(({ periodSeconds }) => periodSeconds));
};

const checkWindow = (params: Params, period: number): void => {
  if (![10, 20, 30].includes(period) && period % 60 !== 0)
    throw invalid('Period must be 10, 20, 30 or a multiple of 60');
  const seconds = period * (params.EvaluationPeriods as number);
  if (period < 3600 && seconds > DAY_SECONDS) {
    throw invalid(
      `Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= ${DAY_SECONDS}).`,
    );
  }
  if (seconds > WEEK_SECONDS) {
    throw invalid(
      `Metrics cannot be checked across more than 7 days (EvaluationPeriods * Period must be <= ${WEEK_SECONDS}).`,
    );
  }
};

/**
 * The settings to keep, defaults put in.
 * @throws ValidationError; NotImplemented for anomaly detection, PromQL and evaluation windows
 */
export const readAlarm = (params: Params, region: string): Params => {
  const unserved = UNSERVED.find((name) => params[name] !== undefined);
  if (unserved !== undefined) throw notServed(`Alarms with ${unserved}`);
  if (BANDS.includes(String(params.ComparisonOperator))) throw notServed('Alarms on anomaly detection');
  if (/\p{Cc}/u.test(String(params.AlarmName))) throw invalid('AlarmName must not contain ASCII control characters.');
  for (const name of ['EvaluationPeriods', 'ComparisonOperator', 'Threshold']) need(params, name);
  if ((params.MetricName === undefined) === (params.Metrics === undefined))
    throw invalid('Exactly one of MetricName and Metrics must be specified.');
  const period = params.Metrics === undefined ? checkSingleMetric(params) : checkMath(params);
  checkWindow(params, period);
  if (params.DatapointsToAlarm > params.EvaluationPeriods)
    throw invalid('DatapointsToAlarm must be less than or equal to EvaluationPeriods.');
  checkOption(params, 'TreatMissingData', ['breaching', 'notBreaching', 'ignore', 'missing']);
  checkOption(params, 'EvaluateLowSampleCountPercentile', ['evaluate', 'ignore']);
  checkActions(params, region);
  const { Tags: _tags, ...settings } = params;
  return {
    ActionsEnabled: true,
    OKActions: [],
    AlarmActions: [],
    InsufficientDataActions: [],
    Dimensions: [],
    ...settings,
  };
};
