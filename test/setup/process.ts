import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';

export interface Result {
  /** Exit code; -1 when a signal ended it. */
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** After which it is killed. @default 120 */
  limitSeconds?: number;
}

/** Runs a program to its end, without standard input. */
export async function run(file: string, args: string[], options: RunOptions = {}): Promise<Result> {
  const child = spawnCaptured(file, args, options);
  const timer = setTimeout(() => child.process.kill('SIGKILL'), (options.limitSeconds ?? 120) * 1000);
  try {
    return await child.ended;
  } finally {
    clearTimeout(timer);
  }
}

export interface Running {
  process: ChildProcessWithoutNullStreams;
  /** What it has printed so far. */
  stdout: () => string;
  stderr: () => string;
  ended: Promise<Result>;
}

/** Starts a program whose output can be looked at while it runs. */
export function spawnCaptured(file: string, args: string[], { env, cwd }: RunOptions = {}): Running {
  const child = spawn(file, args, { env: env ?? process.env, cwd });
  let stdout = '';
  let stderr = '';
  child.stdin.end();
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (stderr += text));
  const ended = once(child, 'close').then(([code]) => ({ code: (code as number | null) ?? -1, stdout, stderr }));
  return { process: child, stdout: () => stdout, stderr: () => stderr, ended };
}
