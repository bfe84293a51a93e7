import type { RolloutCounts } from '../../domain/events.ts';

const BAR_WIDTH = 20;

/** The live line of a rollout: new, old and wanted tasks, healthy instances, time left. */
export function renderProgress(counts: RolloutCounts, columns: number): string {
  const { newTasks, oldTasks, wanted, healthy, secondsLeft } = counts;
  const done = wanted === 0 ? BAR_WIDTH : Math.floor((Math.min(healthy, wanted) / wanted) * BAR_WIDTH);
  const started = wanted === 0 ? 0 : Math.floor((Math.min(newTasks, wanted) / wanted) * BAR_WIDTH) - done;
  const bar = '█'.repeat(done) + '▒'.repeat(Math.max(started, 0));
  const text = `${bar.padEnd(BAR_WIDTH, '░')} new ${newTasks}/${wanted}  old ${oldTasks}  healthy ${healthy}  ${Math.max(0, Math.round(secondsLeft))} s left`;
  // One column stays free: a full line would wrap, and a wrapped line cannot be redrawn.
  return text.slice(0, Math.max(columns - 1, 0));
}
