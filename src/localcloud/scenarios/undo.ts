import { AdminError } from '../admin/route.ts';
import type { Happening, Surroundings } from '../admin/world/event.ts';
import { happen } from '../admin/world/events.ts';
import type { Run } from './scenario.ts';

export interface Ended {
  undone: string[];
  /** What could not be turned back, and why. */
  left: string[];
}

const turnBack = async (step: Happening, around: Surroundings, ended: Ended): Promise<void> => {
  try {
    ended.undone.push((await happen(step, around)).did);
  } catch (error) {
    if (!(error instanceof AdminError)) throw error;
    // What is gone already needs no undoing.
    if (error.status !== 404) ended.left.push(`${step.event}: ${error.message}`);
  }
};

/** Everything a run has done, from the end to the beginning. */
export const undoRun = async (run: Run, around: Surroundings): Promise<Ended> => {
  const ended: Ended = { undone: [], left: [] };
  for (const id of run.faults) if (around.faults.remove(id)) ended.undone.push('removed a fault');
  for (const step of run.undo.toReversed()) await turnBack(step, around, ended);
  return ended;
};
