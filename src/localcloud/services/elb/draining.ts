/** Instances that are deregistered while requests to them are still in flight. */
import type { Clock } from '../../engine/contract.ts';
import type { Backend } from './backend.ts';

export interface SavedDraining {
  instanceId: string;
  /** Cloud time at which what is still in flight is broken off. */
  until: number;
}

export interface Draining {
  begin(backend: Backend, until: number): void;
  /** Ends it if this very backend drains; what is in flight goes on by itself. */
  end(backend: Backend): void;
  get(instanceId: string): Backend | undefined;
  ids(): string[];
  save(): SavedDraining[];
  stop(): void;
}

export const createDraining = (clock: Pick<Clock, 'now' | 'after'>, changed: () => void): Draining => {
  const entries = new Map<string, { backend: Backend; until: number; cancel: () => void }>();

  const end = (backend: Backend): void => {
    const entry = entries.get(backend.instanceId);
    if (entry?.backend !== backend) return;
    entry.cancel();
    entries.delete(backend.instanceId);
    changed();
  };

  return {
    begin: (backend, until) => {
      const cancel = clock.after(Math.max(0, until - clock.now()), () => {
        end(backend);
        backend.abortAll();
      });
      entries.set(backend.instanceId, { backend, until, cancel });
    },
    end,
    get: (instanceId) => entries.get(instanceId)?.backend,
    ids: () => [...entries.keys()],
    save: () => [...entries].map(([instanceId, { until }]) => ({ instanceId, until })),
    stop: () => {
      for (const { cancel } of entries.values()) cancel();
      entries.clear();
    },
  };
};
