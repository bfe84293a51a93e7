/** Waits look at the clock every ten seconds; a worker that is late for it is not absent yet. */
const LONGEST_PAUSE_MILLISECONDS = 15_000;

/**
 * Milliseconds that go on only while a worker looks at the change. Nothing may be judged by the time in which nobody
 * looked: what was stuck before may have come right long ago.
 */
export function attendedTime(): () => number {
  let seen = Date.now();
  let attended = 0;
  return () => {
    const now = Date.now();
    attended += Math.min(now - seen, LONGEST_PAUSE_MILLISECONDS);
    seen = now;
    return attended;
  };
}
