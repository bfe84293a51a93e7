import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { WonderlandError } from '../domain/errors.ts';
import { nearest } from '../domain/nearest.ts';
import type { Endpoint } from './api-client.ts';

type Environment = Record<string, string | undefined>;

/** Flags that choose the installation. */
export interface ApiOptions {
  apiUrl?: string;
  token?: string;
  profile?: string;
}

/** A place that knows an installation: a URL with the token that belongs to it. */
interface Source {
  apiUrl: string;
  token?: string;
  hint: string;
}

/**
 * The installation to talk to: flag, then `WL_…`, then the profile, then the embedded stack. A token that was kept
 * with a URL is sent to no other.
 * @throws WonderlandError `usage` when no installation is known, `unauthenticated` when there is no token for it.
 */
export async function resolveEndpoint(options: ApiOptions, env: Environment): Promise<Endpoint> {
  const kept = await keptSource(options, env);
  const chosenUrl = options.apiUrl ?? env.WL_API_URL;
  const source =
    chosenUrl === undefined
      ? kept
      : { apiUrl: chosenUrl, hint: 'Check --api-url or WL_API_URL, and that the API runs there.' };
  if (source === undefined) {
    throw new WonderlandError('usage', 'There is no API to talk to', {
      hint: 'Start one with `wl local start`, or set WL_API_URL and WL_TOKEN, or name a profile.',
    });
  }
  const apiUrl = originOf(source.apiUrl);
  const keptToken = kept !== undefined && originOf(kept.apiUrl) === apiUrl ? kept.token : undefined;
  const token = options.token ?? env.WL_TOKEN ?? keptToken;
  if (token === undefined) {
    throw new WonderlandError('unauthenticated', `There is no token for ${apiUrl}`, {
      hint: 'Set WL_TOKEN; an administrator makes one with `wl token new`.',
    });
  }
  // The HTTP client would quote it in its own error.
  if (/[^\x21-\x7e]/.test(token)) {
    throw new WonderlandError('unauthenticated', 'The token holds a space, a line break or a letter no token has', {
      hint: 'Copy it again, as one word without quotes.',
    });
  }
  return { apiUrl, token, hint: source.hint };
}

async function keptSource(options: ApiOptions, env: Environment): Promise<Source | undefined> {
  const named = options.profile ?? env.WL_PROFILE;
  return (await profileSource(named, env)) ?? embeddedSource(env);
}

async function profileSource(named: string | undefined, env: Environment): Promise<Source | undefined> {
  const file = join(xdgDirectory(env.XDG_CONFIG_HOME, env, '.config'), 'wl', 'config.yaml');
  const text = readIfThere(file);
  if (text === undefined) {
    if (named === undefined) return undefined;
    throw new WonderlandError('usage', `There is no profile "${named}": ${file} does not exist`, {
      hint: `Write it, e.g. "profiles: { ${named}: { api-url: https://…, token: wl_… } }".`,
    });
  }
  const { parseProfiles } = await import('./profiles.ts');
  const { profile: standard, profiles } = parseProfiles(text, file);
  const name = named ?? standard;
  if (name === undefined) return undefined;
  const profile = profiles[name];
  if (profile === undefined) {
    const names = Object.keys(profiles);
    const meant = nearest(name, names);
    throw new WonderlandError('usage', `There is no profile "${name}" in ${file}`, {
      hint: meant === undefined ? `It has: ${names.join(', ') || 'none'}.` : `Did you mean "${meant}"?`,
    });
  }
  return {
    apiUrl: profile['api-url'],
    ...(profile.token !== undefined && { token: profile.token }),
    hint: `Check that the API of the profile "${name}" runs, or choose another with --profile.`,
  };
}

/** Where the embedded stack keeps its state; also where it says how to reach it. */
const embeddedStateDirectory = (env: Environment): string =>
  env.WONDERLAND_STATE_DIR || join(xdgDirectory(env.XDG_STATE_HOME, env, '.local', 'state'), 'wonderland', 'local');

/** An XDG base directory; a relative one is to be ignored, says the specification. */
const xdgDirectory = (value: string | undefined, env: Environment, ...fallback: string[]): string =>
  value !== undefined && isAbsolute(value) ? value : join(env.HOME || homedir(), ...fallback);

function embeddedSource(env: Environment): Source | undefined {
  const text = readIfThere(join(embeddedStateDirectory(env), 'client.json'));
  if (text === undefined) return undefined;
  try {
    const { apiUrl, token } = JSON.parse(text) as { apiUrl: string; token?: string };
    return { apiUrl, ...(token !== undefined && { token }), hint: 'Start the embedded stack with `wl local start`.' };
  } catch {
    return undefined;
  }
}

function originOf(url: string): string {
  if (URL.canParse(url) && /^https?:/.test(url)) return new URL(url).origin;
  throw new WonderlandError('usage', `"${url}" is not a URL of an API`, {
    hint: 'Write it like https://wonderland.example.com',
  });
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT' || (cause as NodeJS.ErrnoException).code === 'ENOTDIR')
      return undefined;
    throw new WonderlandError('usage', `${file} cannot be read`, { hint: 'Check its permissions.', cause });
  }
}
