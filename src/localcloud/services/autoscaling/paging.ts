/** Pages of Auto Scaling's Describe calls. */
import { AwsError, type Params } from '../../engine/contract.ts';
import { validation } from './errors.ts';

const startOf = (token: unknown, count: number): number => {
  if (token === undefined || token === '') return 0;
  const start = Number(/^from:(\d+)$/.exec(Buffer.from(String(token), 'base64').toString())?.[1] ?? NaN);
  if (Number.isInteger(start) && start <= count) return start;
  throw new AwsError('InvalidNextToken', 'The token supplied is invalid.');
};

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
  const start = startOf(params.NextToken, items.length);
  const end = start + size;
  return {
    items: items.slice(start, end),
    ...(end < items.length ? { NextToken: Buffer.from(`from:${end}`).toString('base64') } : {}),
  };
};
