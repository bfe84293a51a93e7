import type { Clock } from '../../engine/contract.ts';
import type { Task } from './model.ts';

/** What is still to happen to each task; all of it can be called off. */
export interface TaskTimers {
  after(task: Task, cloudMilliseconds: number, step: () => void): void;
  /** Also when a task is done: nothing is kept of it. */
  cancel(task: Task): void;
  cancelAll(): void;
}

export const createTaskTimers = (clock: Clock): TaskTimers => {
  const timers = new Map<string, Set<() => void>>();
  return {
    after: (task, cloudMilliseconds, step) => {
      const mine = timers.get(task.id) ?? new Set();
      timers.set(task.id, mine);
      const cancel = clock.after(Math.max(0, cloudMilliseconds), () => {
        mine.delete(cancel);
        step();
      });
      mine.add(cancel);
    },
    cancel: (task) => {
      for (const cancel of timers.get(task.id) ?? []) cancel();
      timers.delete(task.id);
    },
    cancelAll: () => {
      for (const mine of timers.values()) for (const cancel of mine) cancel();
      timers.clear();
    },
  };
};
