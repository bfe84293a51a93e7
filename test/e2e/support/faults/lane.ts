import assert from 'node:assert/strict';
import type { Stack } from '../../../setup/stack.ts';
import { eventually } from '../../../setup/eventually.ts';
import { domainOf } from '../manifest.ts';
import { carryOut, stateOf, type Outcome } from './carry-out.ts';
import { assertSameEffects, PARTS, sameState, withoutRoom } from './compare.ts';
import type { Step } from './tour.ts';

/** How often one change is asked for until it succeeds. */
const TRIES = 4;
/** Reads may show the past for some seconds. */
const PATIENCE_SECONDS = 20;

/** One run: a change that met the storm, and what it was told to have come of it. */
export interface Run {
  service: string;
  step: string;
  code: string;
  seconds: number;
  /** It ended as the twin's. */
  isThrough: boolean;
  /** Why it is not true, or not as undisturbed. */
  wrong?: string;
}

/** A service on its tour, beside the twin that nobody disturbs. */
export interface Lane {
  stack: Stack;
  service: string;
  tour: Step[];
  twin: Outcome[];
  /** What came of the change before. */
  last?: Outcome;
  /** A change before was tried twice: revisions have other numbers than the twin's. */
  isShifted: boolean;
  /** Changes whose calls were held against those of the twin's. */
  compared: number;
  /** It has come to the end of its tour. */
  isDone: boolean;
  /** Of the end state: what an integration has not made, and the next change will. */
  missing: string[];
}

export const takeStep = async (stack: Stack, service: string, { byHand, wish }: Step): Promise<Outcome> => {
  await byHand?.(stack, service);
  return carryOut(stack, { service, wish, domain: domainOf(service) });
};

/** Takes one step of the tour until it ends as the twin's, or something is wrong. */
export async function goOn(lane: Lane, n: number): Promise<Run[]> {
  const { stack, service, tour, twin } = lane;
  const [step, undisturbed] = [tour[n], twin[n]];
  assert.ok(step && undisturbed);
  const runs: Run[] = [];
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const startedAt = Date.now();
    const run: Run = { service, step: step.name, code: 'none', seconds: 0, isThrough: false };
    runs.push(run);
    try {
      const outcome = await takeStep(stack, service, tries === 1 ? step : { ...step, byHand: async () => {} });
      run.code = outcome.verdict.code;
      run.seconds = Math.round((Date.now() - startedAt) / 1_000);
      if (isTwins(outcome, undisturbed)) {
        await assertAsTwins(lane, outcome, undisturbed);
        lane.last = outcome;
        run.isThrough = true;
        return runs;
      }
      lane.isShifted = true;
      await assertPutBack(lane, outcome, step);
    } catch (error) {
      run.wrong = (error as Error).message;
      return runs;
    }
  }
  return runs;
}

/** A repair of the health check alone has changed nothing when its integration gave up, which it warns of. */
const isTwins = ({ verdict, warnings }: Outcome, twin: Outcome): boolean =>
  verdict.code === twin.verdict.code ||
  (verdict.code === 'no_change' && twin.verdict.ok && warnings.some((text) => text.startsWith('[StatusCheck]')));

async function assertAsTwins(lane: Lane, outcome: Outcome, twin: Outcome): Promise<void> {
  const { stack, service, isShifted } = lane;
  const unmade = Object.entries(PARTS).filter(([name]) => outcome.warnings.some((text) => text.startsWith(name)));
  const parts = unmade.map(([, part]) => part);
  // What was missing before is made now, by calls that the twin has not made.
  const isAlike = parts.length === 0 && lane.missing.length === 0 && !isShifted;
  if (twin.verdict.ok) lane.missing = parts;
  const others = ({ warnings }: Outcome) => warnings.filter((text) => !unmade.some(([name]) => text.startsWith(name)));
  assert.deepEqual(others(outcome), others(twin), 'other warnings');
  assert.deepEqual(outcome.served, twin.served, 'another version serves');
  await sooner(
    () => sameState([outcome.endState, twin.endState], { parts: lane.missing, isShifted }),
    async () => {
      outcome.endState = await stateOf(stack, { service, domain: domainOf(service) });
    },
  );
  assert.equal(outcome.dnsWaits, twin.dnsWaits, 'DNS changes that were waited for');
  if (!isAlike) return;
  assertSameEffects(stack, withoutRoom(outcome), withoutRoom(twin));
  lane.compared += 1;
}

/** It failed, says so, and everything is as it was. */
async function assertPutBack(lane: Lane, outcome: Outcome, step: Step): Promise<void> {
  const { stack, service, last } = lane;
  const { verdict } = outcome;
  assert.equal(verdict.ok, false, `a false success: ${JSON.stringify(verdict)}`);
  assert.notEqual(verdict.code, 'deploy_failed', verdict.message);
  // What somebody else took away before is not put back, and a deletion only goes forward.
  if (step.byHand !== undefined || step.wish.kind === 'delete') return;
  if (last === undefined) {
    assert.deepEqual(outcome.endState.balancers, [], 'something is left of a creation that failed');
    return;
  }
  assert.deepEqual(outcome.served, last.served, 'what served before does not serve');
  await sooner(
    () => sameState([outcome.endState, last.endState], { parts: lane.missing, isShifted: true }),
    async () => {
      outcome.endState = await stateOf(stack, { service, domain: domainOf(service) });
    },
  );
}

/** Looks once more while what was read may be the past. */
async function sooner(check: () => void, look: () => Promise<void>): Promise<void> {
  let wrong: unknown;
  const isRight = async () => {
    try {
      check();
      return true;
    } catch (error) {
      wrong = error;
      await look();
      return false;
    }
  };
  await eventually('the end state', isRight, PATIENCE_SECONDS).catch(() => {
    throw wrong;
  });
}
