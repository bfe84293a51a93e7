// npm test: the checks, then mocha. `--full` runs everything; other arguments, e.g. test files, go to mocha.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatCheck, runChecks } from './lib/checks.mjs';
import { root } from './lib/root.mjs';

const full = process.argv.includes('--full');
const given = process.argv.slice(2).filter((argument) => argument !== '--full');
const mochaArguments = given.length > 0 ? given : ['test/**/*.test.ts'];

const scratch = mkdtempSync(join(tmpdir(), 'wonderland-test-'));
const checks = await runChecks((result) => console.log(formatCheck(result)));
const tests = await runMocha(join(scratch, 'totals.json'));
rmSync(scratch, { recursive: true, force: true });

const passed = checks.filter((check) => check.passed).length + tests.passed;
const failed = checks.filter((check) => !check.passed).length + tests.failed;
console.log('');
for (const name of tests.skipped) console.log(`skipped: ${name}`);
for (const { name } of checks.filter((check) => !check.passed)) console.log(`failed check: ${name}`);
console.log(`${passed} passed, ${failed} failed, ${tests.skipped.length} skipped`);
process.exitCode = failed === 0 ? 0 : 1;

/**
 * @param {string} totalsFile
 * @returns {Promise<{ passed: number, failed: number, skipped: string[] }>}
 */
async function runMocha(totalsFile) {
  const child = spawn(
    process.execPath,
    [join(root, 'node_modules', 'mocha', 'bin', 'mocha.js'), '--reporter', 'test/setup/reporter.ts', ...mochaArguments],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, WL_TEST_TOTALS: totalsFile, ...(full && { WL_TEST_FULL: '1' }) },
    },
  );
  const [code] = await once(child, 'exit');
  if (!existsSync(totalsFile)) {
    console.log('\nmocha ended before it had run the tests.');
    return { passed: 0, failed: 1, skipped: [] };
  }
  const totals = JSON.parse(readFileSync(totalsFile, 'utf8'));
  // A hook that fails after the last test changes mocha's exit code alone.
  return code !== 0 && totals.failed === 0 ? { ...totals, failed: 1 } : totals;
}
