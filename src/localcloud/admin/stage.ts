/** Where things happen that no caller asked for: world events, what recurs, and scenarios made of both. */
import type { Persistent } from '../engine/contract.ts';
import type { Faults } from '../engine/faults.ts';
import type { Journal } from '../engine/journal.ts';
import type { LoopbackNetwork } from '../engine/network.ts';
import type { Images } from '../images.ts';
import type { Perform } from '../perform.ts';
import type { Engine } from '../registration.ts';
import { createRunner, type Runner } from '../scenarios/runner.ts';
import type { World } from '../world.ts';
import { createHand } from './hand.ts';
import { AdminError } from './route.ts';
import type { Happening, Outcome, Surroundings } from './world/event.ts';
import { happen } from './world/events.ts';
import { createHeldRequests } from './world/held-requests.ts';
import { flap } from './world/images.ts';
import { createRecurring, type Recurrence } from './world/recurring.ts';
import { crashTasks } from './world/tasks.ts';

interface Ports {
  engine: Pick<Engine, 'clock' | 'region' | 'random' | 'settings' | 'changed' | 'log'>;
  worlds: ReadonlyMap<string, World>;
  network: LoopbackNetwork;
  journal: Journal;
  faults: Faults;
  perform: Perform;
  images: Images;
}

export interface Stage {
  persistents: Persistent[];
  /** @param account the first when undefined */
  happen(account: string | undefined, happening: Happening): Promise<Outcome>;
  recurring(): Recurrence[];
  surroundings(account: string | undefined): Surroundings;
  scenarios: Runner;
  /** Lets a stepped clock go on in paces that give scenarios their turn. */
  pass(milliseconds: number, advance: (milliseconds: number) => Promise<void>): Promise<void>;
}

/** Cloud milliseconds. */
const PACE = 1000;

export const createStage = ({ engine, worlds, network, journal, faults, perform, images }: Ports): Stage => {
  const worldOf = (account: string | undefined): World => {
    const world = account === undefined ? [...worlds.values()][0] : worlds.get(account);
    if (world !== undefined) return world;
    throw new AdminError(404, `there is no account ${String(account)}: ${[...worlds.keys()].join(', ')}`);
  };
  const handOf = (world: World) => createHand({ engine, journal, perform }, world);

  const recurring = createRecurring({
    engine,
    kinds: {
      flap: { beat: (recurrence) => flap(images, recurrence) },
      'crash-loop': {
        beat: async ({ account, cluster = '', subject }) => {
          const world = worldOf(account);
          await crashTasks({ hand: handOf(world), world }, cluster, subject, 1);
        },
      },
      'count-flap': {
        beat: async ({ account, cluster, subject, counts = [], times }) => {
          const desiredCount = counts[(times - 1) % counts.length];
          await handOf(worldOf(account)).act('ecs', 'UpdateService', { cluster, service: subject, desiredCount });
        },
      },
      'held-requests': createHeldRequests({ network, worlds }),
    },
  });
  const surroundings = (account: string | undefined): Surroundings => {
    const world = worldOf(account);
    return { engine, world, hand: handOf(world), images, faults, recurring };
  };
  const scenarios = createRunner({ engine, journal, faults, surroundings });

  return {
    persistents: [recurring, scenarios],
    happen: (account, what) => happen(what, surroundings(account)),
    recurring: recurring.list,
    surroundings,
    scenarios,
    pass: async (milliseconds, advance) => {
      for (let left = milliseconds; left > 0; left -= PACE) {
        await advance(Math.min(PACE, left));
        await scenarios.idle();
      }
    },
  };
};
