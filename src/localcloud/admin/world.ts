import { describeMembers } from './input.ts';
import type { AdminPorts } from './ports.ts';
import { AdminError, type Route } from './route.ts';
import { WORLD_EVENTS } from './world/events.ts';

/** @throws AdminError 400 */
const readAccount = (account: unknown): string | undefined => {
  if (account === undefined || typeof account === 'string') return account;
  throw new AdminError(400, 'account has to be a text');
};

export const describeEvents = () =>
  WORLD_EVENTS.map(({ name, what, members }) => ({
    name,
    what,
    takes: { ...describeMembers(members), account: 'account id; the first without it (optional)' },
  }));

export const worldRoutes = ({ stage }: Pick<AdminPorts, 'stage'>): Route[] => [
  {
    method: 'GET',
    path: 'world',
    what: 'Every event there is, and what goes on by itself.',
    run: () => ({ events: describeEvents(), recurring: stage.recurring() }),
  },
  {
    method: 'POST',
    path: 'world/{event}',
    what: 'Lets it happen; the answer says what was done, and which events undo it.',
    run: async ({ body, rest }) => {
      const { account, ...given } = body();
      return stage.happen(readAccount(account), { event: rest, with: given });
    },
  },
];
