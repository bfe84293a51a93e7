/** Reading and refusing what callers send, in the words of ECS. */
import { AwsError, type Params } from '../../engine/contract.ts';
import { pageOf } from '../paging.ts';
import type { Tags } from './model.ts';

export const invalid = (message: string): AwsError => new AwsError('InvalidParameterException', message);
export const clientError = (message: string): AwsError => new AwsError('ClientException', message);

/** Nothing but container instances runs tasks here, and nothing but the scheduler picks them. */
export const requireEc2 = ({ launchType, capacityProviderStrategy }: Params): void => {
  if ((launchType ?? 'EC2') !== 'EC2' || ((capacityProviderStrategy ?? []) as unknown[]).length > 0) {
    throw invalid('This local cloud serves the EC2 launch type only, without capacity providers.');
  }
};

const MOST_TAGS = 50;

/** Those of AWS itself do not count. */
export const requireFewTags = (tags: Tags): void => {
  const own = Object.keys(tags).filter((key) => !key.startsWith('aws:'));
  if (own.length > MOST_TAGS) throw invalid(`Too many tags: at most ${MOST_TAGS} are allowed.`);
};

export const readTags = (tags: unknown): Tags => {
  const list = (tags ?? []) as { key?: string; value?: string }[];
  if (list.length > MOST_TAGS) throw invalid(`Too many tags: at most ${MOST_TAGS} are allowed.`);
  if (new Set(list.map(({ key }) => key)).size < list.length) throw invalid('Each tag key must be unique.');
  for (const { key = '', value = '' } of list) {
    if (key === '' || key.length > 128) throw invalid('Tag keys must have between 1 and 128 characters.');
    if (value.length > 256) throw invalid('Tag values must have at most 256 characters.');
    if (/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/u.test(key + value)) throw invalid('Tag contains invalid characters.');
    if (key.toLowerCase().startsWith('aws:')) throw invalid('Tag keys must not begin with aws:.');
  }
  return Object.fromEntries(list.map(({ key = '', value = '' }) => [key, value]));
};

export const integer = (value: unknown, name: string, least = 0): number => {
  if (!Number.isInteger(value) || (value as number) < least)
    throw invalid(`${name} must be an integer of at least ${least}.`);
  return value as number;
};

export interface Page<T> {
  items: T[];
  nextToken?: string;
}

/** One page of a list; `most` is the largest size that may be asked for. */
export const paginate = <T>(items: readonly T[], params: Params, byDefault: number, most = 100): Page<T> => {
  const size = params.maxResults === undefined ? byDefault : integer(params.maxResults, 'maxResults', 1);
  if (size > most) throw invalid(`maxResults must be between 1 and ${most}.`);
  const invalidToken = () => invalid('Invalid token.');
  const { items: page, next } = pageOf(items, { token: params.nextToken, size, invalidToken });
  return { items: page, ...(next !== undefined && { nextToken: next }) };
};

/** Refuses a list of references that is empty, or longer than a call takes. */
export const references = (given: unknown, what: string, most: number): string[] => {
  const list = (given ?? []) as string[];
  if (list.length === 0) throw invalid(`${what} cannot be empty.`);
  if (list.length > most) throw invalid(`${what} can have at most ${most} items.`);
  return list;
};

/** Last part of a name or ARN, for the journal. */
export const lastPart = (reference: unknown): string | undefined =>
  reference === undefined ? undefined : String(reference).split('/').at(-1);

/** What a lookup of many found, and the failures it reports for the rest. */
export const lookUp = <T>(
  references: readonly unknown[],
  find: (reference: unknown) => T | undefined,
  arnOf: (reference: string) => string,
): { found: T[]; failures: Params[] } => {
  const found: T[] = [];
  const failures: Params[] = [];
  for (const reference of references) {
    const one = find(reference);
    const name = String(reference);
    if (one === undefined) failures.push({ arn: name.startsWith('arn:') ? name : arnOf(name), reason: 'MISSING' });
    else found.push(one);
  }
  return { found, failures };
};
