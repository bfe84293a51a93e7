import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';

/** Pids of all processes that were told of this path, by argument or (where the system shows it) environment. */
export function processesOf(path: string): number[] {
  if (!existsSync('/proc/self/environ')) {
    const lines = execFileSync('ps', ['-axo', 'pid=,command='], { encoding: 'utf8' }).split('\n');
    return lines.filter((line) => line.includes(path)).map((line) => Number.parseInt(line, 10));
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => read(`/proc/${pid}/cmdline`).includes(path) || read(`/proc/${pid}/environ`).includes(path))
    .map(Number);
}

/** Empty for a process that has just ended, and for a zombie. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
