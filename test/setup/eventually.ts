import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks until the answer is neither undefined nor false.
 * @param what named in the error when it does not happen in time
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  limitSeconds = 30,
): Promise<T> {
  const deadline = Date.now() + limitSeconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`Not within ${limitSeconds} s: ${what}`);
    await sleep(50);
  }
}
