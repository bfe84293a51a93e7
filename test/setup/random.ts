/** Of everything that tests choose at random; another one by `WL_TEST_SEED`. */
export const seed = Number(process.env.WL_TEST_SEED ?? 3);

/** Pseudo-random numbers from 0 up to, not including, 1; the same seed gives the same ones. */
export function createRandom(start: number = seed): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
