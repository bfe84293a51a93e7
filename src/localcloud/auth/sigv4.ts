/** Signature Version 4, the server's side: the signature is made again from the request and compared. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { WireRequest } from '../wire/message.ts';

/** They have no region of their own: clients that know the endpoints of AWS sign for this one. */
const GLOBAL_SERVICES = ['iam', 'route53', 'sts'];
const GLOBAL_REGION = 'us-east-1';

/** Further apart than this, a request is refused whatever its signature. */
const LARGEST_SKEW_MILLISECONDS = 5 * 60_000;

/** What the `Authorization` header says. */
export interface Credential {
  accessKeyId: string;
  /** `20261124` */
  date: string;
  region: string;
  service: string;
  signedHeaders: string[];
  signature: string;
}

export type Refusal =
  'missing' | 'incomplete' | 'unknown-key' | 'mismatch' | 'skewed' | 'other-service' | 'other-region';

const HEADER =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([\w-]+)\/([\w-]+)\/aws4_request,\s*SignedHeaders=([\w;-]+),\s*Signature=([0-9a-f]{64})$/;

/** Undefined when there is no signature, or none that can be read. */
export const readCredential = (request: Pick<WireRequest, 'headers'>): Credential | undefined => {
  const match = HEADER.exec(request.headers.authorization ?? '');
  if (match === null) return undefined;
  const [, accessKeyId = '', date = '', region = '', service = '', signed = '', signature = ''] = match;
  return { accessKeyId, date, region, service, signedHeaders: signed.split(';'), signature };
};

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** Every service but S3 signs the path encoded once more than it is sent. */
const canonicalPath = (path: string, service: string): string =>
  path
    .split('/')
    .map((segment) => (service === 's3' ? encode(decoded(segment)) : encode(segment)))
    .join('/');

const canonicalQuery = (rawQuery: string): string =>
  rawQuery
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      const key = at < 0 ? pair : pair.slice(0, at);
      const value = at < 0 ? '' : pair.slice(at + 1);
      return [encode(decoded(key.replaceAll('+', '%20'))), encode(decoded(value.replaceAll('+', '%20')))] as const;
    })
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
    .map(([key, value]) => `${key}=${value}`)
    .join('&');

const signatureOf = (request: WireRequest, credential: Credential, secret: string, timestamp: string): string => {
  const { date, region, service, signedHeaders } = credential;
  const headers = signedHeaders
    .map(
      (name) =>
        `${name}:${String(request.headers[name] ?? '')
          .trim()
          .replace(/\s+/g, ' ')}\n`,
    )
    .join('');
  const given = request.headers['x-amz-content-sha256'];
  const payload = typeof given === 'string' ? given : sha256(request.bytes);
  const canonical = [
    request.method,
    canonicalPath(request.path, service),
    canonicalQuery(request.rawQuery),
    headers,
    signedHeaders.join(';'),
    payload,
  ].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', timestamp, scope, sha256(canonical)].join('\n');
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), service), 'aws4_request');
  return hmac(key, toSign).toString('hex');
};

/** Real milliseconds since the epoch, out of `20261124T131805Z` or an HTTP date. */
const timeOf = (text: string): number => {
  const iso = text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  return Date.parse(iso);
};

/** A payload hash that the client gave has to be the one of the body, unless it says that the body is signed otherwise. */
const isPayloadRight = (request: WireRequest): boolean => {
  const given = request.headers['x-amz-content-sha256'];
  return typeof given !== 'string' || !/^[0-9a-f]{64}$/.test(given) || given === sha256(request.bytes);
};

const regionsOf = (service: string, region: string): string[] =>
  GLOBAL_SERVICES.includes(service) ? [region, GLOBAL_REGION] : [region];

/** Why a request to a service is not its principal's; undefined when it is. `now`: real milliseconds since the epoch. */
export const verify = (
  request: WireRequest,
  credential: Credential,
  expected: { secret: string | undefined; service: string; region: string; now: number },
): Refusal | undefined => {
  const { secret, service, region, now } = expected;
  if (secret === undefined) return 'unknown-key';
  const timestamp = String(request.headers['x-amz-date'] ?? request.headers.date ?? '');
  const time = timeOf(timestamp);
  if (Number.isNaN(time) || !credential.signedHeaders.includes('host')) return 'incomplete';
  if (Math.abs(now - time) > LARGEST_SKEW_MILLISECONDS) return 'skewed';
  if (credential.service !== service) return 'other-service';
  if (!regionsOf(service, region).includes(credential.region)) return 'other-region';
  const signature = Buffer.from(signatureOf(request, credential, secret, timestamp));
  if (!timingSafeEqual(signature, Buffer.from(credential.signature)) || !isPayloadRight(request)) return 'mismatch';
  return undefined;
};
