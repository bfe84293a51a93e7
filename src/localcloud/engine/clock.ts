import type { Clock } from './contract.ts';
import { repeating } from './repeat.ts';

/** setTimeout counts in 32 bits; longer waits are slept in pieces. */
const LONGEST_SLEEP = 2 ** 31 - 1;

/** Where cloud time and wall time met last, and how fast the one runs since. */
export interface ClockOrigin {
  wall: number;
  cloud: number;
  speed: number;
}

export interface ScaledClock extends Clock {
  /** What has to be remembered for cloud time to go on over a restart. */
  origin(): ClockOrigin;
  /** Goes on from an earlier life: time has passed at the old speed until now, and passes at this clock's speed after. */
  resume(origin: ClockOrigin): void;
  /** No timer fires any more. */
  stop(): void;
}

interface Timer {
  due: number;
  task: () => void;
  handle: NodeJS.Timeout;
}

/** `speed` cloud milliseconds pass in a real one. */
export const createClock = (initialSpeed: number, wall: () => number = Date.now): ScaledClock => {
  let origin: ClockOrigin = { wall: wall(), cloud: wall(), speed: initialSpeed };
  let latest = 0;
  const timers = new Set<Timer>();

  const now = (): number => {
    // The wall clock may be set back; cloud time then stands still until it has caught up.
    latest = Math.max(latest, origin.cloud + (wall() - origin.wall) * origin.speed);
    return latest;
  };
  const arm = (timer: Timer): void => {
    clearTimeout(timer.handle);
    const sleep = Math.min(LONGEST_SLEEP, Math.max(0, Math.ceil((timer.due - now()) / origin.speed)));
    timer.handle = setTimeout(() => {
      if (now() < timer.due) return arm(timer);
      timers.delete(timer);
      timer.task();
    }, sleep);
  };
  const rebase = (speed: number): void => {
    origin = { wall: wall(), cloud: now(), speed };
    for (const timer of timers) arm(timer);
  };
  const after = (milliseconds: number, task: () => void): (() => void) => {
    const timer: Timer = { due: now() + milliseconds, task, handle: setTimeout(() => undefined, 0) };
    timers.add(timer);
    arm(timer);
    return () => {
      clearTimeout(timer.handle);
      timers.delete(timer);
    };
  };

  return {
    now,
    realNow: wall,
    after,
    get speed() {
      return origin.speed;
    },
    setSpeed: rebase,
    every: repeating(after),
    real: (milliseconds) => milliseconds / origin.speed,
    origin: () => ({ ...origin }),
    resume: (earlier) => {
      const { speed } = origin;
      origin = earlier;
      rebase(speed);
    },
    stop: () => {
      for (const { handle } of timers) clearTimeout(handle);
      timers.clear();
    },
  };
};
