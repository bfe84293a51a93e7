/** Names for the usual capacities; each step doubles. */
export const SIZES = ['XS', 'S', 'M', 'L', 'XL', '2XL', '3XL'] as const;
export type Size = (typeof SIZES)[number];

/** A named size, or the number itself. */
type Capacity = Size | number;

const doubled = (smallest: number, size: Capacity): number =>
  typeof size === 'number' ? size : smallest * 2 ** SIZES.indexOf(size);

/** XS … 3XL are 64 … 4096 MiB. */
export const memoryMiB = (size: Capacity): number => doubled(64, size);

/** XS … 3XL are 32 … 2048 CPU units; 1024 units are one vCPU. */
export const cpuUnits = (size: Capacity): number => doubled(32, size);
