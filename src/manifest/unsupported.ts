import type { Issue } from '../domain/errors.ts';
import type { YamlSource } from '../yaml-document.ts';
import type { Manifest } from './schema.ts';

const WITHOUT_EFFECT = ['auto-scaling', 'notifications'] as const;

/** Keys that parse but have no effect yet: a deployment that uses one is refused, because ignoring it would deceive. */
export function unsupportedKeys(manifest: Manifest, report: YamlSource['issue']): Issue[] {
  return WITHOUT_EFFECT.filter((key) => manifest[key] !== undefined).map((key) =>
    report([], `"${key}" has no effect yet`, { key, hint: 'remove it to deploy' }),
  );
}
