/** Bodies that travel in chunks of S3's own (`content-encoding: aws-chunked`), with a checksum behind them. */
import { AwsError } from '../engine/contract.ts';
import type { WireRequest } from './message.ts';

const TRAILER_ONLY = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

const incomplete = (): AwsError =>
  new AwsError(
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header.',
  );

/** `5\r\nhello\r\n0\r\nx-amz-checksum-crc32:…\r\n\r\n` → the bytes, and the headers that follow the last chunk. */
const readChunks = (bytes: Buffer): { content: Buffer; trailers: Record<string, string> } => {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = bytes.indexOf('\r\n', at);
    const [digits = ''] = end < 0 ? [] : bytes.toString('latin1', at, end).split(';');
    if (!/^[0-9a-fA-F]{1,8}$/.test(digits)) throw incomplete();
    const size = Number.parseInt(digits, 16);
    const from = end + 2;
    if (size === 0) {
      at = from;
      break;
    }
    if (bytes.toString('latin1', from + size, from + size + 2) !== '\r\n') throw incomplete();
    chunks.push(bytes.subarray(from, from + size));
    at = from + size + 2;
  }
  const lines = bytes.toString('latin1', at).split(/\r?\n/);
  const trailers = lines.flatMap((line) => {
    const colon = line.indexOf(':');
    return colon < 0 ? [] : [[line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()] as const];
  });
  return { content: Buffer.concat(chunks), trailers: Object.fromEntries(trailers) };
};

/** The object's own encoding, without the one of its journey. */
const ownEncoding = (encoding: string): string | undefined => {
  const own = encoding.split(',').map((one) => one.trim());
  return own.filter((one) => one !== '' && one !== 'aws-chunked').join(',') || undefined;
};

/**
 * The request as if it had come in one piece, its trailers among its headers.
 * @throws AwsError IncompleteBody, or NotImplemented for chunks with signatures
 */
export const withoutChunks = (request: WireRequest): WireRequest => {
  const payload = String(request.headers['x-amz-content-sha256'] ?? '');
  if (!payload.startsWith('STREAMING-')) return request;
  if (payload !== TRAILER_ONLY) {
    throw new AwsError('NotImplemented', `Payloads of the kind ${payload} are not served by this local cloud.`, 501);
  }
  const { content, trailers } = readChunks(request.bytes);
  const { 'x-amz-decoded-content-length': length, 'content-encoding': encoding = '', ...headers } = request.headers;
  if (Number(length) !== content.length) throw incomplete();
  const own = ownEncoding(encoding);
  return {
    ...request,
    headers: {
      ...headers,
      ...trailers,
      'content-length': String(content.length),
      ...(own !== undefined && { 'content-encoding': own }),
    },
    body: content.toString('utf8'),
    bytes: content,
  };
};
