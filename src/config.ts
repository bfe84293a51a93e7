import { readFileSync } from 'node:fs';
import { ConfigSchema, OVERRIDES, type Config } from './config-schema.ts';
import { WonderlandError } from './domain/errors.ts';
import { parseYamlDocument } from './yaml-document.ts';

export type { Config };

const NUMBERS = new Set(['WONDERLAND_API_PORT', 'WONDERLAND_DNS_WAIT_SECONDS', 'WONDERLAND_IDLE_SECONDS']);

/**
 * Reads the configuration: the file named by `WONDERLAND_CONFIG` (default `wonderland.config.yaml`), then single
 * values from the environment.
 * @throws WonderlandError `spec_invalid` with issues, or `not_found` when there is no such file.
 */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const file = environment.WONDERLAND_CONFIG ?? 'wonderland.config.yaml';
  const config = parseYamlDocument(ConfigSchema, read(file), file);
  const overridden = structuredClone(config) as Record<string, unknown>;
  for (const [variable, path] of Object.entries(OVERRIDES)) {
    const value = environment[variable];
    if (value !== undefined) assign(overridden, path, NUMBERS.has(variable) ? Number(value) : value);
  }
  const result = ConfigSchema.safeParse(overridden);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new WonderlandError(
    'spec_invalid',
    `The environment overrides ${issue?.path.join('.')} with a wrong value: ${issue?.message}`,
    {
      hint: `Check the WONDERLAND_… variables: ${Object.keys(OVERRIDES).join(', ')}`,
    },
  );
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new WonderlandError('not_found', `There is no configuration file ${file}`, {
      hint: 'Name one in WONDERLAND_CONFIG, or run `wl local start`, which writes its own.',
      cause,
    });
  }
}

function assign(target: Record<string, unknown>, path: string[], value: unknown): void {
  const [key, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) target[key] = value;
  else assign((target[key] ??= {}) as Record<string, unknown>, rest, value);
}
