import { INCARNATION } from './service.ts';
import type { Line } from './told.ts';

export const waiting = (left: number): string =>
  `Waiting for service ${INCARNATION} to complete rolling update (timeout in ${left}s)`;

export const oldTasks = (left: number): string =>
  `Waiting for old tasks of service ${INCARNATION} to drain and stop (limit in ${left}s)`;

export const tooLong = (seconds: number): string => `The rolling update did not complete within ${seconds} s`;

/** The lines of every ten seconds, from one number of seconds left to another. */
export const countdown = (from: number, to: number, second = 0): Line[] =>
  Array.from({ length: (from - to) / 10 + 1 }, (_, n) => [second + n * 10, waiting(from - n * 10)]);
