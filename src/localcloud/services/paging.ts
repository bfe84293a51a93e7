/** Pages of lists, for services whose tokens say nothing to their clients. */

interface PageRequest {
  token: unknown;
  size: number;
  /** What a token that was never given out is answered with. */
  invalidToken: () => Error;
  /** The list that tokens belong to, where those of another list are refused. */
  list?: string;
}

export interface Page<T> {
  items: T[];
  /** Absent on the last page. */
  next?: string;
}

const tokenOf = (list: string, from: number): string => Buffer.from(`${list}:${from}`).toString('base64url');

const offsetOf = (list: string, token: unknown): number | undefined => {
  const [, name, from] = /^(.*):(\d+)$/.exec(Buffer.from(String(token), 'base64url').toString()) ?? [];
  return name === list ? Number(from) : undefined;
};

export const pageOf = <T>(items: readonly T[], { token, size, invalidToken, list = 'from' }: PageRequest): Page<T> => {
  const from = token === undefined ? 0 : offsetOf(list, token);
  if (from === undefined) throw invalidToken();
  const to = from + size;
  return { items: items.slice(from, to), ...(to < items.length && { next: tokenOf(list, to) }) };
};
