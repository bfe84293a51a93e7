import type { FaultKind, FaultRule } from './contract.ts';
import type { Random } from './random.ts';

/** What a caller of the admin endpoint says of a fault. */
export interface NewFault extends Omit<FaultRule, 'id' | 'from' | 'until'> {
  /** Cloud seconds from now until it begins. @default 0 */
  afterSeconds?: number;
  /** Cloud seconds it lasts from then on. @default for ever */
  forSeconds?: number;
}

interface FaultyCall {
  account: string;
  service: string;
  operation: string;
  resource: string | undefined;
  parameters?: unknown;
  principal?: string;
}

export interface Faults {
  add(rule: NewFault): FaultRule;
  list(): FaultRule[];
  remove(id: string): boolean;
  clear(): void;
  /** The rules this call meets: those of the kinds asked for, the oldest first. Each is spent by it. */
  meet(call: FaultyCall, kinds: readonly FaultKind[]): FaultRule[];
  /** Some read of this service is, or may become, stale. */
  hasStaleReads(account: string, service: string): boolean;
  /** The reads that become stale by a change of this resource; each rule is spent by it. */
  makeStale(change: Omit<FaultyCall, 'operation' | 'parameters' | 'principal'>): FaultRule[];
  /** Takes over what `list` answered in an earlier life. */
  load(rules: unknown): void;
}

/** Faults waiting for their calls. `now`: cloud milliseconds. */
export const createFaults = (random: Pick<Random, 'next' | 'uuid'>, now: () => number): Faults => {
  let rules: FaultRule[] = [];

  const isInForce = ({ from, until }: FaultRule): boolean =>
    (from === undefined || now() >= from) && (until === undefined || now() < until);
  const isOf = (rule: FaultRule, account: string, service: string): boolean =>
    (rule.account === undefined || rule.account === account) && (rule.service === '*' || rule.service === service);
  const isAbout = (rule: FaultRule, resource: string | undefined): boolean =>
    rule.resource === undefined || resource?.includes(rule.resource) === true;
  const isFor = (rule: FaultRule, call: FaultyCall): boolean =>
    isInForce(rule) &&
    isOf(rule, call.account, call.service) &&
    (rule.operation === '*' || rule.operation === call.operation) &&
    (rule.principal === undefined || rule.principal === call.principal) &&
    isAbout(rule, call.resource) &&
    (rule.parameters === undefined || JSON.stringify(call.parameters).includes(rule.parameters));
  /** To be asked once a call. */
  const isSpared = (rule: FaultRule): boolean => {
    if (rule.spared === undefined || rule.spared <= 0) return false;
    rule.spared -= 1;
    return true;
  };
  const isHit = ({ probability }: FaultRule): boolean => probability === undefined || random.next() < probability;
  const spend = (rule: FaultRule): void => {
    rule.hits = (rule.hits ?? 0) + 1;
    if (rule.count === undefined) return;
    rule.count -= 1;
    if (rule.count <= 0) rules = rules.filter(({ id }) => id !== rule.id);
  };

  return {
    load: (saved) => {
      rules = saved as FaultRule[];
    },
    add: ({ afterSeconds, forSeconds, ...rule }) => {
      const from = afterSeconds === undefined ? undefined : now() + afterSeconds * 1000;
      const until = forSeconds === undefined ? undefined : (from ?? now()) + forSeconds * 1000;
      const added: FaultRule = {
        ...rule,
        id: random.uuid(),
        ...(from === undefined ? {} : { from }),
        ...(until === undefined ? {} : { until }),
      };
      rules.push(added);
      return added;
    },
    list: () => {
      rules = rules.filter(({ until }) => until === undefined || now() < until);
      return rules;
    },
    remove: (id) => {
      const before = rules.length;
      rules = rules.filter((rule) => rule.id !== id);
      return rules.length < before;
    },
    clear: () => {
      rules = [];
    },
    meet: (call, kinds) => {
      const met = rules.filter(
        (rule) => kinds.includes(rule.kind) && isFor(rule, call) && !isSpared(rule) && isHit(rule),
      );
      // Of two that would end the call only the first is met; latency adds to any.
      const ending = met.find(({ kind }) => kind !== 'latency');
      const spent = met.filter((rule) => rule.kind === 'latency' || rule === ending);
      spent.forEach(spend);
      return spent;
    },
    hasStaleReads: (account, service) =>
      rules.some((rule) => rule.kind === 'stale-read' && isOf(rule, account, service)),
    makeStale: ({ account, service, resource }) => {
      const met = rules.filter(
        (rule) =>
          rule.kind === 'stale-read' &&
          isInForce(rule) &&
          isOf(rule, account, service) &&
          isAbout(rule, resource) &&
          isHit(rule),
      );
      met.forEach(spend);
      return met;
    },
  };
};
