import { randomUUID } from 'node:crypto';
import type { FaultRule } from './contract.ts';

export interface Faults {
  add(rule: Omit<FaultRule, 'id'>): FaultRule;
  list(): FaultRule[];
  remove(id: string): boolean;
  clear(): void;
  /** The rule this call meets, if any; it is used up only by `spend`. */
  find(call: { service: string; operation: string; resource: string | undefined }): FaultRule | undefined;
  spend(rule: FaultRule): void;
  /** Takes over what `list` answered in an earlier life. */
  load(rules: unknown): void;
}

/** Faults waiting for their calls; the oldest matching rule is met first. */
export const createFaults = (): Faults => {
  let rules: FaultRule[] = [];
  return {
    load: (saved) => {
      rules = saved as FaultRule[];
    },
    add: (rule) => {
      const added = { ...rule, id: randomUUID() };
      rules.push(added);
      return added;
    },
    list: () => rules,
    remove: (id) => {
      const before = rules.length;
      rules = rules.filter((rule) => rule.id !== id);
      return rules.length < before;
    },
    clear: () => {
      rules = [];
    },
    find: ({ service, operation, resource }) =>
      rules.find(
        (rule) =>
          rule.service === service &&
          rule.operation === operation &&
          (rule.resource === undefined || resource?.includes(rule.resource) === true),
      ),
    spend: (rule) => {
      rule.count -= 1;
      if (rule.count <= 0) rules = rules.filter(({ id }) => id !== rule.id);
    },
  };
};
