/** Buckets as text: the state file is written at every change, and most of a metric's data is one value a minute, often the same. */
import type { Bucket } from './statistics.ts';

/** Buckets alike that follow each other at one distance. */
interface Run {
  /** Seconds. */
  from: number;
  step: number;
  length: number;
  data: string;
}

const numbers = (text: string, separator: string): number[] => text.split(separator).map(Number);

/** `value*count` where all values are the same, else `count,sum,min,max` and `;value*count…` when they are known. */
const encodeData = ({ count, sum, min, max, values }: Bucket): string => {
  if (values?.size === 1) return `${min}*${count}`;
  const known = values === undefined ? '' : [...values].map(([value, times]) => `;${value}*${times}`).join('');
  return `${[count, sum, min, max].join(',')}${known}`;
};

const decodeData = (at: number, data: string): Bucket => {
  if (!data.includes(',')) {
    const [value = 0, count = 0] = numbers(data, '*');
    return { at, count, sum: value * count, min: value, max: value, values: new Map([[value, count]]) };
  }
  const [figures = '', ...known] = data.split(';');
  const [count = 0, sum = 0, min = 0, max = 0] = numbers(figures, ',');
  const values = known.map((pair) => numbers(pair, '*') as [number, number]);
  return { at, count, sum, min, max, ...(values.length > 0 && { values: new Map(values) }) };
};

/** `from/step/length:data`, or `from:data` for one alone; runs are set apart by blanks. */
const encodeRun = ({ from, step, length, data }: Run): string =>
  length === 1 ? `${from}:${data}` : `${from}/${step}/${length}:${data}`;

export const encodeBuckets = (buckets: Iterable<Bucket>): string => {
  const runs: Run[] = [];
  for (const bucket of [...buckets].sort((a, b) => a.at - b.at)) {
    const data = encodeData(bucket);
    const at = bucket.at / 1000;
    const run = runs.at(-1);
    const distance = run === undefined ? 0 : at - (run.from + run.step * (run.length - 1));
    if (run === undefined || run.data !== data || (run.length > 1 && distance !== run.step)) {
      runs.push({ from: at, step: 0, length: 1, data });
    } else {
      run.step = distance;
      run.length += 1;
    }
  }
  return runs.map(encodeRun).join(' ');
};

export const decodeBuckets = (text: string): Map<number, Bucket> => {
  const buckets = new Map<number, Bucket>();
  for (const run of text.split(' ')) {
    const [where = '', data = ''] = run.split(':');
    const [from = 0, step = 0, length = 1] = numbers(where, '/');
    for (let i = 0; i < length; i += 1) {
      const at = (from + i * step) * 1000;
      buckets.set(at, decodeData(at, data));
    }
  }
  return buckets;
};
