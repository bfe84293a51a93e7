/** How many requests and connections each balancer has routed, by the minute, until CloudWatch fetches them. */
import type { Engine } from '../../registration.ts';

const MINUTE = 60_000;

export interface RequestCount {
  balancer: string;
  /** When the minute begins: cloud milliseconds. */
  minute: number;
  count: number;
}

export interface RequestCounts {
  add(balancer: string): void;
  /** Those of the minutes that are over at `end`; they are not kept any longer. */
  take(end: number): RequestCount[];
  save(): RequestCount[];
  load(saved: readonly RequestCount[]): void;
}

/** Of all balancers, also those deleted in the meantime: what they did last is told all the same. */
export const createRequestCounts = ({ clock, changed }: Pick<Engine, 'clock' | 'changed'>): RequestCounts => {
  const counts = new Map<string, RequestCount>();

  const add = ({ balancer, minute, count }: RequestCount): void => {
    const key = `${balancer} ${minute}`;
    const known = counts.get(key);
    if (known !== undefined) {
      known.count += count;
      return;
    }
    counts.set(key, { balancer, minute, count });
    // Only the first of a minute: a kill may cost some of the count, but never the fact that there were requests.
    changed();
  };

  return {
    add: (balancer) => {
      const now = clock.now();
      add({ balancer, minute: now - (now % MINUTE), count: 1 });
    },
    take: (end) => {
      const taken = [...counts].filter(([, { minute }]) => minute + MINUTE <= end);
      for (const [key] of taken) counts.delete(key);
      return taken.map(([, count]) => count);
    },
    save: () => [...counts.values()],
    load: (saved) => saved.forEach(add),
  };
};
