import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { homedir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { cacheDir } from '../../src/embedded/cache-dir.mjs';
import { identify, isAlive } from '../../src/embedded/process-identity.mjs';
import { besideCheckout } from './exclusively.mjs';
import { root } from './root.mjs';
import { run } from './run.mjs';
import { sayWhile } from './say.mjs';

const stamp = join(root, 'node_modules', '.wonderland-installed');

/**
 * Installs exactly what the lockfile names, unless that is what is installed.
 * @throws Error with npm's last words
 */
export async function installDependencies() {
  const wanted = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  await sayWhile('Installing dependencies with npm ci', async () => {
    rmSync(stamp, { force: true });
    await untilOrphanEnds();
    const args = ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', ...npmCache()];
    const { code, output } = await npm(args);
    if (code !== 0) {
      const problem = new Error(`npm ci failed:\n${head(output)}`);
      throw Object.assign(problem, { hint: 'Check that the npm registry can be reached, then try again.' });
    }
    writeFileSync(stamp, wanted);
  });
}

/** What an installation depends on: the lockfile, and Node, whose version chooses native packages. */
function fingerprint() {
  const lockfile = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  return `${lockfile} ${process.version} ${process.platform}-${process.arch}\n`;
}

/** Without a home npm would put its cache into the checkout. */
const npmCache = () => (isAbsolute(homedir()) ? [] : ['--cache', join(cacheDir(), 'npm')]);

/** The npm that runs us, else the one on the PATH. @param {string[]} args */
function npm(args) {
  const script = process.env.npm_execpath;
  const options = {
    cwd: root,
    onSpawn: (/** @type {number} */ pid) =>
      writeFileSync(npmFile(), JSON.stringify(identify(pid) ?? { pid, startedAt: '' })),
  };
  return script?.endsWith('.js') ? run(process.execPath, [script, ...args], options) : run('npm', args, options);
}

const npmFile = () => besideCheckout('npm.json');

/** A set-up that was killed leaves its npm running, and two of them in one directory spoil each other's work. */
async function untilOrphanEnds() {
  while (existsSync(npmFile()) && isAlive(JSON.parse(readFileSync(npmFile(), 'utf8')))) await sleep(200);
}

/** npm says what is wrong first, and then how to use it. @param {string} output */
const head = (output) =>
  output
    .split('\n')
    .filter((line) => line.startsWith('npm error'))
    .slice(0, 8)
    .join('\n');
