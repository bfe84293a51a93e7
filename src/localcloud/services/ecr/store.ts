/** Repositories of one account's registry, and the images that were put into them here. */
import { AwsError, type Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import type { Tags } from '../tag-set.ts';

export interface PushedImage {
  digest: string;
  mediaType: string;
  /** The document itself. */
  manifest: string;
  tags: string[];
  pushedAt: number;
}

export interface Repository {
  name: string;
  arn: string;
  createdAt: number;
  tagMutability: string;
  scanOnPush: boolean;
  encryption: Params;
  lifecyclePolicy?: string;
  policy?: string;
  tags: Tags;
  pushed: PushedImage[];
}

export interface Token {
  password: string;
  /** Cloud time. */
  expiresAt: number;
}

export interface Store {
  account: string;
  /** `123456789012.dkr.ecr.eu-west-1.amazonaws.com` */
  host: string;
  repositories: Map<string, Repository>;
  tokens: Token[];
  /** @throws AwsError RepositoryNotFoundException */
  find(params: Params): Repository;
  byArn(arn: unknown): Repository;
  add(name: string, settings: Partial<Repository>): Repository;
  save(): unknown;
  load(data: unknown): void;
}

export const notFound = (name: string, registry: string): AwsError =>
  new AwsError(
    'RepositoryNotFoundException',
    `The repository with name '${name}' does not exist in the registry with id '${registry}'`,
  );

export const createStore = (engine: Engine, known: readonly string[]): Store => {
  const repositories = new Map<string, Repository>();
  const tokens: Token[] = [];

  const add = (name: string, settings: Partial<Repository>): Repository => {
    const repository: Repository = {
      name,
      arn: `arn:aws:ecr:${engine.region}:${engine.account}:repository/${name}`,
      createdAt: engine.clock.now(),
      tagMutability: 'MUTABLE',
      scanOnPush: false,
      encryption: { encryptionType: 'AES256' },
      tags: {},
      pushed: [],
      ...settings,
    };
    repositories.set(name, repository);
    return repository;
  };
  for (const name of known) add(name, {});

  return {
    account: engine.account,
    host: `${engine.account}.dkr.ecr.${engine.region}.amazonaws.com`,
    repositories,
    tokens,
    find: ({ repositoryName, registryId = engine.account }) => {
      const repository = repositories.get(String(repositoryName));
      if (repository === undefined || registryId !== engine.account)
        throw notFound(String(repositoryName), String(registryId));
      return repository;
    },
    byArn: (arn) => {
      const repository = [...repositories.values()].find((one) => one.arn === arn);
      if (repository === undefined) throw notFound(String(arn).split('repository/').at(-1) ?? '', engine.account);
      return repository;
    },
    add,
    save: () => ({ repositories: [...repositories.values()], tokens }),
    load: (data) => {
      const saved = data as { repositories: Repository[]; tokens: Token[] };
      repositories.clear();
      for (const repository of saved.repositories) repositories.set(repository.name, repository);
      tokens.splice(0, Infinity, ...saved.tokens);
    },
  };
};
