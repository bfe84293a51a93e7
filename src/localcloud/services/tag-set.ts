/** Tags as most services have them: a list of keys and values, at most fifty. */
import { AwsError } from '../engine/contract.ts';

export type Tags = Record<string, string>;

/** Members are `Key` and `Value`. */
export interface WireTag {
  Key?: string;
  Value?: string;
}

const MOST_TAGS = 50;

export const readTags = (tags: unknown): Tags =>
  Object.fromEntries(((tags ?? []) as WireTag[]).map(({ Key = '', Value = '' }) => [Key, Value]));

export const showTags = (tags: Tags): WireTag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** In the words that several services share. */
export const tooManyTags = (code: string) => (): AwsError =>
  new AwsError(code, `The number of tags exceeds the limit of ${MOST_TAGS}.`);

/** Changes and answers `tags`. @throws what `tooMany` makes, after which nothing has changed */
export const addTags = <T>(
  tags: Record<string, T>,
  more: Record<string, T>,
  tooMany: () => AwsError,
): Record<string, T> => {
  if (Object.keys({ ...tags, ...more }).length > MOST_TAGS) throw tooMany();
  return Object.assign(tags, more);
};

export const dropTags = (tags: Tags, keys: unknown): void => {
  for (const key of (keys ?? []) as string[]) delete tags[key];
};
