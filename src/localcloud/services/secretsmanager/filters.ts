/** Which secrets a list is about, and in which order. */
import type { Secret } from './store.ts';

interface Filter {
  Key?: string;
  Values?: string[];
}

const FIELDS: Record<string, (secret: Secret) => string[]> = {
  name: ({ name }) => [name],
  description: ({ description = '' }) => [description],
  'tag-key': ({ tags }) => Object.keys(tags),
  'tag-value': ({ tags }) => Object.values(tags),
  'primary-region': () => [],
  'owning-service': () => [],
};

const everything = (secret: Secret): string[] => Object.values(FIELDS).flatMap((read) => read(secret));

/** Names and tags by how they begin; descriptions and `all` word by word, whatever their case. */
const isMatch = (secret: Secret, key: string, value: string): boolean => {
  if (key === 'all' || key === 'description') {
    const texts = (key === 'all' ? everything(secret) : [secret.description ?? '']).map((text) => text.toLowerCase());
    return value
      .toLowerCase()
      .split(/\s+/)
      .some((word) => word !== '' && texts.some((text) => text.includes(word)));
  }
  return (FIELDS[key]?.(secret) ?? []).some((text) => text.startsWith(value));
};

/** Values with a `!` in front are what is not wanted. */
const passes = (secret: Secret, { Key = '', Values = [] }: Filter): boolean => {
  const isUnwanted = (value: string): boolean => value.startsWith('!');
  const wanted = Values.filter((value) => !isUnwanted(value));
  return (
    (wanted.length === 0 || wanted.some((value) => isMatch(secret, Key, value))) &&
    !Values.filter(isUnwanted).some((value) => isMatch(secret, Key, value.slice(1)))
  );
};

export const selectSecrets = (secrets: readonly Secret[], filters: unknown): Secret[] =>
  secrets.filter((secret) => ((filters ?? []) as Filter[]).every((filter) => passes(secret, filter)));

const ORDERS: Record<string, (secret: Secret) => string | number> = {
  name: ({ name }) => name,
  'created-date': ({ createdAt }) => createdAt,
  'last-changed-date': ({ changedAt }) => changedAt,
  'last-accessed-date': ({ accessedAt = 0 }) => accessedAt,
};

export const sortSecrets = (secrets: readonly Secret[], by: unknown, order: unknown): Secret[] => {
  const read = ORDERS[String(by ?? 'created-date')] ?? (({ createdAt }: Secret) => createdAt);
  const sorted = secrets.toSorted((a, b) => (read(a) < read(b) ? -1 : read(a) > read(b) ? 1 : 0));
  return order === 'desc' ? sorted.reverse() : sorted;
};
