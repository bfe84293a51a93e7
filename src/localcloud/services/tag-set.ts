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

/** @throws AwsError with the service's code for too many, after which nothing has changed */
export const addTags = (tags: Tags, more: Tags, tooManyCode: string): void => {
  const all = { ...tags, ...more };
  if (Object.keys(all).length > MOST_TAGS) {
    throw new AwsError(tooManyCode, `The number of tags exceeds the limit of ${MOST_TAGS}.`);
  }
  Object.assign(tags, more);
};

export const dropTags = (tags: Tags, keys: unknown): void => {
  for (const key of (keys ?? []) as string[]) delete tags[key];
};
