/** Buckets as text: the state file is written at every change, and most of a metric's data is one value a minute. */
import type { Bucket } from './statistics.ts';

const numbers = (text: string, separator: string): number[] => text.split(separator).map(Number);

/** `seconds:value*count` where all values are the same, else `seconds:count,sum,min,max` and `;value*count…` when they are known. */
const encode = ({ at, count, sum, min, max, values }: Bucket): string => {
  if (values?.size === 1) return `${at / 1000}:${min}*${count}`;
  const known = values === undefined ? '' : [...values].map(([value, times]) => `;${value}*${times}`).join('');
  return `${at / 1000}:${[count, sum, min, max].join(',')}${known}`;
};

const decode = (text: string): Bucket => {
  const [seconds = '', data = ''] = text.split(':');
  const at = Number(seconds) * 1000;
  if (!data.includes(',')) {
    const [value = 0, count = 0] = numbers(data, '*');
    return { at, count, sum: value * count, min: value, max: value, values: new Map([[value, count]]) };
  }
  const [figures = '', ...known] = data.split(';');
  const [count = 0, sum = 0, min = 0, max = 0] = numbers(figures, ',');
  const values = known.map((pair) => numbers(pair, '*') as [number, number]);
  return { at, count, sum, min, max, ...(values.length > 0 && { values: new Map(values) }) };
};

export const encodeBuckets = (buckets: Iterable<Bucket>): string => [...buckets].map(encode).join(' ');

export const decodeBuckets = (text: string): Map<number, Bucket> =>
  new Map(
    text.split(' ').map((one) => {
      const bucket = decode(one);
      return [bucket.at, bucket];
    }),
  );
