import { setTimeout as sleep } from 'node:timers/promises';
import { ERRORS, isWonderlandError } from '../domain/errors.ts';

/** Errors that another try may cure. */
export const isTransient = (error: unknown): boolean => isWonderlandError(error) && ERRORS[error.code].retryable;

/** Milliseconds before try `attempt` (0-based): doubling from `base` to `limit`, half of it at random. */
export const backoff = (attempt: number, base = 100, limit = 2000): number => {
  const full = Math.min(base * 2 ** attempt, limit);
  return full / 2 + (Math.random() * full) / 2;
};

/** How long the server asked to wait, in milliseconds, when it did. */
const retryAfter = (error: unknown): number => {
  const seconds = isWonderlandError(error) ? Number(error.details?.retryAfterSeconds ?? 0) : 0;
  return Math.min(seconds, 10) * 1000;
};

/** Tries an idempotent operation up to `tries` times. */
export async function withRetries<T>(operation: () => Promise<T>, tries = 6): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await operation();
    } catch (error) {
      if (attempt + 1 >= tries || !isTransient(error)) throw error;
      await sleep(Math.max(backoff(attempt), retryAfter(error)));
    }
  }
}
