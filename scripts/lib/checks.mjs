import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './root.mjs';
import { run } from './run.mjs';

/** @typedef {{ name: string, passed: boolean, seconds: number, output: string }} CheckResult */

/** Each tool is run by its own script, with this Node: npx would cost half a second each. */
const CHECKS = [
  { name: 'format', tool: 'prettier', args: ['--check', '--log-level', 'warn', '.'] },
  { name: 'lint', tool: 'oxlint', args: ['--type-aware', '--deny-warnings'] },
  { name: 'types', tool: 'typescript', bin: 'tsc', args: ['-p', 'tsconfig.json', '--noEmit'] },
  {
    name: 'architecture',
    tool: 'dependency-cruiser',
    bin: 'depcruise',
    args: ['--config', '.dependency-cruiser.cjs', 'src', 'worker.ts'],
  },
];

/**
 * Runs the checks that need no running code, two at a time.
 * @param {(result: CheckResult) => void} onResult
 * @returns {Promise<CheckResult[]>}
 */
export async function runChecks(onResult) {
  const waiting = [...CHECKS];
  /** @type {CheckResult[]} */
  const results = [];
  const work = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const startedAt = Date.now();
      const { code, output } = await run(process.execPath, [binary(check), ...check.args], { cwd: root });
      const result = { name: check.name, passed: code === 0, seconds: (Date.now() - startedAt) / 1000, output };
      results.push(result);
      onResult(result);
    }
  };
  await Promise.all([work(), work()]);
  return results;
}

/** @param {{ tool: string, bin?: string }} check */
function binary({ tool, bin = tool }) {
  const manifest = join(root, 'node_modules', tool, 'package.json');
  const { bin: bins } = JSON.parse(readFileSync(manifest, 'utf8'));
  return join(dirname(manifest), typeof bins === 'string' ? bins : bins[bin]);
}

/** One line for a check that passed, everything for one that did not. @param {CheckResult} result */
export const formatCheck = ({ name, passed, seconds, output }) =>
  `${passed ? '✔' : '✘'} ${name} (${seconds.toFixed(1)} s)${passed ? '' : `\n${output.trimEnd()}`}`;
