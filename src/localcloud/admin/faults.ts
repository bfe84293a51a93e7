import { FAULT_KINDS, type FaultKind } from '../engine/contract.ts';
import type { NewFault } from '../engine/faults.ts';
import { describeMembers, readMembers, type Body, type Members } from './input.ts';
import type { AdminPorts } from './ports.ts';
import { AdminError, type Route } from './route.ts';

const MEMBERS = {
  kind: { type: 'text', what: `one of ${FAULT_KINDS.join(', ')}` },
  service: { type: 'text', what: 'scope of the credentials: ecs, elasticloadbalancing, route53 …, or *' },
  operation: { type: 'text', what: 'or *; of stale-read the operation that reads' },
  resource: { type: 'text', what: 'only calls about a thing whose name holds this text', isOptional: true },
  parameters: { type: 'text', what: 'only calls whose parameters hold this text', isOptional: true },
  account: { type: 'text', what: 'only calls in this account', isOptional: true },
  principal: { type: 'text', what: 'only calls with this access key', isOptional: true },
  spared: { type: 'number', what: 'so many matching calls go well first', isOptional: true },
  count: { type: 'number', least: 1, what: 'so many calls meet it; 1 when nothing says how long', isOptional: true },
  probability: { type: 'number', most: 1, what: 'so many of the calls meet it, 0 to 1', isOptional: true },
  seconds: {
    type: 'number',
    most: 3600,
    what: 'how long latency lasts (real, 1) or a stale read (cloud, 10)',
    isOptional: true,
  },
  afterSeconds: { type: 'number', what: 'begins so many cloud seconds from now', isOptional: true },
  forSeconds: { type: 'number', what: 'ends so many cloud seconds later', isOptional: true },
} as const satisfies Members;

const isKind = (text: string): text is FaultKind => FAULT_KINDS.some((kind) => kind === text);

const readFault = (body: Body): NewFault => {
  const { kind, service, operation, count, ...rest } = readMembers(MEMBERS, body);
  if (!isKind(kind)) throw new AdminError(400, `kind has to be one of ${FAULT_KINDS.join(', ')}`);
  if (count !== undefined && !Number.isInteger(count)) throw new AdminError(400, 'count has to be a whole number');
  const isLasting = rest.probability !== undefined || rest.forSeconds !== undefined || kind === 'stale-read';
  const times = count ?? (isLasting ? undefined : 1);
  const optional = Object.entries({ ...rest, count: times }).filter(([, value]) => value !== undefined);
  return { kind, service, operation, ...Object.fromEntries(optional) };
};

/** Calls that are to go wrong. */
export const faultRoutes = ({ faults }: Pick<AdminPorts, 'faults'>): Route[] => [
  { method: 'GET', path: 'faults', what: 'Faults that wait for their calls.', run: () => ({ faults: faults.list() }) },
  {
    method: 'POST',
    path: 'faults',
    what: 'Lets matching calls go wrong.',
    takes: describeMembers(MEMBERS),
    run: ({ body }) => ({ id: faults.add(readFault(body())).id }),
  },
  {
    method: 'DELETE',
    path: 'faults',
    what: 'Takes all faults away.',
    run: () => {
      faults.clear();
      return {};
    },
  },
  {
    method: 'DELETE',
    path: 'faults/{id}',
    what: 'Takes one away.',
    run: ({ rest }) => {
      if (!faults.remove(rest)) throw new AdminError(404, `there is no fault ${rest}`);
      return {};
    },
  },
];
