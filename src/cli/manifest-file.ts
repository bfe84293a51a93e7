import { readFileSync } from 'node:fs';
import { formatIssue, WonderlandError } from '../domain/errors.ts';
import type { ParsedManifest } from '../manifest/parse.ts';
import { printWarning } from './error-report.ts';
import type { Context } from './command.ts';
import type { Io } from './io.ts';

export interface ManifestFile extends ParsedManifest {
  /** Variables filled in: what is sent to the API. */
  text: string;
}

/**
 * Reads, fills in and checks a manifest, without a server.
 * @throws WonderlandError `not_found`, `spec_invalid`
 */
export async function readManifest({ env }: Pick<Context, 'env'>, file: string): Promise<ManifestFile> {
  let raw: string;
  try {
    raw = readFileSync(file, 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new WonderlandError('not_found', missing ? `There is no file ${file}` : `${file} cannot be read`, {
      hint: 'Name the manifest, e.g. `wl deploy autoscaler -f wonderland.yaml`.',
      cause,
    });
  }
  const [{ interpolate }, { parseManifest }] = await Promise.all([
    import('../manifest/interpolate.ts'),
    import('../manifest/parse.ts'),
  ]);
  const text = interpolate(raw, env, file);
  return { text, ...parseManifest(text, file) };
}

/** Says on stderr what is allowed but probably not meant. */
export const printManifestWarnings = (io: Io, { warnings }: ParsedManifest): void => {
  for (const warning of warnings) printWarning(io, formatIssue(warning));
};
