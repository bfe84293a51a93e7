import { splitHost, type Images, type Manifest } from './images.ts';
import type { EcrRegistry } from './services/ecr.ts';
import type { WireRequest, WireResponse } from './wire/message.ts';

const respond = (status: number, body: string, headers: Record<string, string> = {}): WireResponse => ({
  status,
  headers: { 'content-type': 'application/json', 'docker-distribution-api-version': 'registry/2.0', ...headers },
  body,
});

const fail = (status: number, code: string, message: string, headers = {}): WireResponse =>
  respond(status, JSON.stringify({ errors: [{ code, message, detail: null }] }), headers);

/** Credentials may be left out; those that are there have to be a token of ECR's that is still good. */
const isWelcome = ({ headers }: WireRequest, registries: readonly EcrRegistry[]): boolean => {
  const [, encoded] = /^Basic (.+)$/i.exec(headers.authorization ?? '') ?? [];
  if (encoded === undefined) return true;
  const [user, ...password] = Buffer.from(encoded, 'base64').toString().split(':');
  return user !== 'AWS' || registries.some((one) => one.accepts(password.join(':')));
};

const findManifest = (
  { images, registries }: Shelves,
  name: string,
  reference: string,
): Manifest | 'name-unknown' | undefined => {
  const { host, repository } = splitHost(name);
  for (const one of registries.filter((registry) => host === undefined || registry.host === host)) {
    const pushed = one.pushed(repository, reference);
    if (pushed !== undefined) return pushed;
  }
  if (!images.isKnownRepository(repository)) return 'name-unknown';
  if (reference.startsWith('sha256:')) return images.manifestByDigest(repository, reference);
  return images.behaviour(`${repository}:${reference}`).exists
    ? images.manifest({ repository, tag: reference })
    : undefined;
};

/** Where manifests are looked for: what was put into ECR first, then the scripted images of every host. */
interface Shelves {
  images: Images;
  registries: readonly EcrRegistry[];
}

const isPrivate = ({ images }: Shelves, name: string, reference: string): boolean =>
  images.behaviour(`${name}${reference.startsWith('sha256:') ? '@' : ':'}${reference}`).needsCredentials;

/** The part of the Registry HTTP API v2 that resolving an image needs: the version check and manifests. */
export const answerRegistry = (shelves: Shelves, request: WireRequest): WireResponse => {
  const { method, path, headers } = request;
  if (!isWelcome(request, shelves.registries)) {
    const challenge = { 'www-authenticate': 'Basic realm="https://ecr.amazonaws.com/",service="ecr.amazonaws.com"' };
    return fail(401, 'UNAUTHORIZED', 'Your authorization token has expired. Reauthenticate and try again.', challenge);
  }
  if (/^\/v2\/?$/.test(path)) return respond(200, '{}');
  if (method !== 'GET' && method !== 'HEAD') return fail(405, 'UNSUPPORTED', 'The operation is unsupported.');
  const [, name = '', reference = ''] = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(path) ?? [];
  if (name === '') return fail(404, 'UNSUPPORTED', 'The operation is unsupported.');
  const manifest = findManifest(shelves, name, reference);
  if (typeof manifest === 'object' && isPrivate(shelves, name, reference) && headers.authorization === undefined) {
    const challenge = { 'www-authenticate': 'Basic realm="Registry"' };
    return fail(401, 'UNAUTHORIZED', 'authentication required', challenge);
  }
  if (manifest === 'name-unknown') return fail(404, 'NAME_UNKNOWN', 'repository name not known to registry');
  if (manifest === undefined) return fail(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
  return respond(200, manifest.body, {
    'content-type': manifest.mediaType,
    'docker-content-digest': manifest.digest,
    etag: `"${manifest.digest}"`,
  });
};
