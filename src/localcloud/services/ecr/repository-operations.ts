/** Repositories, and the policies kept with them. */
import { AwsError, type OperationTable, type Params } from '../../engine/contract.ts';
import { seconds } from '../epoch.ts';
import { pageOf } from '../paging.ts';
import { addTags, dropTags, readTags, showTags, tooManyTags } from '../tag-set.ts';
import type { Shelf } from './images.ts';
import { notFound, type Repository, type Store } from './store.ts';

const NAME = /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

export const invalidParameter = (message: string): AwsError => new AwsError('InvalidParameterException', message);

const readName = ({ repositoryName }: Params): string => {
  const name = String(repositoryName);
  if (NAME.test(name)) return name;
  throw invalidParameter(
    `Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '${NAME.source.slice(1, -1)}''`,
  );
};

const readJson = (text: unknown, name: string): string => {
  try {
    JSON.parse(String(text));
  } catch {
    throw invalidParameter(`Invalid parameter at '${name}' failed to satisfy constraint: 'Invalid JSON'`);
  }
  return String(text);
};

export const repositoryOperations = (store: Store, shelf: Shelf): OperationTable => {
  const { account, host, repositories, find, byArn, add } = store;
  const resource = ({ repositoryName, resourceArn }: Params): string | undefined =>
    (repositoryName ?? resourceArn) as string | undefined;
  const read = (run: (params: Params) => Params) => ({ run, mutating: false, resource });
  const write = (run: (params: Params) => Params) => ({ run, mutating: true, resource });

  const shown = (repository: Repository): Params => ({
    repositoryArn: repository.arn,
    registryId: account,
    repositoryName: repository.name,
    repositoryUri: `${host}/${repository.name}`,
    createdAt: seconds(repository.createdAt),
    imageTagMutability: repository.tagMutability,
    imageScanningConfiguration: { scanOnPush: repository.scanOnPush },
    encryptionConfiguration: repository.encryption,
  });
  const named = ({ name }: Repository): Params => ({ registryId: account, repositoryName: name });

  const create = (params: Params): Params => {
    const name = readName(params);
    if (repositories.has(name)) {
      throw new AwsError(
        'RepositoryAlreadyExistsException',
        `The repository with name '${name}' already exists in the registry with id '${account}'`,
      );
    }
    const tags = addTags({}, readTags(params.tags), tooManyTags('TooManyTagsException'));
    const { imageTagMutability, imageScanningConfiguration, encryptionConfiguration } = params;
    const repository = add(name, {
      tags,
      ...(imageTagMutability !== undefined && { tagMutability: String(imageTagMutability) }),
      ...(imageScanningConfiguration !== undefined && {
        scanOnPush: (imageScanningConfiguration as { scanOnPush?: boolean }).scanOnPush === true,
      }),
      ...(encryptionConfiguration !== undefined && { encryption: encryptionConfiguration as Params }),
    });
    return { repository: shown(repository) };
  };

  const describe = (params: Params): Params => {
    const { repositoryNames: names, registryId = account } = params as {
      repositoryNames?: string[];
      registryId?: string;
    };
    const missing = names?.find((name) => !repositories.has(name) || registryId !== account);
    if (missing !== undefined) throw notFound(missing, registryId);
    const found = [...repositories.values()]
      .filter(({ name }) => names === undefined || names.includes(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const { items, next } = pageOf(found, {
      token: params.nextToken,
      size: Number(params.maxResults ?? 100),
      invalidToken: () => invalidParameter("Invalid parameter at 'nextToken' failed to satisfy constraint"),
    });
    return { repositories: items.map(shown), nextToken: next };
  };

  const remove = (params: Params): Params => {
    const repository = find(params);
    if (params.force !== true && shelf.list(repository).length > 0) {
      throw new AwsError(
        'RepositoryNotEmptyException',
        `The repository with name '${repository.name}' in registry with id '${account}' cannot be deleted because it still contains images`,
      );
    }
    repositories.delete(repository.name);
    return { repository: shown(repository) };
  };

  const lifecycleOf = (params: Params): Params => {
    const repository = find(params);
    if (repository.lifecyclePolicy !== undefined)
      return { ...named(repository), lifecyclePolicyText: repository.lifecyclePolicy };
    throw new AwsError(
      'LifecyclePolicyNotFoundException',
      `Lifecycle policy does not exist for the repository with name '${repository.name}' in the registry with id '${account}'`,
    );
  };

  const policyOf = (params: Params): Params => {
    const repository = find(params);
    if (repository.policy !== undefined) return { ...named(repository), policyText: repository.policy };
    throw new AwsError(
      'RepositoryPolicyNotFoundException',
      `Repository policy does not exist for the repository with name '${repository.name}' in the registry with id '${account}'`,
    );
  };

  return {
    CreateRepository: { ...write(create), note: 'never scans' },
    DescribeRepositories: read(describe),
    DeleteRepository: { ...write(remove), note: 'scripted images can still be pulled' },
    PutImageTagMutability: write((params) => {
      const repository = find(params);
      repository.tagMutability = String(params.imageTagMutability);
      return { ...named(repository), imageTagMutability: repository.tagMutability };
    }),
    PutLifecyclePolicy: {
      ...write((params) => {
        const repository = find(params);
        repository.lifecyclePolicy = readJson(params.lifecyclePolicyText, 'LifecyclePolicyText');
        return { ...named(repository), lifecyclePolicyText: repository.lifecyclePolicy };
      }),
      depth: 'keeps',
    },
    GetLifecyclePolicy: { ...read(lifecycleOf), depth: 'keeps' },
    DeleteLifecyclePolicy: {
      ...write((params) => {
        const answer = lifecycleOf(params);
        delete find(params).lifecyclePolicy;
        return answer;
      }),
      depth: 'keeps',
    },
    SetRepositoryPolicy: {
      ...write((params) => {
        const repository = find(params);
        repository.policy = readJson(params.policyText, 'PolicyText');
        return { ...named(repository), policyText: repository.policy };
      }),
      depth: 'keeps',
    },
    GetRepositoryPolicy: { ...read(policyOf), depth: 'keeps' },
    DeleteRepositoryPolicy: {
      ...write((params) => {
        const answer = policyOf(params);
        delete find(params).policy;
        return answer;
      }),
      depth: 'keeps',
    },
    TagResource: write((params) => {
      addTags(byArn(params.resourceArn).tags, readTags(params.tags), tooManyTags('TooManyTagsException'));
      return {};
    }),
    UntagResource: write((params) => {
      dropTags(byArn(params.resourceArn).tags, params.tagKeys);
      return {};
    }),
    ListTagsForResource: read((params) => ({ tags: showTags(byArn(params.resourceArn).tags) })),
  };
};
