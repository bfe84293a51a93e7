import type { Issue } from '../domain/errors.ts';
import type { YamlSource } from '../yaml-document.ts';
import type { Manifest } from './schema.ts';

const OF_COMPONENT = ['secrets', 'registry-credentials', 'links'] as const;
const OF_SERVICE = ['auto-scaling', 'notifications', 'iam'] as const;

/** Keys that parse but have no effect yet: a deployment that uses one is refused, because ignoring it would deceive. */
export function unsupportedKeys(manifest: Manifest, report: YamlSource['issue']): Issue[] {
  const issue = (path: (string | number)[], key: string) =>
    report(path, `"${key}" has no effect yet`, { key, hint: 'remove it to deploy' });
  return [
    ...manifest.components.flatMap((component, index) =>
      OF_COMPONENT.filter((key) => component[key] !== undefined).map((key) => issue(['components', index], key)),
    ),
    ...OF_SERVICE.filter((key) => manifest[key] !== undefined).map((key) => issue([], key)),
  ];
}
