import { formatIssue, WonderlandError } from '../domain/errors.ts';
import type { ParsedManifest } from './parse.ts';

/** @throws WonderlandError `not_supported_yet` naming every key that has no effect yet. */
export function requireSupported({ unsupported }: ParsedManifest): void {
  const [first] = unsupported;
  if (first === undefined) return;
  const { hint: _, ...place } = first;
  throw new WonderlandError('not_supported_yet', formatIssue(place), {
    hint: 'Remove the keys that have no effect yet; `wl validate` lists them.',
    issues: unsupported,
  });
}
