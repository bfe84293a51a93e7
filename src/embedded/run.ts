import { execFile } from 'node:child_process';

export interface RunResult {
  /** Exit code; -1 when it could not be started or was ended by a signal. */
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  environment?: NodeJS.ProcessEnv;
  timeoutMilliseconds?: number;
}

/** Runs a program to its end. Never throws: what went wrong is in the result. */
export const run = (file: string, args: string[], options: RunOptions = {}): Promise<RunResult> =>
  new Promise((resolve) => {
    execFile(
      file,
      args,
      {
        env: options.environment ?? process.env,
        timeout: options.timeoutMilliseconds ?? 0,
        killSignal: 'SIGKILL',
        maxBuffer: 64 * 1024 * 1024,
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, stdout, stderr: code === -1 && stderr === '' ? String(error?.message) : stderr });
      },
    );
  });

/** The last lines of an output, for an error text. */
export const tail = (text: string, lines = 5): string => text.trim().split('\n').slice(-lines).join('\n');
