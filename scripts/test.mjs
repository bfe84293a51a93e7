// npm test: the checks and the tests, a few lanes at a time. `--full` runs the long suites too; files given run alone.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatCheck, runChecks } from './lib/checks.mjs';
import { findLanes, runLane } from './lib/lanes.mjs';

const full = process.argv.includes('--full');
const given = process.argv.slice(2).filter((argument) => argument !== '--full');

/** Lanes mostly wait for clocks and processes, but three at once starve what they wait for on two cores. */
const LANES_AT_ONCE = 2;

const scratch = mkdtempSync(join(tmpdir(), 'wonderland-test-'));
const totals = {
  passed: 0,
  failed: 0,
  skipped: /** @type {string[]} */ ([]),
  failedNames: /** @type {string[]} */ ([]),
};
try {
  const checks = await runChecks((result) => console.log(formatCheck(result)));
  for (const { name, passed } of checks)
    count({
      passed: Number(passed),
      failed: Number(!passed),
      skipped: [],
      failedNames: passed ? [] : [`check: ${name}`],
    });
  const lanes = given.length > 0 ? [{ name: 'given', files: given, isAlone: true }] : findLanes({ full });
  const waiting = lanes.filter(({ isAlone }) => !isAlone);
  for (const lane of lanes.filter(({ isAlone }) => isAlone)) count(await runLane(lane, { scratch, full }));
  const work = async () => {
    for (let lane = waiting.shift(); lane !== undefined; lane = waiting.shift())
      count(await runLane(lane, { scratch, full }));
  };
  await Promise.all(Array.from({ length: LANES_AT_ONCE }, work));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

console.log('');
for (const name of totals.skipped) console.log(`skipped: ${name}`);
for (const name of totals.failedNames) console.log(`failed: ${name}`);
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped.length} skipped`);
process.exitCode = totals.failed === 0 ? 0 : 1;

/** @param {import('./lib/lanes.mjs').Totals} more */
function count({ passed, failed, skipped, failedNames }) {
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped.push(...skipped);
  totals.failedNames.push(...failedNames);
}
