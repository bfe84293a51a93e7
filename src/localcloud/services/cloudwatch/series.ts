/** The data of every metric, bounded: minutes (or seconds) for 3 hours, 5 minutes for 2 days, hours for 15 days. */
import { decodeBuckets, encodeBuckets } from './series-text.ts';
import { merge, type Bucket } from './statistics.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How coarse data becomes with age, oldest first; what is older than the first is forgotten. */
const TIERS = [
  { olderThan: 15 * DAY, length: Infinity },
  { olderThan: 2 * DAY, length: HOUR },
  { olderThan: 3 * HOUR, length: 5 * MINUTE },
];

export interface Dimension {
  Name: string;
  Value: string;
}

export interface MetricId {
  namespace: string;
  name: string;
  /** In any order; a metric is another one when they differ. */
  dimensions: readonly Dimension[];
}

interface Series extends MetricId {
  key: string;
  /** Cloud time of the newest data. */
  newestAt: number;
  byUnit: Map<string, Map<number, Bucket>>;
  /** What is saved of it, until it changes. */
  saved?: SavedSeries;
}

interface SavedSeries extends MetricId {
  newestAt: number;
  /** Text of the buckets, by unit. */
  units: Record<string, string>;
}

/** A stretch of time in pieces of one length, the first of which begins at `from`. */
export interface Range {
  from: number;
  /** Not in it any more. */
  to: number;
  periodMilliseconds: number;
}

export type SeriesStore = ReturnType<typeof createSeriesStore>;

const sorted = (dimensions: readonly Dimension[]): Dimension[] =>
  dimensions.map(({ Name, Value }) => ({ Name, Value })).sort((a, b) => (a.Name < b.Name ? -1 : 1));

const keyOf = ({ namespace, name, dimensions }: MetricId): string =>
  JSON.stringify([namespace, name, sorted(dimensions).map(({ Name, Value }) => [Name, Value])]);

/** Puts a bucket where it belongs in time, on top of what is there. */
const put = (buckets: Map<number, Bucket>, at: number, bucket: Bucket): void => {
  const there = buckets.get(at);
  buckets.set(at, there === undefined ? { ...bucket, at } : merge(at, there, bucket));
};

export const createSeriesStore = () => {
  const all = new Map<string, Series>();

  const find = (metric: MetricId): Series => {
    const key = keyOf(metric);
    const found = all.get(key);
    if (found !== undefined) return found;
    const { namespace, name, dimensions } = metric;
    const made: Series = { key, namespace, name, dimensions: sorted(dimensions), newestAt: 0, byUnit: new Map() };
    all.set(key, made);
    return made;
  };

  const compactBuckets = (buckets: Map<number, Bucket>, now: number): Map<number, Bucket> => {
    const compacted = new Map<number, Bucket>();
    for (const bucket of buckets.values()) {
      const { length = 0 } = TIERS.find(({ olderThan }) => bucket.at < now - olderThan) ?? {};
      if (length === Infinity) continue;
      put(compacted, length === 0 ? bucket.at : bucket.at - (bucket.at % length), bucket);
    }
    return compacted;
  };

  return {
    /** `resolutionSeconds`: 60, or 1 for a high-resolution metric. */
    add: (metric: MetricId, unit: string, bucket: Bucket, resolutionSeconds: 1 | 60): void => {
      const series = find(metric);
      const buckets = series.byUnit.get(unit) ?? new Map<number, Bucket>();
      series.byUnit.set(unit, buckets);
      put(buckets, bucket.at - (bucket.at % (resolutionSeconds * 1000)), bucket);
      series.newestAt = Math.max(series.newestAt, bucket.at);
      delete series.saved;
    },
    unitsOf: (metric: MetricId): string[] => [...(all.get(keyOf(metric))?.byUnit.keys() ?? [])],
    /** The pieces that have data, oldest first; without a unit what came with any. */
    read: (metric: MetricId, { from, to, periodMilliseconds }: Range, unit?: string): Bucket[] => {
      const pieces = new Map<number, Bucket>();
      for (const [name, buckets] of all.get(keyOf(metric))?.byUnit ?? []) {
        if (unit !== undefined && unit !== name) continue;
        for (const bucket of buckets.values()) {
          if (bucket.at < from || bucket.at >= to) continue;
          put(pieces, bucket.at - ((bucket.at - from) % periodMilliseconds), bucket);
        }
      }
      return [...pieces.values()].sort((a, b) => a.at - b.at);
    },
    /** Every metric with the time of its newest data, in the order of their names. */
    list: (): (MetricId & { newestAt: number })[] => [...all.values()].sort((a, b) => (a.key < b.key ? -1 : 1)),
    compact: (now: number): void => {
      for (const series of all.values()) {
        for (const [unit, buckets] of series.byUnit) {
          const compacted = compactBuckets(buckets, now);
          if (compacted.size === buckets.size) continue;
          if (compacted.size === 0) series.byUnit.delete(unit);
          else series.byUnit.set(unit, compacted);
          delete series.saved;
        }
        if (series.byUnit.size === 0) all.delete(series.key);
      }
    },
    save: (): SavedSeries[] =>
      [...all.values()].map((series) => {
        const { namespace, name, dimensions, newestAt, byUnit } = series;
        series.saved ??= {
          namespace,
          name,
          dimensions,
          newestAt,
          units: Object.fromEntries([...byUnit].map(([unit, buckets]) => [unit, encodeBuckets(buckets.values())])),
        };
        return series.saved;
      }),
    load: (saved: readonly SavedSeries[]): void => {
      for (const { units, ...metric } of saved) {
        const series = find(metric);
        series.newestAt = metric.newestAt;
        for (const [unit, text] of Object.entries(units)) series.byUnit.set(unit, decodeBuckets(text));
      }
    },
  };
};
