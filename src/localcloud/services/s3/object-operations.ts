/** Objects: put, get, head, copy, delete. */
import { AwsError, type OperationTable, type Params } from '../../engine/contract.ts';
import { algorithmNamed, checksumMembers, checksumOf, md5, verifiedChecksum } from './checksums.ts';
import { checkCopySource, checkRead, checkWrite, readRange, type Slice } from './conditions.ts';
import { invalidArgument, invalidRequest } from './errors.ts';
import { resourceOf } from './resource.ts';
import { readSettings } from './settings.ts';
import type { Store, StoredObject } from './store.ts';

/** Keys of one DeleteObjects. */
const MOST_DELETED = 1000;

const OVERRIDES = {
  CacheControl: 'ResponseCacheControl',
  ContentDisposition: 'ResponseContentDisposition',
  ContentEncoding: 'ResponseContentEncoding',
  ContentLanguage: 'ResponseContentLanguage',
  ContentType: 'ResponseContentType',
};

const overridden = (params: Params): Params =>
  Object.fromEntries(
    Object.entries(OVERRIDES).flatMap(([name, by]) => (params[by] === undefined ? [] : [[name, params[by]]])),
  );

/** The part asked for by number, or the range. */
const sliceOf = ({ Range, PartNumber }: Params, { size, partSizes }: StoredObject): Slice | undefined => {
  if (PartNumber === undefined) return readRange(Range, size);
  if (Range !== undefined) throw invalidRequest('Cannot specify both Range header and partNumber query parameter');
  const sizes = partSizes ?? [size];
  const length = sizes[Number(PartNumber) - 1];
  if (length === undefined) throw new AwsError('InvalidPartNumber', 'The requested partnumber is not satisfiable', 416);
  const start = sizes.slice(0, Number(PartNumber) - 1).reduce((sum, one) => sum + one, 0);
  return { start, end: start + length };
};

const describe = (params: Params, object: StoredObject, slice: Slice | undefined): Params => {
  const { start, end } = slice ?? { start: 0, end: object.size };
  const isWhole = end - start === object.size;
  const tagCount = Object.keys(object.tags).length;
  return {
    ...object.headers,
    ...overridden(params),
    ...object.encryption,
    AcceptRanges: 'bytes',
    ContentLength: end - start,
    ETag: object.etag,
    LastModified: object.lastModified / 1000,
    Metadata: object.metadata,
    ...(object.storageClass !== 'STANDARD' && { StorageClass: object.storageClass }),
    ...(tagCount > 0 && { TagCount: tagCount }),
    ...(params.PartNumber !== undefined && object.partSizes && { PartsCount: object.partSizes.length }),
    ...(params.ChecksumMode === 'ENABLED' && isWhole && checksumMembers(object.checksum)),
    ...(slice && { StatusCode: 206, ContentRange: `bytes ${start}-${end - 1}/${object.size}` }),
  };
};

/** Archived objects have to be restored first, which this cloud cannot. */
const refuseArchived = ({ storageClass }: StoredObject): void => {
  if (storageClass !== 'GLACIER' && storageClass !== 'DEEP_ARCHIVE') return;
  throw new AwsError('InvalidObjectState', "The operation is not valid for the object's storage class", 403, {
    StorageClass: storageClass,
  });
};

