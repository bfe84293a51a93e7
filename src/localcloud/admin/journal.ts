import { OUTCOMES, type JournalFilter } from '../engine/journal.ts';
import { queryNumber, queryTime } from './input.ts';
import type { AdminPorts } from './ports.ts';
import { AdminError, type Route } from './route.ts';

const TAKES = {
  service: 'scope of the credentials: ecs, elasticloadbalancing, route53 …',
  operation: 'name of the operation',
  principal: 'access key id; `world` and `scenario` are the admin endpoint itself',
  account: 'account id',
  resource: 'text that the name of the thing holds',
  outcome: OUTCOMES.join(', '),
  mutating: 'true or false',
  from: 'not before this cloud time, ISO 8601 or milliseconds',
  until: 'before this cloud time',
  after: 'only entries with a greater seq',
  limit: 'at most so many, the oldest first',
};

const readMutating = (query: URLSearchParams): boolean | undefined => {
  const text = query.get('mutating');
  if (text === null) return undefined;
  if (text === 'true' || text === 'false') return text === 'true';
  throw new AdminError(400, `mutating has to be true or false, not "${text}"`);
};

const readOutcome = (query: URLSearchParams): JournalFilter['outcome'] => {
  const text = query.get('outcome');
  if (text === null) return undefined;
  const outcome = OUTCOMES.find((one) => one === text);
  if (outcome === undefined) throw new AdminError(400, `outcome has to be one of ${OUTCOMES.join(', ')}`);
  return outcome;
};

/** @throws AdminError 400 for a filter that is unknown or wrong */
const readFilter = (query: URLSearchParams): JournalFilter => {
  const unknown = [...query.keys()].find((name) => !Object.hasOwn(TAKES, name));
  if (unknown !== undefined)
    throw new AdminError(400, `${unknown} is no filter of the journal: ${Object.keys(TAKES).join(', ')}`);
  const text = (name: string): string | undefined => query.get(name) ?? undefined;
  const given: { [K in keyof JournalFilter]: JournalFilter[K] | undefined } = {
    service: text('service'),
    operation: text('operation'),
    principal: text('principal'),
    account: text('account'),
    resource: text('resource'),
    outcome: readOutcome(query),
    mutating: readMutating(query),
    from: queryTime(query, 'from'),
    until: queryTime(query, 'until'),
    after: queryNumber(query, 'after'),
    limit: queryNumber(query, 'limit'),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
};

export const journalRoutes = ({ journal }: Pick<AdminPorts, 'journal'>): Route[] => [
  {
    method: 'GET',
    path: 'journal',
    what: 'Every call: who, what, about what, what came of it. Secrets and values of variables are left out.',
    takes: TAKES,
    run: ({ query }) => ({ entries: journal.entries(readFilter(query)), last: journal.last() }),
  },
];
