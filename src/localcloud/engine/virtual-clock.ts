import type { Clock } from './contract.ts';

interface Timer {
  due: number;
  order: number;
  task: () => void;
}

export interface VirtualClock extends Clock {
  /** Lets so many cloud milliseconds pass: what falls due happens in order, each after all that the one before set going. */
  advance(milliseconds: number): Promise<void>;
  stop(): void;
}

/** Promises, and what Node does of its own accord, get their turn. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Time that stands still until it is told to pass; real and cloud time are one. */
export const createVirtualClock = (start = Date.UTC(2026, 0, 1)): VirtualClock => {
  let time = start;
  let order = 0;
  let timers: Timer[] = [];

  const after = (milliseconds: number, task: () => void): (() => void) => {
    order += 1;
    const timer: Timer = { due: time + Math.max(0, milliseconds), order, task };
    // Sorted by due time; a later one of the same moment comes after.
    let at = timers.length;
    while (at > 0 && (timers[at - 1] as Timer).due > timer.due) at -= 1;
    timers.splice(at, 0, timer);
    return () => {
      timers = timers.filter((one) => one !== timer);
    };
  };

  return {
    now: () => time,
    realNow: () => time,
    speed: 1,
    setSpeed: () => undefined,
    after,
    every: (milliseconds, task) => {
      let cancel = (): void => undefined;
      const again = (): void => {
        cancel = after(milliseconds, () => {
          again();
          task();
        });
      };
      again();
      return () => cancel();
    },
    real: (milliseconds) => milliseconds,
    advance: async (milliseconds) => {
      const end = time + milliseconds;
      await settle();
      for (let next = timers[0]; next !== undefined && next.due <= end; next = timers[0]) {
        timers.shift();
        time = next.due;
        next.task();
        // What it set going may be due at once.
        if ((timers[0]?.due ?? Infinity) > time) await settle();
      }
      time = end;
      await settle();
    },
    stop: () => {
      timers = [];
    },
  };
};
