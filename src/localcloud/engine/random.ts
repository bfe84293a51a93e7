import { randomBytes } from 'node:crypto';

/** Chance, the same for the same seed. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** Whole, from 0 up to but not including `limit`. */
  below(limit: number): number;
  /** So many hexadecimal digits. */
  hex(digits: number): string;
  /** So many decimal digits, the first of which is no zero. */
  digits(count: number): string;
  /** Version 4. */
  uuid(): string;
  /** So many capital letters and digits, as Route 53 makes its ids. */
  code(length: number): string;
}

const CODE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** Mulberry32: small, and good enough for everything but secrets. */
const mulberry = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** Without a seed every run differs. */
export const createRandom = (seed: number = randomBytes(4).readUInt32LE()): Random => {
  const next = mulberry(seed);
  const below = (limit: number): number => Math.floor(next() * limit);
  const text = (alphabet: string, length: number): string =>
    Array.from({ length }, () => alphabet.charAt(below(alphabet.length))).join('');
  const hex = (digits: number): string => text('0123456789abcdef', digits);
  return {
    next,
    below,
    hex,
    digits: (count) => `${1 + below(9)}${text('0123456789', count - 1)}`,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${text('89ab', 1)}${hex(3)}-${hex(12)}`,
    code: (length) => text(CODE, length),
  };
};
