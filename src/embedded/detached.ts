import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { WonderlandError, type ErrorCode } from '../domain/errors.ts';
import { distFile } from './paths.ts';
import { STATE, type StateDir } from './state-dir.ts';
import type { StackOptions } from './supervisor.ts';

/** What the supervisor in the background tells the command that started it. */
export type DetachedMessage =
  | { type: 'say'; line: string }
  | { type: 'ready' }
  | { type: 'failed'; code: ErrorCode; message: string; hint?: string };

/**
 * Starts a supervisor in the background; resolves when all parts answer. Ctrl-C meanwhile ends what was started.
 * @throws WonderlandError what the supervisor failed with
 */
export async function startDetached(state: StateDir, { speed, say }: StackOptions): Promise<void> {
  state.create();
  const output = openSync(join(state.file(STATE.logs), 'supervisor.out'), 'a', 0o600);
  const child = spawn(process.execPath, [distFile('src/embedded/supervisor-process.js'), state.path, String(speed)], {
    detached: true,
    stdio: ['ignore', output, output, 'ipc'],
  });
  closeSync(output);
  const interrupt = () => void child.kill('SIGTERM');
  process.on('SIGINT', interrupt);
  try {
    await becomesReady(child, say);
  } finally {
    process.off('SIGINT', interrupt);
    if (child.connected) child.disconnect();
    child.unref();
  }
}

const becomesReady = (child: ChildProcess, say: (line: string) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    let failure = new WonderlandError('unavailable', 'The supervisor ended before all parts were up', {
      hint: 'Look into the logs in the state directory.',
    });
    child.on('message', (message: DetachedMessage) => {
      if (message.type === 'say') return say(message.line);
      if (message.type === 'ready') return resolve();
      const { code, hint } = message;
      failure = new WonderlandError(code, message.message, { ...(hint !== undefined && { hint }) });
    });
    // Only then is nothing left behind.
    child.once('exit', () => reject(failure));
  });
