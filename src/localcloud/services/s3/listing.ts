/** ListObjects in both its versions: prefixes, delimiters, pages. */
import type { OperationTable, Params } from '../../engine/contract.ts';
import { invalidArgument } from './errors.ts';
import { resourceOf } from './resource.ts';
import type { Store, StoredObject } from './store.ts';

const LARGEST_PAGE = 1000;

/** An object, or all of those below a common prefix. */
interface Entry {
  name: string;
  object?: StoredObject;
}

interface Query {
  prefix: string;
  delimiter: string;
  /** Only what comes behind it. */
  after: string;
  /** `after` was the last entry of the page before. */
  isContinued: boolean;
  size: number;
}

/** S3 sorts by the bytes of UTF-8. */
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

const fold = (objects: Iterable<StoredObject>, { prefix, delimiter, after }: Query): Entry[] => {
  const entries = new Map<string, Entry>();
  for (const object of objects) {
    if (!object.key.startsWith(prefix) || byBytes(object.key, after) <= 0) continue;
    const at = delimiter === '' ? -1 : object.key.indexOf(delimiter, prefix.length);
    const name = at < 0 ? object.key : object.key.slice(0, at + delimiter.length);
    entries.set(`${at < 0 ? 'key' : 'prefix'}:${name}`, at < 0 ? { name, object } : { name });
  }
  return [...entries.values()].sort((a, b) => byBytes(a.name, b.name));
};

const page = (objects: Iterable<StoredObject>, query: Query): { entries: Entry[]; isTruncated: boolean } => {
  const { after, isContinued, delimiter, size } = query;
  const isOver = (entry: Entry): boolean =>
    entry.object === undefined && entry.name === after && (isContinued || after.endsWith(delimiter));
  const entries = fold(objects, query).filter((entry) => !isOver(entry));
  return { entries: entries.slice(0, size), isTruncated: size > 0 && entries.length > size };
};

const sizeOf = ({ MaxKeys = LARGEST_PAGE }: Params): number => {
  const size = Number(MaxKeys);
  if (size < 0)
    throw invalidArgument('Argument max-keys must be an integer between 0 and 2147483647', 'max-keys', size);
  return Math.min(size, LARGEST_PAGE);
};

/** With `encoding-type=url`; slashes stay as they are. */
const encoderOf =
  ({ EncodingType }: Params) =>
  (text: string) =>
    EncodingType === 'url' ? encodeURIComponent(text).replaceAll('%2F', '/') : text;

const tokenOf = (name: string): string => Buffer.from(`after:${name}`).toString('base64');

const readToken = (token: unknown): string => {
  const text = Buffer.from(String(token), 'base64').toString();
  if (!text.startsWith('after:'))
    throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', token);
  return text.slice('after:'.length);
};

export const listingOperations = ({ bucketOf, owner }: Store): OperationTable => {
  const read = (run: (params: Params) => Params) => ({ mutating: false, resource: resourceOf, run });

  const shown = (params: Params, entries: readonly Entry[], withOwner: boolean): Params => {
    const encode = encoderOf(params);
    return {
      Contents: entries.flatMap(({ object }) =>
        object === undefined
          ? []
          : [
              {
                Key: encode(object.key),
                LastModified: object.lastModified / 1000,
                ETag: object.etag,
                ChecksumAlgorithm: [object.checksum.algorithm],
                ChecksumType: object.checksum.type,
                Size: object.size,
                StorageClass: object.storageClass,
                ...(withOwner && { Owner: { ID: owner } }),
              },
            ],
      ),
      CommonPrefixes: entries.flatMap(({ name, object }) => (object === undefined ? [{ Prefix: encode(name) }] : [])),
    };
  };

  const common = (params: Params): Params => {
    const encode = encoderOf(params);
    return {
      Name: params.Bucket,
      Prefix: encode(String(params.Prefix ?? '')),
      ...(params.Delimiter !== undefined && { Delimiter: encode(String(params.Delimiter)) }),
      ...(params.EncodingType !== undefined && { EncodingType: params.EncodingType }),
      MaxKeys: sizeOf(params),
    };
  };

  const queryOf = (params: Params, after: string, isContinued: boolean): Query => ({
    prefix: String(params.Prefix ?? ''),
    delimiter: String(params.Delimiter ?? ''),
    after,
    isContinued,
    size: sizeOf(params),
  });

  const list = (params: Params): Params => {
    const { objects } = bucketOf(params);
    const encode = encoderOf(params);
    const marker = String(params.Marker ?? '');
    const { entries, isTruncated } = page(objects.values(), queryOf(params, marker, false));
    const last = entries.at(-1);
    return {
      ...common(params),
      ...shown(params, entries, true),
      Marker: encode(marker),
      IsTruncated: isTruncated,
      // Without a delimiter the last key serves as well.
      ...(isTruncated && last && params.Delimiter !== undefined && { NextMarker: encode(last.name) }),
    };
  };

  const listV2 = (params: Params): Params => {
    const { objects } = bucketOf(params);
    const { ContinuationToken: token, StartAfter: start } = params;
    const after = token === undefined ? String(start ?? '') : readToken(token);
    const { entries, isTruncated } = page(objects.values(), queryOf(params, after, token !== undefined));
    const last = entries.at(-1);
    return {
      ...common(params),
      ...shown(params, entries, params.FetchOwner === true),
      KeyCount: entries.length,
      ...(token !== undefined && { ContinuationToken: token }),
      ...(start !== undefined && { StartAfter: encoderOf(params)(String(start)) }),
      IsTruncated: isTruncated,
      ...(isTruncated && last && { NextContinuationToken: tokenOf(last.name) }),
    };
  };

  return { ListObjects: read(list), ListObjectsV2: read(listV2) };
};
