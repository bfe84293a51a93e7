import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const WL = fileURLToPath(new URL('../../bin/wl.js', import.meta.url));

export interface WlResult {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export interface WlOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** Its standard input, which then ends. */
  input?: string;
  /** Sent once, as soon as this much is on stdout. */
  signal?: { name: NodeJS.Signals; when: (stdout: string) => boolean };
}

/** Runs the built `wl` as a process with an environment of its own. */
export function runWl(argv: string[], { env = {}, cwd, input = '', signal }: WlOptions = {}): Promise<WlResult> {
  const child = spawn(process.execPath, [WL, ...argv], {
    env: { PATH: process.env.PATH ?? '', ...env },
    ...(cwd !== undefined && { cwd }),
  });
  child.stdin.end(input);
  const result: WlResult = { exitCode: null, stdout: '', stderr: '' };
  let pending = signal;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    result.stdout += text;
    if (pending?.when(result.stdout)) {
      child.kill(pending.name);
      pending = undefined;
    }
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (result.stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ ...result, exitCode }));
  });
}

/** Runs `wl` in a pseudo-terminal, by script(1) of util-linux; returns what the terminal got. Its input ends after `input`. */
export function runInTerminal(argv: string[], env: Record<string, string>, input = ''): Promise<string> {
  const quoted = [process.execPath, WL, ...argv].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qec', quoted, '/dev/null'], {
    env: { PATH: process.env.PATH ?? '', TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(input);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve(output));
  });
}
