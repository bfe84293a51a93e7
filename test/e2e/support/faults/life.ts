import assert from 'node:assert/strict';
import type { Fault, Stack } from '../../../setup/stack.ts';
import type { Identity } from './calls.ts';
import { carryOut, verdictIn, warningsIn, type Outcome } from './carry-out.ts';
import { clearAway } from './clear-away.ts';
import { domainIn, type Kind } from './kinds.ts';
import { streamOf } from '../api.ts';
import { askFor } from '../ask-for.ts';

/**
 * Makes a service, lets one change of it meet faults, looks at what came of that, and clears everything away.
 * @param aim says the faults once the service is as the change finds it
 */
export async function liveThrough(
  stack: Stack,
  kind: Kind,
  { service, aim = () => [] }: { service: string; aim?: (of: Identity) => Fault[] },
): Promise<Outcome> {
  for (const wish of kind.given) {
    const { events } = await streamOf(stack, service, await askFor(stack, service, wish));
    assert.equal(verdictIn(events, service).code, 'succeeded', `${service}: ${JSON.stringify(events.at(-1))}`);
    assert.deepEqual(warningsIn(events), [], `${service} is not as the change is to find it`);
  }
  await kind.byHand?.(stack, service);
  const domain = domainIn(kind, service);
  const outcome = await carryOut(stack, { service, wish: kind.wish, domain }, async (of) => {
    for (const fault of aim(of)) await stack.fault(fault);
  });
  assert.equal(outcome.verdict.code, kind.verdict ?? 'succeeded', JSON.stringify(outcome.verdict));
  assert.deepEqual(await unmet(stack, outcome.of), [], 'not every fault was met');
  if (kind.serves !== undefined) assert.deepEqual(outcome.served, [kind.serves], `what serves at ${domain}`);
  await clearAway(stack, service);
  return outcome;
}

async function unmet(stack: Stack, { service, healthCheck }: Identity): Promise<Fault[]> {
  const { faults } = await stack.admin<{ faults: Fault[] }>('GET', 'faults');
  return faults.filter(({ parameters }) => parameters === service || parameters === healthCheck);
}
