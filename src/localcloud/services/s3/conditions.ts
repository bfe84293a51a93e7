/** Conditional requests and ranges. */
import { AwsError, type Params } from '../../engine/contract.ts';
import { noSuchKey, notServed, preconditionFailed } from './errors.ts';
import type { StoredObject } from './store.ts';

interface Conditions {
  ifMatch?: unknown;
  ifNoneMatch?: unknown;
  ifModifiedSince?: Date | undefined;
  ifUnmodifiedSince?: Date | undefined;
}

const bare = (etag: string): string => etag.trim().replace(/^W\//, '').replaceAll('"', '');

const isAmong = (etags: unknown, { etag }: StoredObject): boolean =>
  String(etags)
    .split(',')
    .some((one) => one.trim() === '*' || bare(one) === bare(etag));

/** A date stands back where an entity tag is given too (RFC 9110, 13.2.2). */
const failedCondition = (
  { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince }: Conditions,
  object: StoredObject,
): 'If-Match' | 'If-Unmodified-Since' | 'If-None-Match' | 'If-Modified-Since' | undefined => {
  if (ifMatch !== undefined) {
    if (!isAmong(ifMatch, object)) return 'If-Match';
  } else if (ifUnmodifiedSince !== undefined && object.lastModified > ifUnmodifiedSince.getTime()) {
    return 'If-Unmodified-Since';
  }
  if (ifNoneMatch !== undefined) return isAmong(ifNoneMatch, object) ? 'If-None-Match' : undefined;
  if (ifModifiedSince !== undefined && object.lastModified <= ifModifiedSince.getTime()) return 'If-Modified-Since';
  return undefined;
};

/** @throws AwsError PreconditionFailed (412), NotModified (304) */
export const checkRead = (params: Params, object: StoredObject): void => {
  const failed = failedCondition(
    {
      ifMatch: params.IfMatch,
      ifNoneMatch: params.IfNoneMatch,
      ifModifiedSince: params.IfModifiedSince as Date | undefined,
      ifUnmodifiedSince: params.IfUnmodifiedSince as Date | undefined,
    },
    object,
  );
  if (failed === undefined) return;
  if (failed === 'If-None-Match' || failed === 'If-Modified-Since')
    throw new AwsError('NotModified', 'Not Modified', 304);
  throw preconditionFailed(failed);
};

/** @throws AwsError PreconditionFailed, whatever the condition */
export const checkCopySource = (params: Params, object: StoredObject): void => {
  const failed = failedCondition(
    {
      ifMatch: params.CopySourceIfMatch,
      ifNoneMatch: params.CopySourceIfNoneMatch,
      ifModifiedSince: params.CopySourceIfModifiedSince as Date | undefined,
      ifUnmodifiedSince: params.CopySourceIfUnmodifiedSince as Date | undefined,
    },
    object,
  );
  if (failed !== undefined) throw preconditionFailed(`x-amz-copy-source-${failed}`);
};

/** @throws AwsError PreconditionFailed, NoSuchKey, NotImplemented for an If-None-Match other than `*` */
export const checkWrite = ({ Key, IfMatch, IfNoneMatch }: Params, object: StoredObject | undefined): void => {
  if (IfNoneMatch !== undefined && IfNoneMatch !== '*') throw notServed('If-None-Match other than * for a write');
  if (IfNoneMatch === '*' && object !== undefined) throw preconditionFailed('If-None-Match');
  if (IfMatch === undefined) return;
  if (object === undefined) throw noSuchKey(String(Key));
  if (!isAmong(IfMatch, object)) throw preconditionFailed('If-Match');
};

/** Where to cut: from the first up to but not including `end`. */
export interface Slice {
  start: number;
  end: number;
}

const isBetween = (start: number, size: number): boolean => start >= 0 && start < size;

/**
 * `bytes=0-9`, `bytes=5-`, `bytes=-5`; undefined for the whole, and for what is no range at all.
 * @throws AwsError InvalidRange
 */
export const readRange = (range: unknown, size: number): Slice | undefined => {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(String(range ?? '').trim()) ?? [];
  if (from === '' && to === '') return undefined;
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size : Math.min(size, Number(to) + 1);
  if (isBetween(start, size)) return { start, end };
  throw new AwsError('InvalidRange', 'The requested range is not satisfiable', 416, {
    RangeRequested: range,
    ActualObjectSize: size,
  });
};
