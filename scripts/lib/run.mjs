import { spawn } from 'node:child_process';

/**
 * Runs a program to its end with its output captured.
 * @param {string} file
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions & {
 *   timeoutMilliseconds?: number, onSpawn?: (pid: number) => void }} [options]
 * @returns {Promise<{ code: number, output: string }>} code -1 when it could not be started or was ended
 */
export function run(file, args, { timeoutMilliseconds, onSpawn, ...options } = {}) {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    if (child.pid !== undefined) onSpawn?.(child.pid);
    const collect = (/** @type {Buffer} */ chunk) => void (output += chunk.toString());
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    const timer =
      timeoutMilliseconds === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), timeoutMilliseconds);
    child.on('error', (error) => resolve({ code: -1, output: error.message }));
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? -1, output });
    });
  });
}

/** The last lines of an output. @param {string} text @param {number} [lines] */
export const tail = (text, lines = 20) => text.trimEnd().split('\n').slice(-lines).join('\n');
