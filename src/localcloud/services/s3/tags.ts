/** Tags of buckets and objects. */
import { AwsError, type OperationTable, type Params } from '../../engine/contract.ts';
import { showTags, type Tags } from '../tag-set.ts';
import { resourceOf } from './resource.ts';
import type { Store } from './store.ts';

const MOST_OF_OBJECT = 10;
const MOST_OF_BUCKET = 50;

const invalidTag = (message: string): AwsError => new AwsError('InvalidTag', message);

/** @throws AwsError InvalidTag, BadRequest */
const checkTags = (
  pairs: readonly (readonly [string, string])[],
  most: number,
  what: string,
): Record<string, string> => {
  if (pairs.length > most) throw new AwsError('BadRequest', `${what} tags cannot be greater than ${most}`);
  const tags: Record<string, string> = {};
  for (const [key, value] of pairs) {
    if (key === '' || key.length > 128) throw invalidTag('The TagKey you have provided is invalid');
    if (value.length > 256) throw invalidTag('The TagValue you have provided is invalid');
    if (key.startsWith('aws:')) throw invalidTag('System tags cannot be added/updated by requester');
    if (Object.hasOwn(tags, key)) throw invalidTag('Cannot provide multiple Tags with the same key');
    tags[key] = value;
  }
  return tags;
};

/** `x-amz-tagging: team=blue&tier=1` */
export const readTagHeader = (header: unknown): Record<string, string> =>
  header === undefined ? {} : checkTags([...new URLSearchParams(String(header))], MOST_OF_OBJECT, 'Object');

const readTagSet = ({ Tagging }: Params, most: number, what: string): Record<string, string> => {
  const { TagSet } = Tagging as { TagSet: { Key: string; Value: string }[] };
  return checkTags(
    TagSet.map(({ Key, Value }) => [Key, Value] as const),
    most,
    what,
  );
};

const tagSetOf = (tags: Tags): Params => ({ TagSet: showTags(tags) });

export const tagOperations = ({ bucketOf, objectOf }: Store): OperationTable => {
  const write = (run: (params: Params) => Params) => ({ mutating: true, resource: resourceOf, run });
  const read = (run: (params: Params) => Params) => ({ mutating: false, resource: resourceOf, run });
  return {
    PutObjectTagging: write((params) => {
      objectOf(params).tags = readTagSet(params, MOST_OF_OBJECT, 'Object');
      return {};
    }),
    GetObjectTagging: read((params) => tagSetOf(objectOf(params).tags)),
    DeleteObjectTagging: write((params) => {
      objectOf(params).tags = {};
      return {};
    }),
    PutBucketTagging: write((params) => {
      bucketOf(params).tags = readTagSet(params, MOST_OF_BUCKET, 'Bucket');
      return {};
    }),
    GetBucketTagging: read((params) => {
      const { name, tags } = bucketOf(params);
      if (Object.keys(tags).length > 0) return tagSetOf(tags);
      throw new AwsError('NoSuchTagSet', 'The TagSet does not exist', 404, { BucketName: name });
    }),
    DeleteBucketTagging: write((params) => {
      bucketOf(params).tags = {};
      return {};
    }),
  };
};
