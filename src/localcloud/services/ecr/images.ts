/** The images of a repository: those put here, and the scripted ones that every registry host of this cloud has. */
import { createHash } from 'node:crypto';
import type { Images } from '../../images.ts';
import type { PushedImage, Repository } from './store.ts';

export interface ImageId {
  imageDigest?: string;
  imageTag?: string;
}

/** How ECR writes an id into a message. */
export const idText = ({ imageDigest, imageTag }: ImageId): string =>
  `{imageDigest:'${imageDigest ?? 'null'}', imageTag:'${imageTag ?? 'null'}'}`;

export const digestOf = (manifest: string): string => `sha256:${createHash('sha256').update(manifest).digest('hex')}`;

const sizeOf = (manifest: string): number => {
  const { config, layers = [] } = JSON.parse(manifest) as { config?: { size?: number }; layers?: { size?: number }[] };
  return [config, ...layers].reduce((sum, part) => sum + (part?.size ?? 0), 0);
};

export interface Shelf {
  /** By digest, tag, or both; undefined when there is none, or the tag is on another. */
  find(repository: Repository, id: ImageId): PushedImage | undefined;
  /** All that are known by name; tags that would exist when asked for are not among them. */
  list(repository: Repository): PushedImage[];
  /** Bytes of what the manifest names. */
  sizeOf(image: PushedImage): number;
}

export const createShelf = (images: Images): Shelf => {
  /** The scripted repositories have every tag that says how to behave; those made here only what was put into them. */
  const isThere = (name: string, tag: string): boolean => {
    const { repositories, scripted: some } = images.list();
    const isOpen = repositories.includes(name.split('/').at(-1) ?? '');
    const isNamed = some.some((image) => image.repository === name && image.tag === tag);
    return (isOpen || isNamed) && images.behaviour(`${name}:${tag}`).exists;
  };
  const scripted = ({ name, createdAt }: Repository, tag: string): PushedImage | undefined => {
    if (!isThere(name, tag)) return undefined;
    const { digest, mediaType, body } = images.manifest({ repository: name, tag });
    return { digest, mediaType, manifest: body, tags: [tag], pushedAt: createdAt };
  };
  const byTag = (repository: Repository, tag: string): PushedImage | undefined =>
    repository.pushed.find(({ tags }) => tags.includes(tag)) ?? scripted(repository, tag);
  const byDigest = (repository: Repository, digest: string): PushedImage | undefined => {
    const pushed = repository.pushed.find((one) => one.digest === digest);
    const tag = images.parse(`${repository.name}@${digest}`)?.tag;
    return pushed ?? (tag === undefined ? undefined : scripted(repository, tag));
  };

  return {
    find: (repository, { imageDigest, imageTag }) => {
      const tagged = imageTag === undefined ? undefined : byTag(repository, imageTag);
      if (imageTag !== undefined)
        return imageDigest === undefined || tagged?.digest === imageDigest ? tagged : undefined;
      return imageDigest === undefined ? undefined : byDigest(repository, imageDigest);
    },
    list: (repository) => {
      const own = new Set(repository.pushed.flatMap(({ tags }) => tags));
      const others = images
        .list()
        .scripted.filter(({ repository: name, tag }) => name === repository.name && !own.has(tag))
        .flatMap(({ tag }) => scripted(repository, tag) ?? []);
      return [...repository.pushed, ...others];
    },
    sizeOf: ({ manifest }) => sizeOf(manifest),
  };
};
