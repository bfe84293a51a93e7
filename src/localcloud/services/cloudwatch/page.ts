/** Pages of a list, and the tokens that lead from one to the next. */

export interface Page<T> {
  items: T[];
  /** Undefined on the last page. */
  nextToken: string | undefined;
}

/** Tokens name the list they belong to, so that one of another list is refused. */
const tokenOf = (list: string, offset: number): string => Buffer.from(`${list}:${offset}`).toString('base64url');

const offsetOf = (list: string, token: string): number | undefined => {
  const [, name, digits] = /^(.*):(\d+)$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  return name === list && digits !== undefined ? Number(digits) : undefined;
};

/** @throws what `refuse` makes, when the token is none that this list gave out */
export const page = <T>(
  list: string,
  items: readonly T[],
  { size, token, refuse }: { size: number; token: unknown; refuse: () => Error },
): Page<T> => {
  const from = token === undefined ? 0 : offsetOf(list, String(token));
  if (from === undefined) throw refuse();
  const to = from + size;
  return { items: items.slice(from, to), nextToken: to < items.length ? tokenOf(list, to) : undefined };
};
