import { gunzipSync, gzipSync } from 'node:zlib';
import type { ServiceSpec } from './domain/service-spec.ts';
import type { Seal } from './seal.ts';

const withEnv = (spec: ServiceSpec, value: (text: string) => string): ServiceSpec => ({
  ...spec,
  components: spec.components.map((component) => ({
    ...component,
    env: Object.fromEntries(Object.entries(component.env).map(([name, text]) => [name, value(text)])),
  })),
});

/** Environment values hidden: so a specification travels through Temporal. */
export const sealSpec = (spec: ServiceSpec, seal: Seal): ServiceSpec => withEnv(spec, seal.seal);

/** @throws WonderlandError `internal` when it was sealed with another key. */
export const openSpec = (spec: ServiceSpec, seal: Seal): ServiceSpec => withEnv(spec, seal.open);

/** gzip + base64, as the tags of a task definition keep a manifest. */
export const packManifest = (text: string): string => gzipSync(text, { level: 9 }).toString('base64');

export const unpackManifest = (packed: string): string => gunzipSync(Buffer.from(packed, 'base64')).toString('utf8');
