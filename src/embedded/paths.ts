import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The installation: the nearest directory above this file that has a package.json. */
export const packageRoot = findUpwards(dirname(fileURLToPath(import.meta.url)));

/** A file of the build. The parts always run from there, with plain Node. */
export const distFile = (path: string): string => join(packageRoot, 'dist', path);

/** `$WONDERLAND_STATE_DIR`, else `$XDG_STATE_HOME/wonderland/local`, else `~/.local/state/wonderland/local`. */
export function defaultStateDir(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.WONDERLAND_STATE_DIR) return resolve(environment.WONDERLAND_STATE_DIR);
  const xdg = environment.XDG_STATE_HOME ?? '';
  return join(isAbsolute(xdg) ? xdg : join(homedir(), '.local', 'state'), 'wonderland', 'local');
}

function findUpwards(directory: string): string {
  if (existsSync(join(directory, 'package.json'))) return directory;
  const parent = dirname(directory);
  return parent === directory ? directory : findUpwards(parent);
}
