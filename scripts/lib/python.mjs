import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../../src/embedded/cache-dir.mjs';
import { withLock } from '../../src/embedded/exclusive-lock.mjs';
import { root } from './root.mjs';
import { run, tail } from './run.mjs';
import { say, sayWhile } from './say.mjs';

const requirements = join(root, 'test', 'requirements.txt');
const INSTALL_MILLISECONDS = 300_000;

/** The virtual environment of the tests' Python tools; another list of tools is another environment. */
export const pythonToolsDir = () =>
  join(cacheDir(), `python-${createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)}`);

const stampOf = (/** @type {string} */ directory) => join(directory, '.wonderland-complete');

export const hasPythonTools = () => existsSync(stampOf(pythonToolsDir()));

/** Installs the Python tools that tests use. Never fails: without them those tests are skipped, by name. */
export async function installPythonTools() {
  if (hasPythonTools()) return;
  const directory = pythonToolsDir();
  mkdirSync(cacheDir(), { recursive: true });
  await withLock(`${directory}.lock`, { onWait: () => say('Waiting for another installation of Python tools …') }, () =>
    install(directory),
  );
}

/** @param {string} directory */
async function install(directory) {
  if (hasPythonTools()) return;
  await sayWhile('Installing the Python tools of the tests', async () => {
    rmSync(directory, { recursive: true, force: true });
    const made = await run('python3', ['-m', 'venv', directory]);
    if (made.code !== 0) return skip(made.output);
    const python = join(directory, 'bin', 'python');
    const args = ['-m', 'pip', 'install', '--disable-pip-version-check', '--quiet', '-r', requirements];
    const installed = await run(python, args, { timeoutMilliseconds: INSTALL_MILLISECONDS });
    if (installed.code !== 0) return skip(installed.output);
    writeFileSync(stampOf(directory), '');
  });
}

/** @param {string} output */
const skip = (output) => say(`Python tools are missing, so the tests that need them are skipped:\n${tail(output, 3)}`);
