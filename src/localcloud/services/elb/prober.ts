/** When the instances behind one balancer are probed: one timer for all of them, however many there are. */
import type { Clock } from '../../engine/contract.ts';

interface Prober {
  /** The next probe of this instance is then, in cloud milliseconds since the epoch; more follow at the interval. */
  schedule(instanceId: string, at: number): void;
  forget(instanceId: string): void;
  /** Undefined for an instance that is not probed. */
  dueAt(instanceId: string): number | undefined;
  stop(): void;
}

interface Ports {
  clock: Pick<Clock, 'now' | 'after'>;
  /** Cloud milliseconds. */
  interval: () => number;
  probe: (instanceId: string) => void;
}

export const createProber = ({ clock, interval, probe }: Ports): Prober => {
  const due = new Map<string, number>();
  let timer: { at: number; cancel: () => void } | undefined;

  const arm = (): void => {
    if (due.size === 0) return;
    const next = Math.min(...due.values());
    // A timer that fires too early finds nothing due and is set anew: cheaper than taking it back each time.
    if (timer !== undefined && timer.at <= next) return;
    timer?.cancel();
    timer = { at: next, cancel: clock.after(Math.max(0, next - clock.now()), fire) };
  };

  const fire = (): void => {
    timer = undefined;
    const now = clock.now();
    for (const [instanceId, at] of due) {
      if (at > now) continue;
      // However long an answer takes, the rhythm stays; only what was slept through is left out.
      const next = at + interval();
      due.set(instanceId, next > now ? next : now + interval());
      probe(instanceId);
    }
    arm();
  };

  return {
    schedule: (instanceId, at) => {
      due.set(instanceId, at);
      arm();
    },
    forget: (instanceId) => void due.delete(instanceId),
    dueAt: (instanceId) => due.get(instanceId),
    stop: () => {
      due.clear();
      timer?.cancel();
      timer = undefined;
    },
  };
};
