/** Systems Manager: Parameter Store. */
import { createHash } from 'node:crypto';
import { callerArn } from '../engine/arn.ts';
import { AwsError, type CallContext, type OperationTable, type Params } from '../engine/contract.ts';
import type { Engine, Parts } from '../registration.ts';
import { seconds } from './epoch.ts';
import { pageOf, type Page } from './paging.ts';
import { selectByOldFilters, selectParameters, isOnPath } from './ssm/filters.ts';
import { invalid, readName, readVersion } from './ssm/input.ts';
import {
  createStore,
  latestOf,
  parameterNotFound,
  type Found,
  type Parameter,
  type ParameterVersion,
  type Store,
} from './ssm/store.ts';
import { addTags, dropTags, readTags, showTags, tooManyTags } from './tag-set.ts';

const BAD_PATH =
  'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can\'t be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.';

/** What stands for a SecureString that was not asked to be decrypted. */
const ciphertext = ({ value, version }: ParameterVersion): string =>
  `AQICAH${createHash('sha512').update(`${version}:${value}`).digest('base64')}`;

const valueOf = (version: ParameterVersion, isDecrypted: unknown): string =>
  version.type === 'SecureString' && isDecrypted !== true ? ciphertext(version) : version.value;

const page = <T>(items: readonly T[], params: Params, byDefault: number): Page<T> =>
  pageOf(items, {
    token: params.NextToken,
    size: Number(params.MaxResults ?? byDefault),
    invalidToken: () => new AwsError('InvalidNextToken', 'The specified token is not valid.'),
  });

const readOperations = ({ all, find, arnOf }: Store): OperationTable => {
  const shown = ({ parameter, version, selector }: Found, isDecrypted: unknown): Params => ({
    Name: parameter.name,
    Type: version.type,
    Value: valueOf(version, isDecrypted),
    Version: version.version,
    Selector: selector,
    LastModifiedDate: seconds(version.modifiedAt),
    ARN: arnOf(parameter.name),
    DataType: version.dataType,
  });
  const latest = (parameter: Parameter): Found => ({ parameter, version: latestOf(parameter) });
  const metadata = ({ name }: Parameter, version: ParameterVersion): Params => ({
    Name: name,
    Type: version.type,
    KeyId: version.keyId,
    LastModifiedDate: seconds(version.modifiedAt),
    LastModifiedUser: version.modifiedBy,
    Description: version.description,
    AllowedPattern: version.allowedPattern,
    Version: version.version,
    Tier: version.tier,
    Policies: [],
    DataType: version.dataType,
  });

  const getMany = ({ Names, WithDecryption }: Params): Params => {
    const Parameters: Params[] = [];
    const InvalidParameters: string[] = [];
    for (const name of new Set(Names as string[])) {
      try {
        Parameters.push(shown(find(name), WithDecryption));
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        InvalidParameters.push(name);
      }
    }
    return { Parameters, InvalidParameters };
  };

  const getByPath = (params: Params): Params => {
    const path = String(params.Path);
    if (!/^\/[\w./-]*$/.test(path)) throw invalid(BAD_PATH);
    const below = all().filter((parameter) => isOnPath(parameter, path, params.Recursive === true));
    const { items, next } = page(selectParameters(below, params.ParameterFilters, true), params, 10);
    return { Parameters: items.map((one) => shown(latest(one), params.WithDecryption)), NextToken: next };
  };

  const describe = (params: Params): Params => {
    if (params.Filters !== undefined && params.ParameterFilters !== undefined)
      throw invalid('You can use either Filters or ParameterFilters in a single request.');
    const found = selectByOldFilters(selectParameters(all(), params.ParameterFilters, false), params.Filters);
    const { items, next } = page(found, params, 50);
    return {
      Parameters: items.map((one) => ({ ...metadata(one, latestOf(one)), ARN: arnOf(one.name) })),
      NextToken: next,
    };
  };

  const history = (params: Params): Params => {
    const { parameter } = find(String(params.Name));
    const { items, next } = page(parameter.versions, params, 50);
    return {
      Parameters: items.map((version) => ({
        ...metadata(parameter, version),
        Value: valueOf(version, params.WithDecryption),
        Labels: [],
      })),
      NextToken: next,
    };
  };

  const read = (run: (params: Params) => Params) => ({
    run,
    mutating: false,
    resource: ({ Name, Path }: Params) => (Name ?? Path) as string | undefined,
  });
  return {
    GetParameter: {
      ...read(({ Name, WithDecryption }) => ({ Parameter: shown(find(String(Name)), WithDecryption) })),
      note: 'no labels',
    },
    GetParameters: { ...read(getMany), note: 'no labels' },
    GetParametersByPath: read(getByPath),
    DescribeParameters: read(describe),
    GetParameterHistory: { ...read(history), note: 'no labels' },
  };
};

