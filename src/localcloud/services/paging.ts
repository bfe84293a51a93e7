/** Pages of lists, for services whose tokens say nothing to their clients. */
import type { AwsError } from '../engine/contract.ts';

interface PageRequest {
  token: unknown;
  size: number;
  /** What a token that was never given out is answered with. */
  invalidToken: () => AwsError;
}

export interface Page<T> {
  items: T[];
  /** Absent on the last page. */
  next?: string;
}

const write = (from: number): string => Buffer.from(`from:${from}`).toString('base64url');

const read = ({ token, invalidToken }: PageRequest): number => {
  if (token === undefined) return 0;
  const [, from] = /^from:(\d+)$/.exec(Buffer.from(String(token), 'base64url').toString()) ?? [];
  if (from === undefined) throw invalidToken();
  return Number(from);
};

export const pageOf = <T>(items: readonly T[], request: PageRequest): Page<T> => {
  const from = read(request);
  const to = from + request.size;
  return { items: items.slice(from, to), ...(to < items.length && { next: write(to) }) };
};
