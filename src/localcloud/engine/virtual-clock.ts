import type { Clock } from './contract.ts';
import { repeating } from './repeat.ts';
import { createHeap } from './heap.ts';

interface Timer {
  due: number;
  order: number;
  /** Undefined once it is cancelled: it stays in the queue until its time, and then nothing happens. */
  task: (() => void) | undefined;
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
  // Of the same moment, the one that was set first comes first.
  const timers = createHeap<Timer>((a, b) => a.due < b.due || (a.due === b.due && a.order < b.order));

  const after = (milliseconds: number, task: () => void): (() => void) => {
    order += 1;
    const timer: Timer = { due: time + Math.max(0, milliseconds), order, task };
    timers.push(timer);
    return () => {
      timer.task = undefined;
    };
  };
  const next = (): Timer | undefined => {
    while (timers.peek() !== undefined && timers.peek()?.task === undefined) timers.pop();
    return timers.peek();
  };

  return {
    now: () => time,
    realNow: () => time,
    speed: 1,
    setSpeed: () => undefined,
    after,
    every: repeating(after),
    real: (milliseconds) => milliseconds,
    advance: async (milliseconds) => {
      const end = time + milliseconds;
      await settle();
      for (let timer = next(); timer !== undefined && timer.due <= end; timer = next()) {
        timers.pop();
        time = timer.due;
        timer.task?.();
        // What it set going may be due at once.
        if ((next()?.due ?? Infinity) > time) await settle();
      }
      time = end;
      await settle();
    },
    stop: timers.clear,
  };
};
