/** What a request says of an object besides its bytes. */
import { AwsError, type Params } from '../../engine/contract.ts';
import { invalidRequest, notServed } from './errors.ts';
import type { ObjectSettings } from './store.ts';
import { readTagHeader } from './tags.ts';

const HEADERS = [
  'CacheControl',
  'ContentDisposition',
  'ContentEncoding',
  'ContentLanguage',
  'ContentType',
  'Expires',
  'WebsiteRedirectLocation',
];

/** Bytes of all user metadata, names and values together. */
const LARGEST_METADATA = 2048;

const readMetadata = (params: Params): Record<string, string> => {
  const metadata = (params.Metadata ?? {}) as Record<string, string>;
  const size = Object.entries(metadata).reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0);
  if (size <= LARGEST_METADATA) return metadata;
  throw new AwsError('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', 400, {
    Size: size,
    MaxSizeAllowed: LARGEST_METADATA,
  });
};

const readEncryption = (params: Params): Record<string, string> => {
  if (params.SSECustomerAlgorithm !== undefined) throw notServed('Encryption with keys of the client');
  const { ServerSideEncryption = 'AES256', SSEKMSKeyId } = params;
  return { ServerSideEncryption, ...(SSEKMSKeyId !== undefined && { SSEKMSKeyId }) };
};

/** The bucket's owner has everything to say, as in every bucket that AWS makes today. */
const refuseAccessLists = (params: Params): void => {
  const isHarmless = [undefined, 'private', 'bucket-owner-full-control'].includes(params.ACL as string | undefined);
  if (isHarmless && !Object.keys(params).some((name) => name.startsWith('Grant'))) return;
  throw new AwsError('AccessControlListNotSupported', 'The bucket does not allow ACLs');
};

const STORAGE_CLASSES = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'GLACIER_IR',
  'DEEP_ARCHIVE',
];

const readStorageClass = ({ StorageClass: name = 'STANDARD' }: Params): string => {
  if (STORAGE_CLASSES.includes(String(name))) return String(name);
  throw new AwsError('InvalidStorageClass', 'The storage class you specified is not valid');
};

/** @throws AwsError MetadataTooLarge, InvalidArgument, KeyTooLongError, NotImplemented */
export const readSettings = (params: Params): ObjectSettings => {
  if (Buffer.byteLength(String(params.Key)) > 1024) throw new AwsError('KeyTooLongError', 'Your key is too long');
  refuseAccessLists(params);
  if (Object.keys(params).some((name) => name.startsWith('ObjectLock')))
    throw invalidRequest('Bucket is missing Object Lock Configuration');
  const given = HEADERS.filter((name) => params[name] !== undefined).map((name) => [name, String(params[name])]);
  return {
    metadata: readMetadata(params),
    headers: { ContentType: 'binary/octet-stream', ...Object.fromEntries(given) },
    tags: readTagHeader(params.Tagging),
    encryption: readEncryption(params),
    storageClass: readStorageClass(params),
  };
};
