/** Checksums that travel with objects: verified when they come, given back when asked for. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { AwsError, type Params } from '../../engine/contract.ts';
import { invalidRequest, notServed } from './errors.ts';

/** Remainders of all bytes for a reflected 32-bit polynomial. */
const table32 = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

const crc32c = (bytes: Uint8Array): Buffer => {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (table32[(crc ^ byte) & 0xff] ?? 0);
  return wordsOf((crc ^ 0xffffffff) >>> 0);
};

/** The 64-bit polynomial of NVMe, in two halves: whole numbers of JavaScript end at 2^53. */
const [high64, low64] = (() => {
  const high = new Uint32Array(256);
  const low = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let [h, l] = [0, byte];
    for (let bit = 0; bit < 8; bit += 1) {
      const isOdd = (l & 1) === 1;
      l = (l >>> 1) | ((h & 1) << 31);
      h >>>= 1;
      if (isOdd) [h, l] = [h ^ 0x9a6c9329, l ^ 0xac4bc9b5];
    }
    high[byte] = h;
    low[byte] = l;
  }
  return [high, low];
})();

const crc64nvme = (bytes: Uint8Array): Buffer => {
  let [high, low] = [0xffffffff, 0xffffffff];
  for (const byte of bytes) {
    const at = (low ^ byte) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ (low64[at] ?? 0);
    high = (high >>> 8) ^ (high64[at] ?? 0);
  }
  return wordsOf(~high >>> 0, ~low >>> 0);
};

const wordsOf = (...words: number[]): Buffer => {
  const bytes = Buffer.alloc(words.length * 4);
  words.forEach((word, i) => bytes.writeUInt32BE(word, i * 4));
  return bytes;
};

const hash = (name: string) => (bytes: Uint8Array) => createHash(name).update(bytes).digest();

const ALGORITHMS = {
  CRC32: (bytes: Uint8Array) => wordsOf(crc32(bytes)),
  CRC32C: crc32c,
  CRC64NVME: crc64nvme,
  SHA1: hash('sha1'),
  SHA256: hash('sha256'),
  SHA512: hash('sha512'),
  MD5: hash('md5'),
};

export type ChecksumAlgorithm = keyof typeof ALGORITHMS;

export interface Checksum {
  algorithm: ChecksumAlgorithm;
  /** Base64; behind a checksum of checksums the number of parts, `…-3`. */
  value: string;
  type: 'FULL_OBJECT' | 'COMPOSITE';
}

export const checksumOf = (algorithm: ChecksumAlgorithm, bytes: Uint8Array): string =>
  ALGORITHMS[algorithm](bytes).toString('base64');

/** @throws AwsError NotImplemented for the XXHASH family */
export const algorithmNamed = (name: unknown): ChecksumAlgorithm => {
  if (!Object.hasOwn(ALGORITHMS, String(name))) throw notServed(`The checksum algorithm ${String(name)}`);
  return name as ChecksumAlgorithm;
};

/** The checksum among the members of a request or a part. */
export const givenChecksum = (params: Params): { algorithm: ChecksumAlgorithm; value: string } | undefined => {
  const given = Object.keys(params).filter((name) => /^Checksum[A-Z]+\d/.test(name) || name === 'ChecksumMD5');
  if (given.length > 1)
    throw invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  const [name] = given;
  if (name === undefined) return undefined;
  return { algorithm: algorithmNamed(name.slice('Checksum'.length)), value: String(params[name]) };
};

export const checksumMembers = ({ algorithm, value, type }: Checksum): Params => ({
  [`Checksum${algorithm}`]: value,
  ChecksumType: type,
});

export const md5 = (bytes: Uint8Array): Buffer => ALGORITHMS.MD5(bytes);

/**
 * Holds the bytes against what the request says of them; without a checksum AWS makes its own.
 * @throws AwsError BadDigest
 */
export const verifiedChecksum = (params: Params, bytes: Uint8Array): Checksum => {
  if (params.ContentMD5 !== undefined && params.ContentMD5 !== md5(bytes).toString('base64')) {
    throw new AwsError('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  const given = givenChecksum(params);
  const algorithm = given?.algorithm ?? 'CRC64NVME';
  const value = checksumOf(algorithm, bytes);
  if (given !== undefined && given.value !== value) {
    throw new AwsError('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
  }
  return { algorithm, value, type: 'FULL_OBJECT' };
};