/** `/bucket/key?versionId=…`, percent-encoded. */
const readCopySource = (source: string): Params => {
  const [path = '', versionId] = source.replace(/^\//, '').split('?versionId=');
  const [, name, key] = /^([^/]+)\/(.+)$/.exec(path) ?? [];
  if (name === undefined || key === undefined)
    throw invalidArgument(
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
      'x-amz-copy-source',
      source,
    );
  return {
    Bucket: decodeURIComponent(name),
    Key: decodeURIComponent(key),
    ...(versionId !== undefined && { VersionId: versionId }),
  };
};

export const objectOperations = ({ bucketOf, objectOf, makeRoom, now }: Store): OperationTable => {
  const write = (run: (params: Params) => Params, note?: string) => ({
    mutating: true,
    resource: resourceOf,
    run,
    ...(note !== undefined && { note }),
  });
  const read = (run: (params: Params) => Params, note?: string) => ({ ...write(run, note), mutating: false });

  const put = (params: Params): Params => {
    const { objects } = bucketOf(params);
    const key = String(params.Key);
    const settings = readSettings(params);
    const bytes = (params.Body ?? Buffer.alloc(0)) as Buffer;
    const checksum = verifiedChecksum(params, bytes);
    checkWrite(params, objects.get(key));
    makeRoom(bytes.length - (objects.get(key)?.size ?? 0));
    const etag = `"${md5(bytes).toString('hex')}"`;
    const content = bytes.toString('base64');
    objects.set(key, { ...settings, key, content, size: bytes.length, etag, lastModified: now(), checksum });
    return { ETag: etag, ...checksumMembers(checksum), ...settings.encryption };
  };

  const get = (params: Params): Params => {
    const object = objectOf(params);
    checkRead(params, object);
    refuseArchived(object);
    const slice = sliceOf(params, object);
    const bytes = Buffer.from(object.content, 'base64');
    return { ...describe(params, object, slice), Body: slice ? bytes.subarray(slice.start, slice.end) : bytes };
  };

  const head = (params: Params): Params => {
    const object = objectOf(params);
    checkRead(params, object);
    return describe(params, object, sliceOf(params, object));
  };

  const copy = (params: Params): Params => {
    const { objects } = bucketOf(params);
    const from = readCopySource(String(params.CopySource));
    const source = objectOf(from);
    checkCopySource(params, source);
    refuseArchived(source);
    const given = readSettings(params);
    const isReplaced = params.MetadataDirective === 'REPLACE';
    const isSame = from.Bucket === params.Bucket && from.Key === params.Key;
    if (isSame && !isReplaced && params.StorageClass === undefined && params.ServerSideEncryption === undefined) {
      throw invalidRequest(
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
      );
    }
    const key = String(params.Key);
    checkWrite(params, objects.get(key));
    makeRoom(source.size - (objects.get(key)?.size ?? 0));
    const bytes = Buffer.from(source.content, 'base64');
    const algorithm = algorithmNamed(params.ChecksumAlgorithm ?? source.checksum.algorithm);
    // A copy is one piece, however its source was uploaded.
    const { partSizes: _parts, ...whole } = source;
    const copied: StoredObject = {
      ...whole,
      ...(isReplaced && { metadata: given.metadata, headers: given.headers }),
      ...(params.TaggingDirective === 'REPLACE' && { tags: given.tags }),
      encryption: given.encryption,
      storageClass: given.storageClass,
      key,
      etag: `"${md5(bytes).toString('hex')}"`,
      lastModified: now(),
      checksum: { algorithm, value: checksumOf(algorithm, bytes), type: 'FULL_OBJECT' },
    };
    objects.set(key, copied);
    const CopyObjectResult = {
      ETag: copied.etag,
      LastModified: copied.lastModified / 1000,
      ...checksumMembers(copied.checksum),
    };
    return { CopyObjectResult, ...copied.encryption };
  };

  const remove = (params: Params): Params => {
    const { objects } = bucketOf(params);
    checkWrite({ Key: params.Key, IfMatch: params.IfMatch }, objects.get(String(params.Key)));
    objects.delete(String(params.Key));
    return {};
  };

  const removeMany = (params: Params): Params => {
    const { objects } = bucketOf(params);
    const { Objects: wanted, Quiet = false } = params.Delete as {
      Objects: { Key: string; ETag?: string }[];
      Quiet?: boolean;
    };
    if (wanted.length === 0 || wanted.length > MOST_DELETED) {
      throw new AwsError(
        'MalformedXML',
        'The XML you provided was not well-formed or did not validate against our published schema',
      );
    }
    const Deleted: Params[] = [];
    const Errors: Params[] = [];
    for (const { Key, ETag } of wanted) {
      try {
        checkWrite({ Key, IfMatch: ETag }, objects.get(Key));
        objects.delete(Key);
        Deleted.push({ Key });
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        Errors.push({ Key, Code: error.code, Message: error.message });
      }
    }
    return { Deleted: Quiet ? [] : Deleted, Errors };
  };

  const unversioned = 'no versions, ACLs and locks';
  return {
    PutObject: write(put, unversioned),
    GetObject: read(get, unversioned),
    HeadObject: read(head, unversioned),
    CopyObject: write(copy, unversioned),
    DeleteObject: write(remove, unversioned),
    DeleteObjects: write(removeMany, unversioned),
  };
};
