/** Objects uploaded in parts. */
import { AwsError, type OperationTable, type Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import {
  algorithmNamed,
  checksumMembers,
  checksumOf,
  givenChecksum,
  md5,
  verifiedChecksum,
  type Checksum,
} from './checksums.ts';
import { checkWrite } from './conditions.ts';
import { invalidArgument, invalidRequest } from './errors.ts';
import { resourceOf } from './resource.ts';
import { readSettings } from './settings.ts';
import type { Store, Upload, UploadPart } from './store.ts';

/** Bytes; the last part may be smaller. */
const SMALLEST_PART = 5 * 1024 * 1024;
const MOST_PARTS = 10_000;

interface NamedPart {
  PartNumber?: number;
  ETag?: string;
}

const checksumType = (algorithm: string, given: unknown): Checksum['type'] => {
  const type = given ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
  const isCrc = algorithm.startsWith('CRC');
  if ((type === 'FULL_OBJECT' && !isCrc) || (type === 'COMPOSITE' && algorithm === 'CRC64NVME')) {
    const message = `The ${String(type)} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`;
    throw invalidRequest(message);
  }
  return type as Checksum['type'];
};

/** The parts in the order the client wants them, each the one that it saw. */
const chooseParts = ({ parts }: Upload, wanted: readonly NamedPart[]): UploadPart[] => {
  const chosen = wanted.map(({ PartNumber = 0, ETag = '' }) => {
    const part = parts[PartNumber];
    if (part !== undefined && part.etag.replaceAll('"', '') === ETag.replaceAll('"', '')) return part;
    throw new AwsError(
      'InvalidPart',
      "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
      400,
      { PartNumber, ETag },
    );
  });
  const isSorted = chosen.every(({ number }, i) => i === 0 || number > (chosen[i - 1]?.number ?? 0));
  if (!isSorted) {
    throw new AwsError(
      'InvalidPartOrder',
      'The list of parts was not in ascending order. Parts must be ordered by part number.',
    );
  }
  const small = chosen.slice(0, -1).find(({ size }) => size < SMALLEST_PART);
  if (small === undefined) return chosen;
  throw new AwsError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', 400, {
    PartNumber: small.number,
    ProposedSize: small.size,
    MinSizeAllowed: SMALLEST_PART,
  });
};

const checksumOfParts = (
  { algorithm, checksumType: type }: Upload,
  parts: readonly UploadPart[],
  bytes: Buffer,
): Checksum => {
  if (type === 'FULL_OBJECT') return { algorithm, type, value: checksumOf(algorithm, bytes) };
  const all = Buffer.concat(parts.map(({ checksum }) => Buffer.from(checksum, 'base64')));
  return { algorithm, type, value: `${checksumOf(algorithm, all)}-${parts.length}` };
};

export const multipartOperations = (engine: Engine, { bucketOf, uploadOf, makeRoom, now }: Store): OperationTable => {
  const write = (run: (params: Params) => Params) => ({ mutating: true, resource: resourceOf, run });

  const create = (params: Params): Params => {
    const { uploads } = bucketOf(params);
    const algorithm = algorithmNamed(params.ChecksumAlgorithm ?? 'CRC64NVME');
    const upload: Upload = {
      ...readSettings(params),
      id: engine.random.hex(64),
      key: String(params.Key),
      initiated: now(),
      algorithm,
      checksumType: checksumType(algorithm, params.ChecksumType),
      parts: {},
    };
    uploads.set(upload.id, upload);
    return {
      Bucket: params.Bucket,
      Key: upload.key,
      UploadId: upload.id,
      ChecksumAlgorithm: algorithm,
      ChecksumType: upload.checksumType,
      ...upload.encryption,
    };
  };

  const uploadPart = (params: Params): Params => {
    const upload = uploadOf(params);
    const number = Number(params.PartNumber);
    if (number < 1 || number > MOST_PARTS)
      throw invalidArgument(
        `Part number must be an integer between 1 and ${MOST_PARTS}, inclusive`,
        'partNumber',
        number,
      );
    const bytes = (params.Body ?? Buffer.alloc(0)) as Buffer;
    const given = verifiedChecksum(params, bytes);
    makeRoom(bytes.length - (upload.parts[number]?.size ?? 0));
    const checksum = given.algorithm === upload.algorithm ? given.value : checksumOf(upload.algorithm, bytes);
    const etag = `"${md5(bytes).toString('hex')}"`;
    const content = bytes.toString('base64');
    upload.parts[number] = { number, content, size: bytes.length, etag, lastModified: now(), checksum };
    return { ETag: etag, [`Checksum${upload.algorithm}`]: checksum, ...upload.encryption };
  };

  const complete = (params: Params): Params => {
    const { objects, uploads, name } = bucketOf(params);
    const upload = uploadOf(params);
    const { Parts: wanted = [] } = (params.MultipartUpload ?? {}) as { Parts?: NamedPart[] };
    if (wanted.length === 0) throw invalidRequest('You must specify at least one part');
    const parts = chooseParts(upload, wanted);
    const bytes = Buffer.concat(parts.map(({ content }) => Buffer.from(content, 'base64')));
    const checksum = checksumOfParts(upload, parts, bytes);
    const given = givenChecksum(params);
    if (given !== undefined && given.value !== checksum.value)
      throw new AwsError('BadDigest', `The ${given.algorithm} you specified did not match the calculated checksum.`);
    checkWrite(params, objects.get(upload.key));
    const {
      id,
      key,
      initiated: _initiated,
      algorithm: _algorithm,
      checksumType: _type,
      parts: _parts,
      ...settings
    } = upload;
    const digests = Buffer.concat(parts.map(({ etag }) => Buffer.from(etag.replaceAll('"', ''), 'hex')));
    const etag = `"${md5(digests).toString('hex')}-${parts.length}"`;
    uploads.delete(id);
    objects.set(key, {
      ...settings,
      key,
      content: bytes.toString('base64'),
      size: bytes.length,
      etag,
      lastModified: now(),
      checksum,
      partSizes: parts.map(({ size }) => size),
    });
    return {
      Location: `http://${name}.s3.${engine.region}.amazonaws.com/${encodeURIComponent(key)}`,
      Bucket: name,
      Key: key,
      ETag: etag,
      ...checksumMembers(checksum),
      ...settings.encryption,
    };
  };

  const abort = (params: Params): Params => {
    const { id } = uploadOf(params);
    bucketOf(params).uploads.delete(id);
    return {};
  };

  return {
    CreateMultipartUpload: write(create),
    UploadPart: { ...write(uploadPart), note: 'parts of at most 10 MiB' },
    CompleteMultipartUpload: write(complete),
    AbortMultipartUpload: write(abort),
  };
};
