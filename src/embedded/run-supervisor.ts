import { once } from 'node:events';
import { serveControl } from './control.ts';
import type { StateDir } from './state-dir.ts';
import { Supervisor, type StackOptions } from './supervisor.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Makes this process the supervisor: until Ctrl-C, SIGTERM, or `wl local stop`.
 * @throws WonderlandError when a part does not start; then nothing is left running
 */
export async function runSupervisor(state: StateDir, options: StackOptions & { onReady: () => void }): Promise<void> {
  const supervisor = new Supervisor(state, options);
  const stopped = new AbortController();
  const stop = () => {
    options.say('Stopping …');
    void supervisor.stop().then(() => stopped.abort());
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  const server = await serveControl(supervisor, state, () => stopped.abort());
  try {
    await supervisor.start();
    options.onReady();
    if (!stopped.signal.aborted) await once(stopped.signal, 'abort');
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
    server.close();
  }
}
