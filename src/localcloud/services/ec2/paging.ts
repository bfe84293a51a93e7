/** Pages of EC2's Describe calls. */
import { AwsError, type Params } from '../../engine/contract.ts';
import { pageOf } from '../paging.ts';
import { invalidValue } from './errors.ts';

interface Limits {
  byDefault: number;
  least: number;
  most: number;
}

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
  const token = (params.NextToken || undefined) as string | undefined;
  const invalidToken = () => new AwsError('InvalidNextToken', `The token '${token}' is invalid`);
  const { items: shown, next: NextToken } = pageOf(items, { token, size, invalidToken });
  return { items: shown, ...(NextToken !== undefined && { NextToken }) };
};
