/** Which parameters DescribeParameters and GetParametersByPath are about. */
import { AwsError } from '../../engine/contract.ts';
import { latestOf, type Parameter } from './store.ts';

interface Filter {
  Key: string;
  Option?: string;
  Values?: string[];
}

/** Fields by filter key; paths and tags are read otherwise. */
const FIELDS: Record<string, (parameter: Parameter) => string | undefined> = {
  Name: ({ name }) => name,
  Type: (parameter) => latestOf(parameter).type,
  KeyId: (parameter) => latestOf(parameter).keyId,
  Tier: (parameter) => latestOf(parameter).tier,
  DataType: (parameter) => latestOf(parameter).dataType,
};
const BY_PATH = ['Type', 'KeyId', 'Label'];

const isBelow = (name: string, path: string, isRecursive: boolean): boolean => {
  const start = path.endsWith('/') ? path : `${path}/`;
  if (start === '/' && !name.startsWith('/')) return isRecursive || !name.includes('/');
  return name.startsWith(start) && (isRecursive || !name.slice(start.length).includes('/'));
};

export const isOnPath = ({ name }: Parameter, path: string, isRecursive: boolean): boolean =>
  isBelow(name, path, isRecursive);

const compare = (option: string, field: string | undefined, values: readonly string[]): boolean =>
  field !== undefined &&
  values.some((value) => {
    if (option === 'BeginsWith') return field.startsWith(value);
    return option === 'Contains' ? field.includes(value) : field === value;
  });

const check = ({ Key, Option = 'Equals', Values = [] }: Filter, isByPath: boolean): void => {
  const allowed = isByPath ? BY_PATH : [...Object.keys(FIELDS), 'Path'];
  if (!allowed.includes(Key) && (isByPath || !Key.startsWith('tag:'))) {
    throw new AwsError(
      'InvalidFilterKey',
      `The following filter key is not valid: ${Key}. Valid filter keys include: [${allowed.join(', ')}].`,
    );
  }
  const options = Key === 'Path' ? ['Recursive', 'OneLevel', 'Equals'] : ['Equals', 'BeginsWith', 'Contains'];
  if (!options.includes(Option) || (Option === 'Contains' && Key !== 'Name')) {
    throw new AwsError('InvalidFilterOption', `The following filter option is not valid: ${Option}.`);
  }
  if (Values.length === 0 && !Key.startsWith('tag:')) {
    throw new AwsError('InvalidFilterValue', `The following filter values are missing : null for filter key ${Key}.`);
  }
};

const passes = (parameter: Parameter, { Key, Option = 'Equals', Values = [] }: Filter): boolean => {
  if (Key === 'Path') return Values.some((path) => isBelow(parameter.name, path, Option === 'Recursive'));
  if (!Key.startsWith('tag:')) return compare(Option, FIELDS[Key]?.(parameter), Values);
  const tag = parameter.tags[Key.slice('tag:'.length)];
  return Values.length === 0 ? tag !== undefined : compare(Option, tag, Values);
};

/** @throws AwsError InvalidFilterKey, InvalidFilterOption, InvalidFilterValue */
export const selectParameters = (
  parameters: readonly Parameter[],
  filters: unknown,
  isByPath: boolean,
): Parameter[] => {
  const all = (filters ?? []) as Filter[];
  for (const filter of all) check(filter, isByPath);
  return parameters.filter((parameter) => all.every((filter) => passes(parameter, filter)));
};

/** The filters of older clients: values are beginnings. */
export const selectByOldFilters = (parameters: readonly Parameter[], filters: unknown): Parameter[] =>
  parameters.filter((parameter) =>
    ((filters ?? []) as Filter[]).every(({ Key, Values = [] }) =>
      compare(Key === 'Name' ? 'BeginsWith' : 'Equals', FIELDS[Key]?.(parameter), Values),
    ),
  );
