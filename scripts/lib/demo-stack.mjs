import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

/**
 * Starts the embedded stack in a state directory of its own. Ctrl-C reaches only us: what then happens to the stack
 * is ours to decide.
 * @param {string} stateDir
 * @param {number} speed of the local cloud's clock
 */
export async function startStack(stateDir, speed) {
  const env = environment(stateDir);
  const interrupted = new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => resolve(signal));
  });

  /** @param {string[]} args */
  const wl = async (...args) => {
    const child = spawn(process.execPath, [join(root, 'bin', 'wl.js'), ...args], {
      cwd: root,
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true,
    });
    const outcome = await Promise.race([once(child, 'exit'), interrupted]);
    if (!Array.isArray(outcome)) {
      child.kill('SIGINT');
      throw new Error(`Stopped by ${outcome}`);
    }
    if (outcome[0] !== 0) throw new Error(`wl ${args.join(' ')} ended with exit code ${outcome[0] ?? outcome[1]}`);
  };
  /** Shows the command as a person would type it. @param {string[]} args */
  const shown = (...args) => {
    console.log(`$ wl ${args.join(' ')}`);
    return wl(...args);
  };
  const stop = async () => {
    const child = spawn(process.execPath, [join(root, 'bin', 'wl.js'), 'local', 'reset'], {
      env,
      stdio: 'ignore',
      detached: true,
    });
    await once(child, 'exit');
  };

  try {
    await wl('local', 'start', '--detach', '--speed', String(speed));
  } catch (error) {
    await stop();
    throw error;
  }
  const { ingressUrl, webUiUrl } = JSON.parse(readFileSync(join(stateDir, 'client.json'), 'utf8'));
  return {
    ingressUrl,
    wl: shown,
    stop,
    untilInterrupted: async () => {
      console.log(`\nEverything stays up until Ctrl-C. Look at ${webUiUrl}, or in another shell:`);
      console.log(`  export WONDERLAND_STATE_DIR='${stateDir}'; npx --no-install wl status autoscaler`);
      // A signal handler alone keeps no process alive.
      const alive = setInterval(() => undefined, 60_000);
      await interrupted;
      clearInterval(alive);
      console.log('\nStopping …');
    },
  };
}

/** Nothing that leads to another installation. @param {string} stateDir @returns {NodeJS.ProcessEnv} */
const environment = (stateDir) => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('WL_'))),
  WONDERLAND_STATE_DIR: stateDir,
  XDG_CONFIG_HOME: join(stateDir, 'no-config'),
});
