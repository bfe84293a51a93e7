/** What PutMetricData is given, checked. */
import type { Params } from '../../engine/contract.ts';
import { invalidCombination, invalidValue, missingParameter } from './errors.ts';
import type { Dimension, MetricId } from './series.ts';
import type { Bucket } from './statistics.ts';

const TWO_WEEKS = 14 * 24 * 3_600_000;
const TWO_HOURS = 2 * 3_600_000;
/** Values lie between minus and plus this. */
const LIMIT = 2 ** 360;
const METRICS_PER_CALL = 1000;
const VALUES_PER_METRIC = 150;

interface Datum {
  metric: MetricId;
  unit: string;
  bucket: Bucket;
  resolutionSeconds: 1 | 60;
}

const checkValue = (value: number, path: string): void => {
  if (Number.isNaN(value) || Math.abs(value) > LIMIT)
    throw invalidValue(`The value ${value} for parameter ${path} is invalid.`);
};

const bothGiven = (path: string, one: string, other: string): Error =>
  invalidCombination(
    `The parameters ${path}.${one} and ${path}.${other} are mutually exclusive and you have specified both.`,
  );

const ofStatistics = (set: Params, at: number, path: string): Bucket => {
  const { SampleCount: count, Sum: sum, Minimum: min, Maximum: max } = set as Record<string, number>;
  for (const [name, value] of Object.entries(set)) checkValue(value as number, `${path}.StatisticValues.${name}`);
  if (count === undefined || count <= 0)
    throw invalidValue(`The value ${count} for parameter ${path}.StatisticValues.SampleCount is invalid.`);
  if (min! > max!) {
    throw invalidValue(
      `The parameter ${path}.StatisticValues.Maximum must be greater than ${path}.StatisticValues.Minimum.`,
    );
  }
  const isOneValue = min === max && sum === min! * count;
  return { at, count, sum: sum!, min: min!, max: max!, ...(isOneValue && { values: new Map([[min!, count]]) }) };
};

const ofValues = (values: number[], counts: number[], at: number, path: string): Bucket => {
  if (values.length > VALUES_PER_METRIC)
    throw invalidValue(`The collection ${path}.Values must not have a size greater than ${VALUES_PER_METRIC}.`);
  if (counts.length !== values.length)
    throw invalidValue(`The parameters ${path}.Values and ${path}.Counts must be of the same size.`);
  for (const value of values) checkValue(value, `${path}.Values`);
  const bad = counts.find((count) => !(count > 0) || count > LIMIT);
  if (bad !== undefined) throw invalidValue(`The value ${bad} for parameter ${path}.Counts is invalid.`);
  const known = new Map<number, number>();
  values.forEach((value, i) => known.set(value, (known.get(value) ?? 0) + counts[i]!));
  return {
    at,
    count: counts.reduce((sum, count) => sum + count, 0),
    sum: values.reduce((sum, value, i) => sum + value * counts[i]!, 0),
    min: Math.min(...values),
    max: Math.max(...values),
    values: known,
  };
};

const readBucket = (datum: Params, at: number, path: string): Bucket => {
  const { Value, Values, Counts, StatisticValues } = datum as {
    Value?: number;
    Values?: number[];
    Counts?: number[];
    StatisticValues?: Params;
  };
  const isList = Values !== undefined && Values.length > 0;
  if (Value !== undefined && isList) throw bothGiven(path, 'Value', 'Values');
  if (Value !== undefined && StatisticValues !== undefined) throw bothGiven(path, 'Value', 'StatisticValues');
  if (isList && StatisticValues !== undefined) throw bothGiven(path, 'Values', 'StatisticValues');
  if (StatisticValues !== undefined) return ofStatistics(StatisticValues, at, path);
  if (isList) return ofValues(Values, Counts ?? Values.map(() => 1), at, path);
  if (Value === undefined) throw missingParameter(`The parameter ${path}.Value is required.`);
  checkValue(Value, `${path}.Value`);
  return ofValues([Value], [1], at, path);
};

const readTime = (datum: Params, now: number, path: string): number => {
  const at = (datum.Timestamp as Date | undefined)?.getTime() ?? now;
  if (at > now + TWO_HOURS)
    throw invalidValue(`The parameter ${path}.Timestamp must specify a time no more than two hours in the future.`);
  if (at < now - TWO_WEEKS)
    throw invalidValue(`The parameter ${path}.Timestamp must specify a time within the past two weeks.`);
  return at;
};

const checkNamespace = (namespace: string): void => {
  if (/^(AWS\/|:)/.test(namespace)) throw invalidValue(`The value ${namespace} for parameter Namespace is invalid.`);
};

/** @throws InvalidParameterValue, InvalidParameterCombination, MissingParameter; nothing of a refused call is kept */
export const readMetricData = (params: Params, now: number): Datum[] => {
  const namespace = String(params.Namespace);
  checkNamespace(namespace);
  const entities = (params.EntityMetricData ?? []) as { MetricData?: Params[] }[];
  const data = [...((params.MetricData ?? []) as Params[]), ...entities.flatMap(({ MetricData = [] }) => MetricData)];
  if (data.length === 0) throw missingParameter('The parameter MetricData is required.');
  if (data.length > METRICS_PER_CALL)
    throw invalidValue(`The collection MetricData must not have a size greater than ${METRICS_PER_CALL}.`);
  return data.map((datum, i) => {
    const path = `MetricData.member.${i + 1}`;
    const resolutionSeconds = (datum.StorageResolution ?? 60) as number;
    if (resolutionSeconds !== 1 && resolutionSeconds !== 60)
      throw invalidValue(`The value ${resolutionSeconds} for parameter ${path}.StorageResolution is invalid.`);
    return {
      metric: { namespace, name: String(datum.MetricName), dimensions: (datum.Dimensions ?? []) as Dimension[] },
      unit: (datum.Unit ?? 'None') as string,
      bucket: readBucket(datum, readTime(datum, now, path), path),
      resolutionSeconds,
    };
  });
};
