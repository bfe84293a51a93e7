/** Pages of Auto Scaling's Describe calls. */
import { AwsError, type Params } from '../../engine/contract.ts';
import { pageOf } from '../paging.ts';
import { validation } from './errors.ts';

/** @throws ValidationError for a page size AWS does not allow, InvalidNextToken for a token nobody gave */
export const page = <T>(
  items: readonly T[],
  params: Params,
  { byDefault, most }: { byDefault: number; most: number },
): { items: T[]; NextToken?: string } => {
  const size = (params.MaxRecords as number | undefined) ?? byDefault;
  if (size < 1 || size > most) {
    const constraint = size < 1 ? 'greater than or equal to 1' : `less than or equal to ${most}`;
    throw validation(
      `1 validation error detected: Value '${size}' at 'maxRecords' failed to satisfy constraint: Member must have value ${constraint}`,
    );
  }
  const { items: shown, next: NextToken } = pageOf(items, {
    token: params.NextToken || undefined,
    size,
    invalidToken: () => new AwsError('InvalidNextToken', 'The token supplied is invalid.'),
  });
  return { items: shown, ...(NextToken !== undefined && { NextToken }) };
};
