/**
 * Eventual consistency on demand: after a change, reads that were asked shortly before it go on seeing the world as it was.
 * What they see is what they would have been answered right before the change, so nothing is invented.
 */
import type { Params } from './contract.ts';
import type { Faults } from './faults.ts';

/** Reads asked longer ago than this are not answered out of the past (cloud milliseconds). */
const MEMORY = 300_000;
/** Different reads remembered. */
const MOST_READS = 1000;
/** How long a read stays stale unless its rule says otherwise (cloud seconds). */
const STALE_SECONDS = 10;

/** Reads that may name several things at once: each thing has a past of its own, whoever it is asked together with. */
const LISTS: Record<string, string> = {
  DescribeServices: 'services',
  DescribeTasks: 'tasks',
  DescribeContainerInstances: 'containerInstances',
  DescribeLoadBalancers: 'LoadBalancerNames',
};

type Ask = (params: Params) => Promise<Params> | Params;

interface StaleCall {
  account: string;
  service: string;
  operation: string;
  resource: string | undefined;
  isMutating: boolean;
}

interface Read {
  /** `account/service/operation` */
  read: string;
  params: Params;
  /** What it is about, where it names that. */
  name?: string;
}

interface Memory extends Pick<Read, 'read' | 'name'> {
  ask: () => Promise<Params> | Params;
  askedAt: number;
  past?: { answer: Params; until: number };
}

interface Stale {
  /** Runs a call: a read may be answered out of the past; before a change, reads get their past. */
  perform(call: StaleCall, params: Params, run: Ask): Promise<Params>;
}

const merge = (answers: readonly Params[]): Params => {
  const [first = {}] = answers;
  return Object.fromEntries(
    Object.entries(first).map(([name, value]) => [
      name,
      Array.isArray(value) ? answers.flatMap((answer) => answer[name] as unknown[]) : value,
    ]),
  );
};

/** One of a thing for each that it names. */
const readsOf = (read: string, operation: string, params: Params): Read[] => {
  const list = LISTS[operation];
  const names: unknown = list === undefined ? undefined : params[list];
  if (list === undefined || !Array.isArray(names) || names.length === 0) return [{ read, params }];
  return names.map((name) => ({ read, params: { ...params, [list]: [name] }, name: String(name) }));
};

/** `now`: cloud milliseconds. */
export const createStale = (faults: Pick<Faults, 'hasStaleReads' | 'makeStale'>, now: () => number): Stale => {
  const memories = new Map<string, Memory>();
  /** No read is stale from then on. */
  let staleUntil = 0;
  const isPast = (memory: Memory | undefined): memory is Memory & { past: NonNullable<Memory['past']> } =>
    memory?.past !== undefined && now() < memory.past.until;

  /** A change of one thing makes reads of another no older. */
  const isAbout = ({ name }: Memory, resource: string | undefined): boolean =>
    name === undefined || resource === undefined || name.split('/').at(-1) === resource;
  const freeze = async (read: string, resource: string | undefined, milliseconds: number): Promise<void> => {
    for (const memory of memories.values()) {
      if (!memory.read.startsWith(read) || !isAbout(memory, resource)) continue;
      if (now() - memory.askedAt > MEMORY || isPast(memory)) continue;
      try {
        memory.past = { answer: structuredClone(await memory.ask()), until: now() + milliseconds };
        staleUntil = Math.max(staleUntil, memory.past.until);
      } catch {
        // A read that fails has no past to show.
      }
    }
  };
  const keyOf = ({ read, params }: Read): string => `${read}/${JSON.stringify(params)}`;
  const remember = (one: Read, run: Ask): void => {
    const { read, params, name } = one;
    const key = keyOf(one);
    const about = name === undefined ? {} : { name };
    memories.delete(key);
    memories.set(key, { read: `${read}/`, ...about, ask: () => run(params), askedAt: now() });
    if (memories.size > MOST_READS) memories.delete(memories.keys().next().value ?? '');
  };
  const readOne = (one: Read, run: Ask): Promise<Params> | Params => {
    const known = memories.get(keyOf(one));
    if (isPast(known)) return known.past.answer;
    remember(one, run);
    return run(one.params);
  };

  return {
    perform: async ({ account, service, operation, resource, isMutating }, params, run) => {
      const scope = `${account}/${service}`;
      if (isMutating) {
        for (const { operation: read, seconds = STALE_SECONDS } of faults.makeStale({ account, service, resource }))
          await freeze(read === '*' ? `${scope}/` : `${scope}/${read}/`, resource, seconds * 1000);
        return run(params);
      }
      const reads = readsOf(`${scope}/${operation}`, operation, params);
      if (!faults.hasStaleReads(account, service) && now() >= staleUntil) {
        // A rule may come between this read and the next change.
        for (const one of reads) remember(one, run);
        return run(params);
      }
      const answers: Params[] = [];
      for (const one of reads) answers.push(await readOne(one, run));
      return merge(answers);
    },
  };
};
