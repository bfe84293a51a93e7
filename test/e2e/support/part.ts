import { join } from 'node:path';
import { eventually } from '../../setup/eventually.ts';
import { spawnCaptured, type Running } from '../../setup/process.ts';
import { root, type Stack } from '../../setup/stack.ts';

export interface Part extends Running {
  /** What its ready line says; an API names its URL. */
  ready: { url?: string; buildId?: string; current?: boolean };
  stop: () => Promise<void>;
  /** Ends it with -9, at once; resolves when it is gone. */
  kill: () => Promise<void>;
}

const alive = new Set<Running>();
process.once('exit', () => {
  for (const part of alive) part.process.kill('SIGKILL');
});

/** Starts one more API or worker beside those of a stack, from the build and with plain Node, as operators would. */
export async function startPart(
  stack: Stack,
  script: 'worker.js' | 'src/api/server.js',
  env: NodeJS.ProcessEnv = {},
): Promise<Part> {
  const part = spawnCaptured(process.execPath, [join(root, 'dist', script)], {
    env: { ...stack.childEnv, WONDERLAND_API_PORT: '0', ...env },
  });
  alive.add(part);
  const isReady = () => {
    if (part.process.exitCode !== null) throw new Error(`${script} ended: ${part.stderr()}`);
    const line = part
      .stdout()
      .split('\n')
      .find((text) => text.includes('"ready":true'));
    return line === undefined ? false : (JSON.parse(line) as Part['ready']);
  };
  const ready = await eventually(`${script} is ready`, isReady, 90).catch((error: Error) => {
    part.process.kill('SIGKILL');
    throw new Error(`${error.message}: ${part.stderr()}`);
  });
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    part.process.kill(signal);
    await part.ended;
    alive.delete(part);
  };
  return { ...part, ready, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}
