import type { Clock } from '../engine/contract.ts';
import type { Run } from './scenario.ts';

/** What a run has set going: timers, and work that is under way. */
interface RunTimers {
  /** In so many cloud milliseconds, unless the run is over by then. */
  after(run: Run, milliseconds: number, task: () => Promise<void>): void;
  /** Work whose failure is noted in its run. */
  track(run: Run, work: Promise<void>): void;
  cancel(run: Run): void;
  stop(): void;
  /** Resolves when no work is under way. */
  idle(): Promise<void>;
}

interface Ports {
  clock: Pick<Clock, 'after'>;
  failed(run: Run, error: unknown): void;
}

export const createRunTimers = ({ clock, failed }: Ports): RunTimers => {
  const timers = new Map<string, Set<() => void>>();
  const underWay = new Set<Promise<void>>();

  const track = (run: Run, work: Promise<void>): void => {
    const caught = work.catch((error: unknown) => failed(run, error));
    underWay.add(caught);
    void caught.then(() => underWay.delete(caught));
  };

  return {
    after: (run, milliseconds, task) => {
      const mine = timers.get(run.id) ?? new Set();
      timers.set(run.id, mine);
      const cancel = clock.after(Math.max(0, milliseconds), () => {
        mine.delete(cancel);
        track(run, task());
      });
      mine.add(cancel);
    },
    track,
    cancel: ({ id }) => {
      for (const cancel of timers.get(id) ?? []) cancel();
      timers.delete(id);
    },
    stop: () => {
      for (const mine of timers.values()) for (const cancel of mine) cancel();
    },
    idle: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
};
