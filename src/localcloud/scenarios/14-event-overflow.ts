import { findService } from '../admin/world/find.ts';
import type { Params } from '../engine/contract.ts';
import { NOT_YET, OWN, type Scenario, type StageHands } from './scenario.ts';

/** DescribeServices shows no more. */
const WINDOW = 100;

const eventsOf = async ({ hand, run }: StageHands): Promise<Params[]> =>
  (await findService(hand, run.cluster, run.service)).events as Params[];

export const eventOverflow: Scenario = {
  number: 14,
  name: 'event-overflow',
  title: 'The window of a hundred events overflows',
  aws: 'DescribeServices shows the newest 100 events. A service with much going on pushes the older ones out in minutes; whoever looks for the last event he has seen does not find it any more.',
  seen: [
    '100 events, and the oldest of them is younger than the scenario.',
    'The id of an event that was read a while ago is not in the list.',
  ],
  undone: 'The desired count is as before.',
  own: { ...OWN, deploys: false },
  steps: [
    {
      what: 'Two autoscalers fight about the desired count.',
      when: 'beginning',
      do: async (hands) => {
        const [newest] = await eventsOf(hands);
        hands.run.facts.newest = String(newest?.id ?? '');
        const given = { service: hands.run.service, cluster: hands.run.cluster, everySeconds: 5 };
        await hands.happen('flap-desired-count', given);
      },
    },
    {
      what: 'They make peace when no event from before is left; the window stays full.',
      when: 'beginning',
      afterSeconds: 10,
      do: async (hands) => {
        const events = await eventsOf(hands);
        const isGone = events.length >= WINDOW && !events.some(({ id }) => id === hands.run.facts.newest);
        if (!isGone) return NOT_YET;
        // What ends it is what undoes it; the end of the scenario finds nothing more to do.
        const { undo } = hands.run;
        hands.run.undo = [];
        for (const { event, with: given } of undo) {
          if (event === 'stop-flapping-count' || event === 'change-desired-count') await hands.happen(event, given);
          else hands.undoBy(event, given);
        }
        hands.run.undo = hands.run.undo.filter(({ event }) => event !== 'change-desired-count');
        hands.run.facts.isOver = 1;
      },
    },
  ],
  signs: [
    { what: 'the window is full', isShown: ({ window }) => window.length === WINDOW },
    { what: 'what was there before has been pushed out', isShown: ({ run }) => run.facts.isOver === 1 },
  ],
};
