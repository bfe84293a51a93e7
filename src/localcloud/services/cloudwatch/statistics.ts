/** What one stretch of time of a metric amounts to, and the statistics that can be asked of it. */

export interface Bucket {
  /** Where it begins: cloud milliseconds. */
  at: number;
  count: number;
  sum: number;
  min: number;
  max: number;
  /** How often each value came; undefined when only statistic sets are known, then there are no percentiles. */
  values?: Map<number, number>;
}

/** More distinct values than this are kept with three digits. */
const DISTINCT_VALUES = 500;

const withThreeDigits = (values: Map<number, number>): Map<number, number> => {
  const coarse = new Map<number, number>();
  for (const [value, count] of values) {
    const rounded = Number(value.toPrecision(3));
    coarse.set(rounded, (coarse.get(rounded) ?? 0) + count);
  }
  return coarse;
};

const mergeValues = (one: Map<number, number>, other: Map<number, number>): Map<number, number> => {
  const merged = new Map(one);
  for (const [value, count] of other) merged.set(value, (merged.get(value) ?? 0) + count);
  return merged.size > DISTINCT_VALUES ? withThreeDigits(merged) : merged;
};

/** Both as one that begins at `at`. */
export const merge = (at: number, one: Bucket, other: Bucket): Bucket => ({
  at,
  count: one.count + other.count,
  sum: one.sum + other.sum,
  min: Math.min(one.min, other.min),
  max: Math.max(one.max, other.max),
  ...(one.values !== undefined && other.values !== undefined && { values: mergeValues(one.values, other.values) }),
});

/** Nearest rank. */
const percentile = (values: Map<number, number>, percent: number): number | undefined => {
  const sorted = [...values].sort(([a], [b]) => a - b);
  if ((sorted[0]?.[0] ?? 0) < 0) return undefined;
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [value, count] of sorted) {
    seen += count;
    if (seen >= (percent / 100) * total) return value;
  }
  return undefined;
};

/** 99.9 of `p99.9`; undefined when it is no percentile. */
export const percentOf = (statistic: string): number | undefined => {
  const [, digits] = /^p(\d{1,3}(?:\.\d{1,10})?)$/.exec(statistic) ?? [];
  return digits === undefined || Number(digits) > 100 ? undefined : Number(digits);
};

const SIMPLE: Record<string, (bucket: Bucket) => number> = {
  SampleCount: ({ count }) => count,
  Average: ({ sum, count }) => sum / count,
  Sum: ({ sum }) => sum,
  Minimum: ({ min }) => min,
  Maximum: ({ max }) => max,
};

export const isStatistic = (statistic: string): boolean =>
  Object.hasOwn(SIMPLE, statistic) || percentOf(statistic) !== undefined;

/** Undefined for a percentile of what is not known value by value, or has negative values. */
export const statisticOf = (bucket: Bucket, statistic: string): number | undefined => {
  const simple = Object.hasOwn(SIMPLE, statistic) ? SIMPLE[statistic] : undefined;
  if (simple !== undefined) return simple(bucket);
  const percent = percentOf(statistic);
  return percent === undefined || bucket.values === undefined ? undefined : percentile(bucket.values, percent);
};
