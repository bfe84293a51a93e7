import type { Stack } from '../../../setup/stack.ts';
import { startPart, type Part } from '../part.ts';
import { inTurns } from './places.ts';

/** A process that dies as it is told and is there again at once. */
export interface Mortal {
  /** Where it answers, if it does. */
  url: string;
  /** Kills it with -9 before anything else happens. */
  kill: () => { gone: Promise<void>; again: () => Promise<void> };
  stop: () => Promise<void>;
}

/** A start costs more than a second of processor: more at once would only make all of them late. */
const starting = inTurns(2);

export async function startMortal(
  stack: Stack,
  script: 'worker.js' | 'src/api/server.js',
  env: NodeJS.ProcessEnv,
): Promise<Mortal> {
  const start = (more: NodeJS.ProcessEnv = {}) => starting(() => startPart(stack, script, { ...env, ...more }));
  let part: Part = await start();
  const url = part.ready.url ?? '';
  const samePort = url === '' ? {} : { WONDERLAND_API_PORT: new URL(url).port };
  return {
    url,
    kill: () => ({
      gone: part.kill(),
      again: async () => {
        part = await start(samePort);
      },
    }),
    stop: () => part.kill(),
  };
}
