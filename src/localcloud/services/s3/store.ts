/** Buckets and what is in them. */
import { createHash } from 'node:crypto';
import { AwsError, type Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import type { Checksum, ChecksumAlgorithm } from './checksums.ts';
import { noSuchBucket, noSuchKey, noSuchUpload, notServed } from './errors.ts';

/** Bytes of all objects and parts of one account: they live in memory and in the state file. */
const LARGEST_TOTAL = 128 * 1024 * 1024;

/** What a client says of an object besides its bytes: headers by their member names. */
export interface ObjectSettings {
  metadata: Record<string, string>;
  /** CacheControl, ContentType … */
  headers: Record<string, string>;
  tags: Record<string, string>;
  encryption: Record<string, string>;
  storageClass: string;
}

export interface StoredObject extends ObjectSettings {
  key: string;
  /** Base64, as the state file has it: it is written far more often than read. */
  content: string;
  size: number;
  /** With its quotes. */
  etag: string;
  lastModified: number;
  checksum: Checksum;
  /** Of an object that was uploaded in parts. */
  partSizes?: number[];
}

export interface UploadPart {
  number: number;
  content: string;
  size: number;
  etag: string;
  lastModified: number;
  checksum: string;
}

export interface Upload extends ObjectSettings {
  id: string;
  key: string;
  initiated: number;
  algorithm: ChecksumAlgorithm;
  checksumType: Checksum['type'];
  parts: Record<number, UploadPart>;
}

export interface Bucket {
  name: string;
  createdAt: number;
  tags: Record<string, string>;
  policy?: string;
  objects: Map<string, StoredObject>;
  uploads: Map<string, Upload>;
}

export interface Store {
  buckets: Map<string, Bucket>;
  /** Canonical user id of the account. */
  owner: string;
  /** Cloud time in whole seconds, as S3 counts. */
  now(): number;
  /** @throws AwsError NoSuchBucket, or AccessDenied when it is not the expected owner's */
  bucketOf(params: Params): Bucket;
  /** @throws AwsError NoSuchKey, and for versions, which there are none of */
  objectOf(params: Params): StoredObject;
  /** @throws AwsError NoSuchUpload */
  uploadOf(params: Params): Upload;
  /** @throws AwsError when so many more bytes would be too many */
  makeRoom(bytes: number): void;
  save(): unknown;
  load(data: unknown): void;
}

type SavedBucket = Omit<Bucket, 'objects' | 'uploads'> & { objects: StoredObject[]; uploads: Upload[] };

const refuseVersion = (versionId: unknown): void => {
  if (versionId === undefined || versionId === 'null') return;
  throw new AwsError('NoSuchVersion', 'The specified version does not exist.', 404, { VersionId: versionId });
};

export const createStore = (engine: Engine): Store => {
  const buckets = new Map<string, Bucket>();

  const bucketOf = ({ Bucket: name, ExpectedBucketOwner: owner }: Params): Bucket => {
    const bucket = buckets.get(String(name));
    if (bucket === undefined) throw noSuchBucket(String(name));
    if (owner !== undefined && owner !== engine.account) throw new AwsError('AccessDenied', 'Access Denied', 403);
    return bucket;
  };
  const bytesOf = ({ objects, uploads }: Bucket): number[] => [
    ...[...objects.values()].map(({ size }) => size),
    ...[...uploads.values()].flatMap(({ parts }) => Object.values(parts).map(({ size }) => size)),
  ];

  return {
    buckets,
    owner: createHash('sha256').update(engine.account).digest('hex'),
    now: () => Math.floor(engine.clock.now() / 1000) * 1000,
    bucketOf,
    objectOf: (params) => {
      const object = bucketOf(params).objects.get(String(params.Key));
      if (object === undefined) throw noSuchKey(String(params.Key));
      refuseVersion(params.VersionId);
      return object;
    },
    uploadOf: (params) => {
      const upload = bucketOf(params).uploads.get(String(params.UploadId));
      if (upload?.key !== params.Key || upload === undefined) throw noSuchUpload(String(params.UploadId));
      return upload;
    },
    makeRoom: (bytes) => {
      const held = [...buckets.values()].flatMap(bytesOf).reduce((sum, size) => sum + size, 0);
      if (held + bytes > LARGEST_TOTAL) throw notServed(`More than ${LARGEST_TOTAL} bytes of objects in an account`);
    },
    save: () =>
      [...buckets.values()].map(({ objects, uploads, ...bucket }): SavedBucket => ({
        ...bucket,
        objects: [...objects.values()],
        uploads: [...uploads.values()],
      })),
    load: (data) => {
      for (const { objects, uploads, ...bucket } of data as SavedBucket[]) {
        buckets.set(bucket.name, {
          ...bucket,
          objects: new Map(objects.map((object) => [object.key, object])),
          uploads: new Map(uploads.map((upload) => [upload.id, upload])),
        });
      }
    },
  };
};
