import { WonderlandError } from '../domain/errors.ts';
import type { ParsedManifest } from './parse.ts';

/** @throws WonderlandError `not_supported_yet` with one issue per key that has no effect yet. */
export function requireSupported({ unsupported }: Pick<ParsedManifest, 'unsupported'>, file: string): void {
  if (unsupported.length === 0) return;
  throw new WonderlandError('not_supported_yet', `${file} uses keys that have no effect yet`, {
    hint: 'Remove them, or wait for a version that acts on them.',
    issues: unsupported,
  });
}
