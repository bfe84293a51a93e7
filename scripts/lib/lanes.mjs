// A lane is some test files in one mocha process: lanes run side by side, files of a lane one after the other.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';
import { run } from './run.mjs';

/** @typedef {{ name: string, files: string[], isAlone: boolean }} Lane */
/** @typedef {{ passed: number, failed: number, skipped: string[], failedNames: string[] }} Totals */

/** Files that start stacks of their own: each is a lane. Every other lane is a folder, whose files may share a stack. */
const OWN_STACK = [
  'e2e/random-faults',
  'e2e/kill-matrix',
  'e2e/scenarios',
  'e2e/durability',
  'e2e/lost-answers',
  'e2e/traffic',
  'e2e/upgrade',
  'e2e/local',
  'e2e/cli-offline',
];

/** What takes longest starts first, so that none is left over at the end. */
const ORDER = [
  'e2e/kill-matrix',
  'e2e',
  'localcloud',
  ...OWN_STACK,
  'api',
  'workflows',
  'conformance',
  'integration',
  'unit',
  'replay',
];

/** What runs alone, before the rest: the SDK gives the time-skipping server, a JVM, five seconds to start. */
const TIMERS = 'workflows/timers';
/** Sixteen workers and the deaths of them: alone as well where all of it runs, because delays are measured. */
const KILLS = 'e2e/kill-matrix';

/** In the full run alone: minutes long, or more of what a sample of the folder shows. */
const FULL_ONLY = [
  'e2e/random-faults.test.ts',
  ...['cancel', 'deletion', 'lock', 'replacement'].map((name) => `${TIMERS}/${name}.test.ts`),
];

/**
 * @param {{ full: boolean }} options
 * @returns {Lane[]}
 */
export function findLanes({ full }) {
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => full || !FULL_ONLY.includes(file))
    .sort();
  /** @type {Map<string, string[]>} */
  const lanes = new Map();
  for (const file of files) {
    const own = OWN_STACK.find((name) => file === `${name}.test.ts`);
    const name = file.startsWith(`${TIMERS}/`) ? TIMERS : (own ?? file.slice(0, file.indexOf('/')));
    lanes.set(name, [...(lanes.get(name) ?? []), join('test', file)]);
  }
  const rank = (/** @type {Lane} */ { name }) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return [...lanes]
    .map(([name, laneFiles]) => ({ name, files: laneFiles, isAlone: name === TIMERS || (full && name === KILLS) }))
    .sort((a, b) => rank(a) - rank(b));
}

/**
 * Runs a lane and prints what it printed in one piece.
 * @param {Lane} lane
 * @param {{ scratch: string, full: boolean }} options
 * @returns {Promise<Totals>}
 */
export async function runLane({ name, files }, { scratch, full }) {
  const startedAt = Date.now();
  const totalsFile = join(scratch, `${name.replaceAll('/', '-')}.json`);
  const mocha = join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
  const { code, output } = await run(
    process.execPath,
    [mocha, ...mochaOptions(), '--reporter', 'test/setup/reporter.ts', ...files],
    {
      cwd: root,
      env: { ...process.env, WL_TEST_TOTALS: totalsFile, ...(full && { WL_TEST_FULL: '1' }) },
    },
  );
  console.log(`\n── ${name} (${((Date.now() - startedAt) / 1000).toFixed(0)} s)\n${output.trim()}`);
  if (!existsSync(totalsFile))
    return { passed: 0, failed: 1, skipped: [], failedNames: [`${name}: mocha ended before it had run its tests`] };
  const totals = JSON.parse(readFileSync(totalsFile, 'utf8'));
  // A hook that fails after the last test changes mocha's exit code alone.
  if (code === 0 || totals.failed > 0) return totals;
  return { ...totals, failed: 1, failedNames: [`${name}: a hook after the last test`] };
}

/** `.mocharc.json` without its spec, which mocha would add to the lane's files. */
function mochaOptions() {
  const { spec: _, ...options } = JSON.parse(readFileSync(join(root, '.mocharc.json'), 'utf8'));
  const flags = Object.entries(options).flatMap(([key, value]) =>
    [value].flat().flatMap((one) => (one === true ? [`--${key}`] : [`--${key}`, String(one)])),
  );
  return ['--no-config', ...flags];
}