const writeOperations = (engine: Engine, { named, add, addVersion, remove, find }: Store): OperationTable => {
  const put = (params: Params, { account, userName }: CallContext): Params => {
    const name = readName(params);
    const existing = named(name);
    if (params.Overwrite === true && params.Tags !== undefined) {
      throw invalid(
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
      );
    }
    if (existing !== undefined && params.Overwrite !== true) {
      throw new AwsError(
        'ParameterAlreadyExists',
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
      );
    }
    const version = readVersion(params, existing && latestOf(existing), {
      modifiedAt: engine.clock.now(),
      modifiedBy: callerArn({ account, userName }),
    });
    if (existing !== undefined) addVersion(existing, version);
    else {
      const tags = addTags({}, readTags(params.Tags), tooManyTags('TooManyTagsError'));
      add(name, version, tags);
    }
    return { Version: version.version, Tier: version.tier };
  };

  const deleteMany = ({ Names }: Params): Params => {
    const names = [...new Set(Names as string[])];
    const DeletedParameters = names.filter(remove);
    return { DeletedParameters, InvalidParameters: names.filter((name) => !DeletedParameters.includes(name)) };
  };

  const tagsOf = ({ ResourceType: type, ResourceId: id }: Params): Record<string, string> => {
    if (type !== 'Parameter')
      throw new AwsError('NotImplemented', `Tags of a ${String(type)} are not served by this local cloud.`, 501);
    try {
      return find(String(id)).parameter.tags;
    } catch {
      throw new AwsError(
        'InvalidResourceId',
        'The resource ID is not valid. Verify that you entered the correct ID and try again.',
      );
    }
  };

  const resource = ({ Name, ResourceId }: Params): string | undefined => (Name ?? ResourceId) as string | undefined;
  const write = (run: (params: Params, context: CallContext) => Params) => ({ run, mutating: true, resource });
  return {
    PutParameter: { ...write(put), note: 'no policies; data types text and those of AWS, unchecked' },
    DeleteParameter: write(({ Name }) => {
      if (!remove(String(Name))) throw parameterNotFound();
      return {};
    }),
    DeleteParameters: write(deleteMany),
    AddTagsToResource: write((params) => {
      addTags(tagsOf(params), readTags(params.Tags), tooManyTags('TooManyTagsError'));
      return {};
    }),
    RemoveTagsFromResource: write((params) => {
      dropTags(tagsOf(params), params.TagKeys);
      return {};
    }),
    ListTagsForResource: {
      run: (params) => ({ TagList: showTags(tagsOf(params)) }),
      mutating: false,
      resource,
    },
  };
};

export interface Ssm extends Parts {
  /** The decrypted value, by name or ARN; undefined when there is none. */
  value(reference: string): string | undefined;
  /** Of a name or ARN, without the version that may follow. */
  arnOf(reference: string): string;
}

export const createSsm = (engine: Engine): Ssm => {
  const store = createStore(engine);
  return {
    value: (reference) => {
      try {
        return store.find(reference).version.value;
      } catch {
        return undefined;
      }
    },
    arnOf: (reference) => {
      const parameter = reference.replace(/:\d+$/, '');
      return parameter.startsWith('arn:') ? parameter : store.arnOf(parameter);
    },
    services: [
      {
        scope: 'ssm',
        model: 'ssm',
        internalCode: 'InternalServerError',
        operations: { ...readOperations(store), ...writeOperations(engine, store) },
        persistent: {
          key: 'ssm',
          save: store.save,
          load: store.load,
          start: async () => undefined,
          stop: async () => undefined,
        },
      },
    ],
  };
};
