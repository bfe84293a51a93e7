import assert from 'node:assert/strict';
import { effectsOf, ONCE } from '../kill-matrix/effects.ts';
import type { Stack } from '../../../setup/stack.ts';
import type { Outcome, State } from './carry-out.ts';

/** It ended as the undisturbed one did, by the same calls, and did nothing twice. */
export function assertAsTwin(stack: Stack, outcome: Outcome, twin: Outcome): void {
  assert.deepEqual(outcome.endState, twin.endState);
  assert.equal(outcome.dnsWaits, twin.dnsWaits, 'DNS changes that were waited for');
  assertSameEffects(stack, outcome, twin);
}

/** The same calls took effect; more often than in the undisturbed one only what may be repeated. */
export function assertSameEffects(stack: Stack, outcome: Outcome, twin: Outcome): void {
  const [effects, undisturbed] = [effectsIn(stack, outcome), effectsIn(stack, twin)];
  assert.deepEqual([...effects.keys()].sort(), [...undisturbed.keys()].sort(), 'other calls');
  for (const [what, { length: times }] of effects) {
    const wanted = undisturbed.get(what)?.length ?? 0;
    const isOnce = ONCE.has(what.slice(0, what.indexOf(' ')));
    assert.ok(isOnce ? times === wanted : times >= wanted, `${times} instead of ${wanted} × ${what}`);
  }
}

const effectsIn = ({ childEnv }: Stack, { entries, of }: Outcome) =>
  effectsOf(entries, { service: of.service, accessKey: childEnv.AWS_ACCESS_KEY_ID ?? '' });

/** Integrations that gave up, by the part of the end state that they make. */
export const PARTS: Record<string, string> = {
  '[Boards]': 'dashboards',
  '[Notifications]': 'topics',
  '[StatusCheck]': 'healthChecks',
};

const without = (state: State, parts: string[]): State =>
  Object.fromEntries(Object.entries(state).filter(([name]) => !parts.includes(name)));

const ROOM = /"(maximumPercent":\d+|minimumHealthyPercent":(?:[5-9]\d|\d{3}))(?=[,}])/g;

/**
 * Without percentages that keep half of the tasks. In a storm an instance may be shown with the tasks of a rollout that
 * has ended, and seem full.
 */
export const withoutRoom = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value).replaceAll(ROOM, '"percent":"<by room>"')) as T;

/** A failed attempt before leaves a revision that is deregistered, and every later one has another number. */
const withoutNumbers = ({ revisions: _revisions, ...state }: State): State =>
  JSON.parse(
    JSON.stringify(state)
      .replaceAll(/service-<service>:\d+/g, 'service-<service>:n')
      .replaceAll(/\["wonderland:releases","[^"]*"\]/g, '["wonderland:releases"]'),
  ) as State;

/** @param parts of the state that integrations could not make */
export const sameState = (
  [state, twin]: [State, State],
  { parts = [], isShifted = false }: { parts?: string[]; isShifted?: boolean } = {},
): void => {
  const shown = (one: State): State => withoutRoom(without(isShifted ? withoutNumbers(one) : one, parts));
  // Without a text of ours, so that Node says what differs.
  assert.deepEqual(shown(state), shown(twin));
};
