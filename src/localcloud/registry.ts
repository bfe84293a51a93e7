import type { Images, Manifest } from './images.ts';
import type { WireRequest, WireResponse } from './wire/message.ts';

const respond = (status: number, body: string, headers: Record<string, string> = {}): WireResponse => ({
  status,
  headers: { 'content-type': 'application/json', 'docker-distribution-api-version': 'registry/2.0', ...headers },
  body,
});

const fail = (status: number, code: string, message: string): WireResponse =>
  respond(status, JSON.stringify({ errors: [{ code, message, detail: null }] }));

/** `registry.example.com/app` → the name as our repositories know it; clients may put the host in front. */
const repositoryOf = (images: Images, name: string): string | undefined => {
  if (images.isKnownRepository(name)) return images.parse(name)?.repository ?? name;
  const rest = name.slice(name.indexOf('/') + 1);
  return images.isKnownRepository(rest) ? rest : undefined;
};

const findManifest = (images: Images, repository: string, reference: string): Manifest | undefined => {
  if (reference.startsWith('sha256:')) return images.manifestByDigest(repository, reference);
  return images.behaviour(`${repository}:${reference}`).exists
    ? images.manifest({ repository, tag: reference })
    : undefined;
};

/** The part of the Registry HTTP API v2 that resolving an image needs: the version check and manifests. */
export const answerRegistry = (images: Images, { method, path }: WireRequest): WireResponse => {
  if (/^\/v2\/?$/.test(path)) return respond(200, '{}');
  if (method !== 'GET' && method !== 'HEAD') return fail(405, 'UNSUPPORTED', 'The operation is unsupported.');
  const [, name = '', reference = ''] = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(path) ?? [];
  if (name === '') return fail(404, 'UNSUPPORTED', 'The operation is unsupported.');
  const repository = repositoryOf(images, name);
  if (repository === undefined) return fail(404, 'NAME_UNKNOWN', 'repository name not known to registry');
  const manifest = findManifest(images, repository, reference);
  if (manifest === undefined) return fail(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
  return respond(200, manifest.body, {
    'content-type': manifest.mediaType,
    'docker-content-digest': manifest.digest,
    etag: `"${manifest.digest}"`,
  });
};
