import assert from 'node:assert/strict';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { ApplicationFailure } from '@temporalio/common';
import type { DeployEvent, Phase, Progress, Verdict } from '../../../src/domain/events.ts';
import type { ChangeOutcome } from '../../../src/workflows/messages.ts';

/** What a change told until its end. */
export interface Told {
  events: DeployEvent[];
  verdict: Verdict;
  /** By Temporal's clock, in milliseconds. */
  startedAt: number;
  /** How long it took by our clock: Temporal's goes on by so much besides what it skips. */
  realSeconds: number;
}

/**
 * Waits for the end of a change, in skipped time.
 * @param since of `performance.now()`, before the change was started
 */
export async function tellEnd(handle: WorkflowHandle, since: number): Promise<Told> {
  const progress = await handle.result().then(
    (outcome: unknown) => (outcome as ChangeOutcome).progress,
    (error: unknown) => {
      if (!(error instanceof WorkflowFailedError)) throw error;
      const [details] = (error.cause as ApplicationFailure).details ?? [];
      return (details as { progress: Progress }).progress;
    },
  );
  const { events, verdict } = progress;
  assert.ok(verdict);
  const { startTime } = await handle.describe();
  const realSeconds = (performance.now() - since) / 1_000;
  return { events, verdict, startedAt: startTime.getTime(), realSeconds };
}

/** Seconds of a change are counted from its start, or from when it first entered a phase. */
type Origin = 'start' | Phase;

const originOf = (told: Told, origin: Origin): number =>
  origin === 'start' ? told.startedAt : enteredAt(told, origin);

const enteredAt = ({ events }: Told, phase: Phase): number =>
  events.find((e) => e.type === 'phase' && e.phase === phase)?.at ?? assert.fail(`phase ${phase} was never entered`);

export type Line = [second: number, text: string];

/** Lines and, marked with `!`, warnings, from when the first of some phases was entered, as long as it is in one of them. */
export function linesOf(told: Told, phases: [Phase, ...Phase[]]): Line[] {
  const lines: Line[] = [];
  let phase: Phase = 'queued';
  for (const event of told.events) {
    if (event.type === 'phase') phase = event.phase;
    const text = textOf(event);
    if (text !== undefined && phases.includes(phase))
      lines.push([(event.at - originOf(told, phases[0])) / 1_000, text]);
  }
  return lines;
}

const textOf = (event: DeployEvent): string | undefined => {
  if (event.type === 'line') return event.text;
  return event.type === 'warning' ? `! ${event.message}` : undefined;
};

/** Exactly these texts, each at its second. */
export function assertLines(told: Told, phases: [Phase, ...Phase[]], expected: Line[]): void {
  const lines = linesOf(told, phases);
  const texts = (list: Line[]) => list.map(([, text]) => text);
  assert.deepEqual(texts(lines), texts(expected));
  for (const [n, [second, text]] of expected.entries()) assertSecond(told, text, lines[n]?.[0] ?? NaN, second);
}

/** A line or a warning, by its beginning, at this second. */
export function assertLineAt(told: Told, origin: Origin, beginning: string, second: number): void {
  const event = told.events.find((e) => textOf(e)?.startsWith(beginning));
  assert.ok(event, `nothing begins with “${beginning}”`);
  assertSecond(told, beginning, (event.at - originOf(told, origin)) / 1_000, second);
}

export function assertTellsNot(told: Told, beginning: string): void {
  const text = told.events.map(textOf).find((one) => one?.startsWith(beginning));
  assert.equal(text, undefined);
}

export const assertEnteredAt = (told: Told, origin: Origin, phase: Phase, second: number): void =>
  assertSecond(told, `phase ${phase}`, (enteredAt(told, phase) - originOf(told, origin)) / 1_000, second);

const PRECISION_SECONDS = 0.3;
/** A retry that comes a moment too early is followed by another one up to a second later. */
const LATE_SECONDS = 1.5;

function assertSecond({ realSeconds }: Told, what: string, actual: number, expected: number): void {
  assert.ok(
    actual >= expected - realSeconds - PRECISION_SECONDS && actual <= expected + realSeconds + LATE_SECONDS,
    `${what}: at second ${actual.toFixed(1)}, not ${expected} (${realSeconds.toFixed(1)} s of real time went by)`,
  );
}
