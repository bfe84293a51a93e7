/** Images: put, found, listed, deleted. */
import { AwsError, type OperationTable, type Params } from '../../engine/contract.ts';
import type { Images } from '../../images.ts';
import type { Engine } from '../../registration.ts';
import { seconds } from '../epoch.ts';
import { pageOf, type Page } from '../paging.ts';
import { digestOf, idText, type ImageId, type Shelf } from './images.ts';
import { invalidParameter } from './repository-operations.ts';
import type { PushedImage, Repository, Store } from './store.ts';

const MEDIA_TYPE = 'application/vnd.docker.distribution.manifest.v2+json';

const readManifest = ({ imageManifest, imageManifestMediaType }: Params): { text: string; mediaType: string } => {
  const text = String(imageManifest);
  try {
    const { mediaType } = JSON.parse(text) as { mediaType?: string };
    return { text, mediaType: String(imageManifestMediaType ?? mediaType ?? MEDIA_TYPE) };
  } catch {
    throw invalidParameter("Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'");
  }
};

const page = <T>(items: readonly T[], params: Params): Page<T> =>
  pageOf(items, {
    token: params.nextToken,
    size: Number(params.maxResults ?? 100),
    invalidToken: () => invalidParameter("Invalid parameter at 'nextToken' failed to satisfy constraint"),
  });

interface Ports {
  engine: Engine;
  store: Store;
  shelf: Shelf;
  images: Images;
}

