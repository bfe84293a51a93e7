// Plain JavaScript because scripts/setup.mjs needs it before there is a build.
import { accessSync, constants, mkdirSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * Where what is expensive to make is kept, outside every checkout: `$XDG_CACHE_HOME/wonderland`, else
 * `~/.cache/wonderland`, else, for a user without a writable home, a directory of that user's under the system's
 * temporary one.
 * @param {NodeJS.ProcessEnv} [environment]
 * @returns {string} an existing directory
 */
export function cacheDir(environment = process.env) {
  const xdg = environment.XDG_CACHE_HOME ?? '';
  const home = homedir();
  const candidates = [
    ...(isAbsolute(xdg) ? [join(xdg, 'wonderland')] : []),
    ...(isAbsolute(home) ? [join(home, '.cache', 'wonderland')] : []),
    join(tmpdir(), `wonderland-cache-${userInfo().uid}`),
  ];
  return candidates.find(isUsable) ?? candidates[0] ?? tmpdir();
}

/** @param {string} directory */
function isUsable(directory) {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
