/** Pages of EC2's Describe calls. */
import { AwsError, type Params } from '../../engine/contract.ts';
import { invalidValue } from './errors.ts';

interface Limits {
  byDefault: number;
  least: number;
  most: number;
}

const tokenFor = (start: number): string => Buffer.from(`from:${start}`).toString('base64');

const startOf = (token: unknown, count: number): number => {
  if (token === undefined || token === '') return 0;
  const start = Number(/^from:(\d+)$/.exec(Buffer.from(String(token), 'base64').toString())?.[1] ?? NaN);
  if (Number.isInteger(start) && start <= count) return start;
  throw new AwsError('InvalidNextToken', `The token '${String(token)}' is invalid`);
};

/** @throws InvalidParameterValue for a page size AWS does not allow, InvalidNextToken for a token nobody gave */
export const page = <T>(
  items: readonly T[],
  params: Params,
  { byDefault, least, most }: Limits,
): { items: T[]; NextToken?: string } => {
  const size = (params.MaxResults as number | undefined) ?? byDefault;
  if (params.MaxResults !== undefined && (size < least || size > most))
    throw invalidValue(
      `Value ( ${size} ) for parameter maxResults is invalid. Expecting a value between ${least} and ${most}.`,
    );
  const start = startOf(params.NextToken, items.length);
  const end = start + size;
  return { items: items.slice(start, end), ...(end < items.length ? { NextToken: tokenFor(end) } : {}) };
};
