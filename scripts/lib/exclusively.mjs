import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../../src/embedded/cache-dir.mjs';
import { withLock } from '../../src/embedded/exclusive-lock.mjs';
import { root } from './root.mjs';
import { say } from './say.mjs';

/**
 * A file that belongs to this checkout and lies outside of it, because set-up must leave the checkout clean.
 * @param {string} name
 */
export const besideCheckout = (name) => {
  const key = createHash('sha256').update(realpathSync(root)).digest('hex').slice(0, 16);
  return join(cacheDir(), 'locks', `${key}.${name}`);
};

/**
 * Runs what changes node_modules or dist of this checkout: one process at a time.
 * @template T
 * @param {() => Promise<T>} work
 */
export function exclusively(work) {
  const onWait = () => say('Waiting for another set-up of this checkout …');
  return withLock(besideCheckout('lock'), { onWait }, work);
}
