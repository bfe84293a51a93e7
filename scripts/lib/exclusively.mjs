import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../../src/embedded/cache-dir.mjs';
import { withLock } from '../../src/embedded/exclusive-lock.mjs';
import { root } from './root.mjs';
import { say } from './say.mjs';

/**
 * Runs what changes node_modules or dist of this checkout: one process at a time. The lock lies outside the checkout,
 * which set-up must leave clean.
 * @template T
 * @param {() => Promise<T>} work
 */
export function exclusively(work) {
  const key = createHash('sha256').update(realpathSync(root)).digest('hex').slice(0, 16);
  const onWait = () => say('Waiting for another set-up of this checkout …');
  return withLock(join(cacheDir(), 'locks', `${key}.lock`), { onWait }, work);
}
