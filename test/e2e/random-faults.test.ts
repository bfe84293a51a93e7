import assert from 'node:assert/strict';
import { createRandom, seed } from '../setup/random.ts';
import { startStack, type Stack } from '../setup/stack.ts';
import type { Outcome } from './support/faults/carry-out.ts';
import { goOn, takeStep, type Lane, type Run } from './support/faults/lane.ts';
import { letItStorm } from './support/faults/storm.ts';
import { makeTour, type Step } from './support/faults/tour.ts';

const isFull = process.env.WL_TEST_FULL === '1';
const LANES = isFull ? 16 : 3;
/** Lanes in turn take the first, the second …; each has a twin. */
const TOURS = isFull ? 4 : 1;
/** Between the creation and the deletion of a service. */
const CHANGES = isFull ? 11 : 1;
const STEPS = CHANGES + 2;
/** Number of the first run that meets faults, from 0: those before it are made up for undisturbed. */
const from = Number(process.env.WL_FAULT_FROM ?? 0);
const CALM = Math.floor(from / LANES);

describe(`Changes under throttling, failures, latency and stale reads (seed ${seed})`, function () {
  this.timeout(60 * 60_000);
  const random = createRandom();
  const tours = Array.from({ length: TOURS }, () => makeTour(random, CHANGES));
  const runs: Run[] = [];
  let lanes: Lane[] = [];

  before(async () => {
    const stack = await startStack({ speed: 30 });
    const twins = await Promise.all(
      tours.map((tour, i) => leadTwin(stack, `storm-twin-${String(i).padStart(2, '0')}`, tour)),
    );
    lanes = Array.from({ length: LANES }, (_, i): Lane => ({
      stack,
      service: `storm-lane-${String(i).padStart(2, '0')}`,
      tour: tours[i % TOURS] ?? [],
      twin: twins[i % TOURS] ?? [],
      isShifted: false,
      compared: 0,
      isDone: false,
      missing: [],
    }));
    await Promise.all(lanes.map((lane) => lead(lane, 0, CALM)));
    await letItStorm(stack);
    await Promise.all(lanes.map((lane) => lead(lane, CALM, STEPS)));
    await stack.admin('DELETE', 'faults');
  });

  async function leadTwin(stack: Stack, service: string, tour: Step[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const step of tour) {
      const outcome = await takeStep(stack, service, step);
      assert.equal(
        outcome.verdict.code,
        step.verdict ?? 'succeeded',
        `${step.name}: ${JSON.stringify(outcome.verdict)}`,
      );
      outcomes.push(outcome);
    }
    return outcomes;
  }

  /** Ends early when something is wrong: what follows would be wrong because of it. */
  async function lead(lane: Lane, first: number, end: number): Promise<void> {
    for (let n = first; n < end; n += 1) {
      const mine = await goOn(lane, n);
      if (n >= CALM) runs.push(...mine);
      if (isFull) for (const run of mine) console.log(`    ${tell(run)}`);
      if (!mine.at(-1)?.isThrough || mine.some(({ wrong }) => wrong !== undefined)) return;
    }
    lane.isDone = end === STEPS;
  }

  const tell = ({ service, step, code, seconds, wrong }: Run): string =>
    `${service} ${step}: ${code} after ${seconds} s${wrong === undefined ? '' : `, but ${wrong}`}`;

  it('end with a true verdict, and as undisturbed ones', () => {
    const wrong = runs.filter((run) => run.wrong !== undefined);
    assert.deepEqual(wrong.map(tell), []);
    const times = (code: string): number => runs.filter((run) => run.code === code).length;
    const codes = [...new Set(runs.map(({ code }) => code))];
    console.log(`    ${codes.map((code) => `${times(code)} × ${code}`).join(', ')}`);
    assert.ok(runs.length >= LANES * STEPS - from, `${runs.length} runs`);
    assert.deepEqual(
      lanes.filter(({ isDone }) => !isDone).map(({ service }) => service),
      [],
      'gave up on their way',
    );
    const compared = lanes.reduce((sum, lane) => sum + lane.compared, 0);
    console.log(`    ${compared} did nothing twice; the others came after one that failed, or with a part unmade`);
    assert.ok(compared >= runs.length / 3, `the calls of only ${compared} were held against the twin's`);
  });
});
