import { createServer } from 'node:net';
import { join } from 'node:path';
import { WonderlandError } from '../domain/errors.ts';
import { cacheDir } from './cache-dir.mjs';
import { tryLock } from './exclusive-lock.mjs';

/** Where each part listens on 127.0.0.1 when nothing else does. */
export const DEFAULT_PORTS = {
  temporal: 7233,
  webUi: 8233,
  cloud: 4566,
  api: 8300,
  ingressHttp: 8080,
  ingressHttps: 8443,
};

export type Ports = typeof DEFAULT_PORTS;

/** The default, else so many steps on. */
const STEP = 10;
const TRIES = 500;

/**
 * Chooses a free port for each: the one it had before, else its default, else one further on. Each is reserved by a
 * lock for as long as this process lives, so that two stacks starting at once never choose the same one.
 * @throws WonderlandError `unavailable` when none is free
 */
export async function choosePorts(remembered: Partial<Ports> = {}): Promise<Ports> {
  const chosen = { ...DEFAULT_PORTS };
  for (const name of Object.keys(DEFAULT_PORTS) as (keyof Ports)[])
    chosen[name] = await choosePort(name, remembered[name]);
  return chosen;
}

async function choosePort(name: keyof Ports, remembered: number | undefined): Promise<number> {
  const series = Array.from({ length: TRIES }, (_, index) => DEFAULT_PORTS[name] + index * STEP);
  for (const port of remembered === undefined ? series : [remembered, ...series]) if (await reserve(port)) return port;
  throw new WonderlandError('unavailable', `No port is free for ${name}`, {
    hint: `Free one: ${TRIES} ports from ${DEFAULT_PORTS[name]} on, every ${STEP}th, are all taken.`,
  });
}

async function reserve(port: number): Promise<boolean> {
  const release = tryLock(join(cacheDir(), 'ports', `${port}.lock`));
  if (release === undefined) return false;
  if (await isFree(port)) return true;
  release();
  return false;
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
