/** World events as data: what befalls an account that no caller asked for. */
import type { Faults } from '../../engine/faults.ts';
import type { Images } from '../../images.ts';
import type { Engine } from '../../registration.ts';
import type { World } from '../../world.ts';
import type { Hand } from '../hand.ts';
import { readMembers, type Body, type Given, type Members } from '../input.ts';
import type { Recurring } from './recurring.ts';

/** An event with what it is given: how something is undone is said by other events. */
export interface Happening {
  event: string;
  with: Body;
}

export interface Outcome {
  /** What was done, for people. */
  did: string;
  /** What turns it back, to be done in this order; absent when nothing does. */
  undo?: Happening[];
}

/** What events work with, in one account. */
export interface Surroundings {
  engine: Pick<Engine, 'clock' | 'settings' | 'random' | 'changed'>;
  world: World;
  hand: Hand;
  images: Images;
  faults: Faults;
  recurring: Recurring;
}

export interface WorldEvent {
  name: string;
  what: string;
  members: Members;
  /** @throws AdminError for what is wrong with the body, or is not there */
  run(body: Body, surroundings: Surroundings): Promise<Outcome>;
}

/** Gives `run` its members read and typed. */
export const worldEvent = <const M extends Members>(event: {
  name: string;
  what: string;
  members: M;
  run(given: Given<M>, surroundings: Surroundings): Promise<Outcome> | Outcome;
}): WorldEvent => ({
  name: event.name,
  what: event.what,
  members: event.members,
  run: async (body, surroundings) => event.run(readMembers(event.members, body), surroundings),
});

export const happening = (event: string, given: Body): Happening => ({ event, with: given });
