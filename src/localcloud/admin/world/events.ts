import { AdminError } from '../route.ts';
import { changeEvents } from './changes.ts';
import { deletionEvents } from './deletions.ts';
import type { Happening, Outcome, Surroundings, WorldEvent } from './event.ts';
import { imageEvents } from './images.ts';
import { machineEvents } from './machines.ts';
import { switchEvents } from './switches.ts';
import { taskEvents } from './tasks.ts';

/** Everything that may befall an account. */
export const WORLD_EVENTS: readonly WorldEvent[] = [
  ...machineEvents,
  ...taskEvents,
  ...imageEvents,
  ...deletionEvents,
  ...changeEvents,
  ...switchEvents,
];

/** @throws AdminError 404 for an event nobody knows */
export const happen = async ({ event, with: body }: Happening, surroundings: Surroundings): Promise<Outcome> => {
  const found = WORLD_EVENTS.find(({ name }) => name === event);
  if (found === undefined) {
    throw new AdminError(404, `there is no event ${event}: ${WORLD_EVENTS.map(({ name }) => name).join(', ')}`);
  }
  const outcome = await found.run(body, surroundings);
  surroundings.engine.changed();
  return outcome;
};
