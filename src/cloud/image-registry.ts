import { WonderlandError } from '../domain/errors.ts';

export interface ImageReference {
  /** Host, with a port if there is one. */
  registry: string;
  repository: string;
  /** A tag, or `sha256:…`. */
  reference: string;
}

/** `registry.example.com/team/app:v1` taken apart as Docker does; names without a host belong to Docker Hub. */
export function parseImage(image: string): ImageReference {
  const [first = '', ...rest] = image.split('/');
  const hasHost = rest.length > 0 && (first.includes('.') || first.includes(':') || first === 'localhost');
  const registry = hasHost ? first : 'registry-1.docker.io';
  const path = hasHost ? rest.join('/') : image.includes('/') ? image : `library/${image}`;
  const [beforeDigest = '', digest] = path.split('@');
  const colon = beforeDigest.lastIndexOf(':');
  const repository = colon === -1 ? beforeDigest : beforeDigest.slice(0, colon);
  const tag = colon === -1 ? 'latest' : beforeDigest.slice(colon + 1);
  return { registry, repository, reference: digest ?? tag };
}

const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

export type ResolvedImage =
  | { pinned: string; checked: true }
  /** `isPrivate`: only with a name and a password, and it is no registry of ECR, which the instance's role opens. */
  | { pinned: string; checked: false; why: string; isPrivate: boolean };

/**
 * The image by digest (Registry HTTP API v2, `HEAD /v2/<name>/manifests/<reference>`). A registry that cannot be asked
 * leaves the reference as it is and says why.
 * @throws WonderlandError `image_not_found` when the registry does not know it.
 */
export async function resolveImage(
  image: string,
  endpointUrl: string | undefined,
  signal?: AbortSignal,
): Promise<ResolvedImage> {
  const { registry, repository, reference } = parseImage(image);
  const url = `${endpointUrl ?? `https://${registry}`}/v2/${repository}/manifests/${reference}`;
  const limit = AbortSignal.timeout(4_000);
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'HEAD',
      headers: { accept: ACCEPT },
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
  } catch {
    if (signal?.aborted === true) throw signal.reason;
    return { pinned: image, checked: false, why: `${registry} does not answer`, isPrivate: false };
  }
  if (response.status === 404) {
    throw new WonderlandError('image_not_found', `The registry ${registry} has no image ${repository}:${reference}`, {
      hint: 'Push the image first, or correct `image` in the manifest.',
    });
  }
  const digest = response.headers.get('docker-content-digest');
  if (!response.ok || digest === null) {
    const challenge = response.headers.get('www-authenticate') ?? '';
    const isPrivate = response.status === 401 && /^basic\b/i.test(challenge) && !registry.includes('.dkr.ecr.');
    return { pinned: image, checked: false, why: `${registry} answers ${response.status}`, isPrivate };
  }
  const name = image.slice(0, image.lastIndexOf(repository) + repository.length);
  return { pinned: `${name}@${digest}`, checked: true };
}
