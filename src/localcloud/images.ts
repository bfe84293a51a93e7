import { createHash } from 'node:crypto';
import type { ImageBehaviour } from './engine/contract.ts';
import type { Remembered } from './engine/state.ts';
import { tableOf } from './engine/table.ts';

/** What an image reference says, its registry host left out. */
export interface ImageName {
  repository: string;
  tag: string;
}

export interface Manifest {
  digest: string;
  mediaType: string;
  body: string;
}

export interface Images extends Remembered {
  /** Undefined when the reference is no image name, or a digest nobody has asked for. */
  parse(reference: string): ImageName | undefined;
  /** How a container of this image behaves; `exists` false when the registry does not know it. */
  behaviour(reference: string): ImageBehaviour;
  isKnownRepository(repository: string): boolean;
  manifest(name: ImageName): Manifest;
  /** The manifest with this digest, if its tag was ever resolved. */
  manifestByDigest(repository: string, digest: string): Manifest | undefined;
  script(name: ImageName, behaviour: Partial<ImageBehaviour>): void;
  /** Undoes every `script` of it. */
  forget(name: ImageName): void;
  /** Called after each `script`: containers that already run follow at once. */
  onScript(listener: () => void): void;
  list(): { repositories: string[]; scripted: (ImageName & Partial<ImageBehaviour>)[] };
}

const KNOWN_REPOSITORIES = ['wonderland-autoscaler', 'app', 'web', 'worker'];
const MEDIA_TYPE = 'application/vnd.docker.distribution.manifest.v2+json';

const DEFAULT: ImageBehaviour = {
  exists: true,
  startDelaySeconds: 1,
  neverStarts: false,
  exitCode: 1,
  healthStatus: 200,
  requestSeconds: 0,
  cpuPercent: 1,
  needsCredentials: false,
};

const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** `v2-crash3-exit42`: crashes after 3 s with code 42. */
const behaviourOfTag = (tag: string): ImageBehaviour => {
  const behaviour: ImageBehaviour = { ...DEFAULT, exists: /^(v|\d)/.test(tag) };
  for (const word of tag.split('-').slice(1)) {
    const [, name, digits = ''] = /^([a-z]+)(\d*)$/.exec(word) ?? [];
    const number = digits === '' ? undefined : Number(digits);
    if (name === 'crash') behaviour.crashAfterSeconds = number ?? 2;
    if (name === 'exit' && number !== undefined) {
      behaviour.exitCode = number;
      behaviour.crashAfterSeconds ??= 2;
    }
    if (name === 'unhealthy') behaviour.healthStatus = 500;
    if (name === 'never') behaviour.neverStarts = true;
    if (name === 'private') behaviour.needsCredentials = true;
    if (name === 'slowstart' && number !== undefined) behaviour.startDelaySeconds = number;
    if (name === 'load' && number !== undefined) behaviour.cpuPercent = number;
    if (name === 'slow' && number !== undefined) behaviour.requestSeconds = number;
  }
  return behaviour;
};

/** `registry.example.com:5000/team/app` → its host and `team/app`: the first part is a host when it looks like one. */
export const splitHost = (path: string): { host?: string; repository: string } => {
  const [first = '', ...rest] = path.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return isHost ? { host: first, repository: rest.join('/') } : { repository: path };
};

const keyOf = ({ repository, tag }: ImageName): string => `${repository}:${tag}`;

/** The scripted images: tags say how containers behave, the admin endpoint overrides it. */
export const createImages = (): Images => {
  let scripted: Record<string, ImageName & Partial<ImageBehaviour>> = {};
  /** Digest → the tag it was resolved from, so that a reference by digest behaves as its tag. */
  let digests = tableOf<ImageName>();
  /** By reference and by name: thousands of containers ask all the time. */
  const behaviours = new Map<string, ImageBehaviour>();
  const manifests = new Map<string, Manifest>();
  const listeners: (() => void)[] = [];

  const isKnownRepository = (repository: string): boolean =>
    KNOWN_REPOSITORIES.includes(repository.split('/').at(-1) ?? '') ||
    Object.values(scripted).some((image) => image.repository === repository);
  const parse = (reference: string): ImageName | undefined => {
    const [path = '', digest] = reference.split('@');
    if (digest !== undefined) return digests[digest];
    const [, name = '', tag = 'latest'] = /^(.+?)(?::([\w][\w.-]{0,127}))?$/.exec(path) ?? [];
    return name === '' ? undefined : { repository: splitHost(name).repository, tag };
  };
  const behaviourOf = (name: ImageName): ImageBehaviour => {
    const byTag = isKnownRepository(name.repository) ? behaviourOfTag(name.tag) : { ...DEFAULT, exists: false };
    const { repository: _repository, tag: _tag, ...overrides } = scripted[keyOf(name)] ?? {};
    return { ...byTag, ...overrides };
  };
  const behaviour = (reference: string): ImageBehaviour => {
    const known = behaviours.get(reference);
    if (known !== undefined) return known;
    const name = parse(reference);
    // A digest may still become known: that it is not is no lasting answer.
    if (name === undefined) return { ...DEFAULT, exists: false };
    const found = behaviourOf(name);
    behaviours.set(reference, found);
    return found;
  };
  const manifest = (name: ImageName): Manifest => {
    const known = manifests.get(keyOf(name));
    if (known !== undefined) return known;
    const config = JSON.stringify({ architecture: 'amd64', os: 'linux', config: { Labels: { image: keyOf(name) } } });
    const body = JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA_TYPE,
      config: {
        mediaType: 'application/vnd.docker.container.image.v1+json',
        size: config.length,
        digest: sha256(config),
      },
      layers: [],
    });
    const digest = sha256(body);
    digests[digest] = name;
    const made = { digest, mediaType: MEDIA_TYPE, body };
    manifests.set(keyOf(name), made);
    return made;
  };

  return {
    key: 'images',
    save: () => ({ scripted, digests }),
    load: (data) => {
      const saved = data as { scripted: typeof scripted; digests: typeof digests };
      scripted = saved.scripted;
      digests = tableOf(saved.digests);
      behaviours.clear();
    },
    parse,
    behaviour,
    isKnownRepository,
    manifest,
    manifestByDigest: (repository, digest) => {
      const name = digests[digest];
      return name?.repository === repository ? manifest(name) : undefined;
    },
    script: ({ repository: path, tag }, change) => {
      const { repository } = splitHost(path);
      const key = keyOf({ repository, tag });
      scripted[key] = { ...scripted[key], repository, tag, exists: true, ...change };
      behaviours.clear();
      for (const listener of listeners) listener();
    },
    forget: ({ repository, tag }) => {
      delete scripted[keyOf({ repository: splitHost(repository).repository, tag })];
      behaviours.clear();
      for (const listener of listeners) listener();
    },
    onScript: (listener) => void listeners.push(listener),
    list: () => ({ repositories: KNOWN_REPOSITORIES, scripted: Object.values(scripted) }),
  };
};