export const imageOperations = ({ engine, store, shelf, images }: Ports): OperationTable => {
  const { account, find } = store;
  const resource = ({ repositoryName }: Params): string | undefined => repositoryName as string | undefined;
  const read = (run: (params: Params) => Params) => ({ run, mutating: false, resource });
  const write = (run: (params: Params) => Params) => ({ run, mutating: true, resource });

  const isWanted = ({ tags }: PushedImage, filter: { tagStatus?: string } | undefined): boolean => {
    if (filter?.tagStatus === 'TAGGED') return tags.length > 0;
    return filter?.tagStatus !== 'UNTAGGED' || tags.length === 0;
  };

  const detail = (repository: Repository, image: PushedImage): Params => ({
    registryId: account,
    repositoryName: repository.name,
    imageDigest: image.digest,
    ...(image.tags.length > 0 && { imageTags: image.tags }),
    imageSizeInBytes: shelf.sizeOf(image),
    imagePushedAt: seconds(image.pushedAt),
    imageManifestMediaType: image.mediaType,
    artifactMediaType: 'application/vnd.docker.container.image.v1+json',
  });

  const describe = (params: Params): Params => {
    const repository = find(params);
    const ids = params.imageIds as ImageId[] | undefined;
    const found = ids?.map((id) => {
      const image = shelf.find(repository, id);
      if (image !== undefined) return image;
      throw new AwsError(
        'ImageNotFoundException',
        `The image with imageId ${idText(id)} does not exist within the repository with name '${repository.name}' in the registry with id '${account}'`,
      );
    });
    const all = [...new Map((found ?? shelf.list(repository)).map((image) => [image.digest, image])).values()];
    const { items, next } = page(
      all.filter((image) => isWanted(image, params.filter)),
      params,
    );
    return { imageDetails: items.map((image) => detail(repository, image)), nextToken: next };
  };

  const list = (params: Params): Params => {
    const ids = shelf
      .list(find(params))
      .filter((image) => isWanted(image, params.filter))
      .flatMap(({ digest, tags }): ImageId[] =>
        tags.length === 0 ? [{ imageDigest: digest }] : tags.map((imageTag) => ({ imageDigest: digest, imageTag })),
      );
    const { items, next } = page(ids, params);
    return { imageIds: items, nextToken: next };
  };

  const shown = (repository: Repository, { digest, manifest, mediaType }: PushedImage, tag?: string): Params => ({
    registryId: account,
    repositoryName: repository.name,
    imageId: { imageDigest: digest, ...(tag !== undefined && { imageTag: tag }) },
    imageManifest: manifest,
    imageManifestMediaType: mediaType,
  });

  const failure = (id: ImageId): Params =>
    id.imageDigest === undefined && id.imageTag === undefined
      ? {
          imageId: id,
          failureCode: 'MissingDigestAndTag',
          failureReason: 'Invalid request parameters: both tag and digest cannot be null',
        }
      : { imageId: id, failureCode: 'ImageNotFound', failureReason: 'Requested image not found' };

  const getMany = (params: Params): Params => {
    const repository = find(params);
    const answer: { images: Params[]; failures: Params[] } = { images: [], failures: [] };
    for (const id of params.imageIds as ImageId[]) {
      const image = shelf.find(repository, id);
      if (image === undefined) answer.failures.push(failure(id));
      else answer.images.push(shown(repository, image, id.imageTag));
    }
    return answer;
  };

  /** A new tag behaves as the image it is put on, wherever that came from. */
  const script = (repository: Repository, tag: string, digest: string): void => {
    const origin = images.parse(`${repository.name}@${digest}`);
    const behaviour = origin === undefined ? {} : images.behaviour(`${origin.repository}:${origin.tag}`);
    images.script({ repository: repository.name, tag }, { ...behaviour, exists: true });
  };

  const put = (params: Params): Params => {
    const repository = find(params);
    const { text, mediaType } = readManifest(params);
    const digest = digestOf(text);
    const tag = params.imageTag as string | undefined;
    if (params.imageDigest !== undefined && params.imageDigest !== digest)
      throw new AwsError(
        'ImageDigestDoesNotMatchException',
        `The provided digest '${String(params.imageDigest)}' does not match the digest '${digest}' calculated for the image.`,
      );
    const tagged = tag === undefined ? undefined : shelf.find(repository, { imageTag: tag });
    const same = shelf.find(repository, { imageDigest: digest });
    if (same !== undefined && (tag === undefined || tagged?.digest === digest)) {
      throw new AwsError(
        'ImageAlreadyExistsException',
        `Image with digest '${digest}' and tag '${tag ?? 'null'}' already exists in the repository with name '${repository.name}' in registry with id '${account}'`,
      );
    }
    if (tagged !== undefined && repository.tagMutability === 'IMMUTABLE') {
      throw new AwsError(
        'ImageTagAlreadyExistsException',
        `The image tag '${tag}' already exists in the '${repository.name}' repository and cannot be overwritten because the tag is immutable.`,
      );
    }
    for (const one of repository.pushed) one.tags = one.tags.filter((other) => other !== tag);
    let image = repository.pushed.find((one) => one.digest === digest);
    if (image === undefined) {
      image = { digest, mediaType, manifest: text, tags: [], pushedAt: engine.clock.now() };
      repository.pushed.push(image);
    }
    if (tag !== undefined) {
      image.tags.push(tag);
      script(repository, tag, digest);
    }
    return { image: shown(repository, image, tag) };
  };

  const removeMany = (params: Params): Params => {
    const repository = find(params);
    const answer: { imageIds: ImageId[]; failures: Params[] } = { imageIds: [], failures: [] };
    for (const id of params.imageIds as ImageId[]) {
      const image = shelf.find(repository, id);
      if (image === undefined) {
        answer.failures.push(failure(id));
        continue;
      }
      // With a tag only the tag goes, and the image with its last one.
      const gone = id.imageTag === undefined ? [...image.tags] : [id.imageTag];
      const { digest } = image;
      answer.imageIds.push(
        ...(gone.length === 0
          ? [{ imageDigest: digest }]
          : gone.map((imageTag) => ({ imageDigest: digest, imageTag }))),
      );
      for (const tag of gone) images.script({ repository: repository.name, tag }, { exists: false });
      image.tags = image.tags.filter((tag) => !gone.includes(tag));
      if (image.tags.length === 0) repository.pushed = repository.pushed.filter((one) => one !== image);
    }
    return answer;
  };

  const scripted = 'scripted tags are found by name, and listed once they were scripted by hand';
  return {
    DescribeImages: { ...read(describe), note: scripted },
    ListImages: { ...read(list), note: scripted },
    BatchGetImage: { ...read(getMany), note: 'one kind of manifest' },
    PutImage: { ...write(put), note: 'layers are not asked for' },
    BatchDeleteImage: write(removeMany),
  };
};
