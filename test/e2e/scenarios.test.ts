/** Each scenario of the local cloud during a `wl deploy` of a running service: what must come of it, and be said. */
import assert from 'node:assert/strict';
import { SCENARIOS } from '../../src/localcloud/scenarios/scenarios.ts';
import { startStack, type Stack } from '../setup/stack.ts';
import { undoAll } from './support/scenarios/play.ts';
import { playRow } from './support/scenarios/play-row.ts';
import { ROWS, type Row } from './support/scenarios/rows.ts';

const FULL = process.env.WL_TEST_FULL === '1';
/** More at once would starve each other on a small machine, and fail for that. */
const PLACES = 8;

describe('A deployment during', function () {
  const rows = ROWS.filter(({ isSample }) => FULL || isSample === true);
  /** Undefined: as it should be. */
  const outcomes = new Map<Row, Error | undefined>();

  before(async function () {
    this.timeout(900_000);
    const isAlone = (row: Row) => row.isAlone === true;
    await Promise.all([playSideBySide(rows.filter((row) => !isAlone(row))), playOneByOne(rows.filter(isAlone))]);
  });

  async function playSideBySide(mine: Row[]): Promise<void> {
    const stack = await startStack();
    const queue = mine.toSorted((a, b) => Number(b.isLong === true) - Number(a.isLong === true));
    const place = async (): Promise<void> => {
      for (let row = queue.shift(); row !== undefined; row = queue.shift()) await attempt(stack, row);
    };
    await Promise.all(Array.from({ length: PLACES }, place));
    assert.deepEqual(await undoAll(stack), []);
  }

  async function playOneByOne(mine: Row[]): Promise<void> {
    if (mine.length === 0) return;
    const stack = await startStack();
    for (const row of mine) {
      await attempt(stack, row);
      assert.deepEqual(await undoAll(stack), []);
    }
  }

  async function attempt(stack: Stack, row: Row): Promise<void> {
    try {
      await playRow(stack, row, `play-${ROWS.indexOf(row)}`);
      outcomes.set(row, undefined);
    } catch (error) {
      outcomes.set(row, error as Error);
    }
  }

  for (const row of rows) {
    it(`${row.scenario}: ${row.title}`, () => {
      assert.ok(outcomes.has(row), 'was not played');
      const error = outcomes.get(row);
      if (error !== undefined) throw error;
    });
  }

  it('each scenario there is: none is without a row', () => {
    const played = new Set(ROWS.map(({ scenario }) => scenario));
    assert.deepEqual(
      SCENARIOS.map(({ name }) => name).filter((name) => !played.has(name)),
      [],
    );
  });
});
