import type { Params } from '../../engine/contract.ts';
import { badParameter } from './store.ts';

/** Tokens are opaque to clients: the key of the last item they have seen. */
const seal = (key: string): string => Buffer.from(key).toString('base64url');

/** The key that `page` sealed; a text that is no token is an error. */
const unseal = (token: unknown): string => {
  const key = Buffer.from(String(token), 'base64url').toString();
  if (key === '' || seal(key) !== token) throw badParameter('The specified nextToken is invalid.');
  return key;
};

/** One page of `items`, in the order of their keys (unique texts), or against it. */
export const page = <T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  params: Params,
  { byDefault, isDescending = false }: { byDefault: number; isDescending?: boolean },
): { items: T[]; nextToken?: string } => {
  const direction = isDescending ? -1 : 1;
  const sorted = items
    .map((item) => ({ item, key: keyOf(item) }))
    .sort((a, b) => (a.key < b.key ? -direction : direction));
  const last = params.nextToken === undefined ? undefined : unseal(params.nextToken);
  const rest = last === undefined ? sorted : sorted.filter(({ key }) => (isDescending ? key < last : key > last));
  const taken = rest.slice(0, Number(params.limit ?? byDefault));
  const end = taken.at(-1);
  return {
    items: taken.map(({ item }) => item),
    ...(end !== undefined && taken.length < rest.length && { nextToken: seal(end.key) }),
  };
};
