/** The one way in which calls run, whoever makes them: a client over the wire, or the world by its own hand. */
import type { CallContext, Params } from './engine/contract.ts';
import type { Faults } from './engine/faults.ts';
import { createStale } from './engine/stale.ts';
import type { ServiceRegistration } from './registration.ts';

/** Runs an operation; before a change, reads that are to be stale get their past. */
export type Perform = (
  service: Pick<ServiceRegistration, 'scope' | 'operations'>,
  operation: string,
  params: Params,
  context: CallContext,
) => Promise<Params>;

/** `now`: cloud milliseconds. */
export const createPerform = (faults: Pick<Faults, 'hasStaleReads' | 'makeStale'>, now: () => number): Perform => {
  const stale = createStale(faults, now);
  return async ({ scope, operations }, operation, params, context) => {
    const entry = operations[operation];
    if (entry === undefined) throw new Error(`${operation} is not served`);
    const call = {
      account: context.account,
      service: scope,
      operation,
      resource: entry.resource?.(params),
      isMutating: entry.mutating,
    };
    return stale.perform(call, params, (asked) => entry.run(asked, context));
  };
};
