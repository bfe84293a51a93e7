// The supervisor in the background, as `wl local start --detach` starts it. Arguments: state directory, speed.
import { isWonderlandError } from '../domain/errors.ts';
import type { DetachedMessage } from './detached.ts';
import { runSupervisor } from './run-supervisor.ts';
import { StateDir } from './state-dir.ts';

const [path = '', speed = '1'] = process.argv.slice(2);

/** The command that started us may have gone meanwhile. */
const tell = (message: DetachedMessage): void => {
  if (process.connected) process.send?.(message, () => undefined);
};

process.on('disconnect', () => undefined);
try {
  await runSupervisor(new StateDir(path), {
    speed: Number(speed),
    say: (line) => tell({ type: 'say', line }),
    onReady: () => tell({ type: 'ready' }),
  });
} catch (error) {
  if (!isWonderlandError(error)) throw error;
  const { code, message, hint } = error;
  tell({ type: 'failed', code, message, ...(hint !== undefined && { hint }) });
  process.exitCode = 1;
}
if (process.connected) process.disconnect();
