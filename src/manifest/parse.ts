import type { Issue } from '../domain/errors.ts';
import type { ServiceSpec } from '../domain/service-spec.ts';
import { invalid, openYamlDocument } from '../yaml-document.ts';
import { adviceFor } from './advice.ts';
import { crossCheck } from './cross-checks.ts';
import { normalizeManifest } from './normalize.ts';
import { ManifestSchema } from './schema.ts';
import { unsupportedKeys } from './unsupported.ts';

export interface ParsedManifest {
  /** Every default filled in. */
  spec: ServiceSpec;
  /** Keys without effect yet: good in `wl validate`, refused by a deployment as `not_supported_yet`. */
  unsupported: Issue[];
  /** Allowed, but probably not meant. */
  warnings: Issue[];
}

/**
 * Reads a manifest whose variables are already filled in.
 * @param file name used in issues
 * @throws WonderlandError `spec_invalid` with one issue per fault; nothing else.
 */
export function parseManifest(text: string, file: string): ParsedManifest {
  const source = openYamlDocument(text, file);
  const manifest = source.check(ManifestSchema);
  const faults = crossCheck(manifest, source.issue);
  if (faults.length > 0) throw invalid(file, faults);
  return {
    spec: normalizeManifest(manifest),
    unsupported: unsupportedKeys(manifest, source.issue),
    warnings: adviceFor(manifest, source.issue),
  };
}
