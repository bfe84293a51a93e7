import type { FaultKind, FaultRule } from './contract.ts';
import type { Random } from './random.ts';

/** What a caller of the admin endpoint says of a fault. */
export interface NewFault extends Omit<FaultRule, 'id' | 'from' | 'until'> {
  /** Cloud seconds from now until it begins. @default 0 */
  afterSeconds?: number;
  /** Cloud seconds it lasts from then on. @default for ever */
  forSeconds?: number;
}

export interface FaultyCall {
  account: string;
  service: string;
  operation: string;
  resource: string | undefined;
}

export interface Faults {
  add(rule: NewFault): FaultRule;
  list(): FaultRule[];
  remove(id: string): boolean;
  clear(): void;
  /** The rules this call meets: those of the kinds asked for, the oldest first. Each is spent by it. */
  meet(call: FaultyCall, kinds: readonly FaultKind[]): FaultRule[];
  /** Rules of a kind that are in force for a service. */
  active(kind: FaultKind, account: string, service: string): FaultRule[];
  /** Takes over what `list` answered in an earlier life. */
  load(rules: unknown): void;
}

/** Faults waiting for their calls. `now`: cloud milliseconds. */
export const createFaults = (random: Pick<Random, 'next' | 'uuid'>, now: () => number): Faults => {
  let rules: FaultRule[] = [];

  const isInForce = ({ from, until }: FaultRule): boolean =>
    (from === undefined || now() >= from) && (until === undefined || now() < until);
  const isFor = (rule: FaultRule, { account, service, operation, resource }: FaultyCall): boolean =>
    isInForce(rule) &&
    (rule.account === undefined || rule.account === account) &&
    (rule.service === '*' || rule.service === service) &&
    (rule.operation === '*' || rule.operation === operation) &&
    (rule.resource === undefined || resource?.includes(rule.resource) === true);
  const spend = (rule: FaultRule): void => {
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
        (rule) =>
          kinds.includes(rule.kind) &&
          isFor(rule, call) &&
          (rule.probability === undefined || random.next() < rule.probability),
      );
      // Of two that would end the call only the first is met; latency adds to any.
      const ending = met.find(({ kind }) => kind !== 'latency');
      const spent = met.filter((rule) => rule.kind === 'latency' || rule === ending);
      spent.forEach(spend);
      return spent;
    },
    active: (kind, account, service) =>
      rules.filter(
        (rule) =>
          rule.kind === kind &&
          isInForce(rule) &&
          (rule.account === undefined || rule.account === account) &&
          (rule.service === '*' || rule.service === service),
      ),
  };
};
