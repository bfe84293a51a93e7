/** Of a sorted copy, by nearest rank. @param share 0.5 is the median */
export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

export const median = (values: number[]): number => percentile(values, 0.5);
