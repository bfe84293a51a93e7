/** Requests read whole, answers sent whole. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { AwsError } from '../engine/contract.ts';
import type { Engine } from '../registration.ts';
import type { WireRequest, WireResponse } from './message.ts';
import { strangerCodec } from './stranger.ts';

/** Bytes; AWS takes far less for any of the calls served here. */
const LARGEST_BODY = 10 * 1024 * 1024;
/** A client that sends more is cut off. */
const MOST_READ = 1024 * 1024 * 1024;

class TooLarge extends Error {}

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_READ) throw new TooLarge();
    // The rest of what is too large is read and forgotten, so that the client gets to see its answer.
    if (size <= LARGEST_BODY) chunks.push(chunk);
  }
  if (size > LARGEST_BODY) throw new TooLarge();
  return Buffer.concat(chunks);
};

/** SDKs compress what is long; the signature is for the bytes as they were sent. */
const textOf = (bytes: Buffer, encoding: string | undefined): string => {
  if (encoding !== 'gzip') return bytes.toString('utf8');
  try {
    return gunzipSync(bytes, { maxOutputLength: LARGEST_BODY }).toString('utf8');
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') throw new TooLarge();
    // What cannot be unpacked cannot be read either, and its service says so.
    return bytes.toString('utf8');
  }
};

const split = (url: string): Pick<WireRequest, 'path' | 'rawQuery'> => {
  const at = url.indexOf('?');
  return at < 0 ? { path: url, rawQuery: '' } : { path: url.slice(0, at), rawQuery: url.slice(at + 1) };
};

const readRequest = async (request: IncomingMessage): Promise<WireRequest> => {
  const { path, rawQuery } = split(request.url ?? '/');
  const bytes = await readBody(request);
  return {
    method: request.method ?? 'GET',
    path,
    rawQuery,
    query: new URLSearchParams(rawQuery),
    headers: request.headers,
    body: textOf(bytes, request.headers['content-encoding']),
    bytes,
  };
};

/** What has no body may still say how long it would be. */
const send = (response: ServerResponse, { status, headers, body }: WireResponse): void => {
  const isBare = response.req.method === 'HEAD' && body.length === 0;
  const length = isBare ? (headers['content-length'] ?? 0) : Buffer.byteLength(body);
  response.writeHead(status, { ...headers, 'content-length': length }).end(body);
};

/** A connection whose request went wrong is not used again. */
const refuse = (request: IncomingMessage, error: AwsError, requestId: string): WireResponse => {
  const query = new URLSearchParams(split(request.url ?? '/').rawQuery);
  const answer = strangerCodec({ headers: request.headers, query }).fail(error, requestId);
  return { ...answer, headers: { ...answer.headers, connection: 'close' } };
};

/** S3 is the one whose requests may well be too large; only its code is AWS's own. */
const tooLarge = ({ headers }: IncomingMessage): AwsError => {
  const message = `The request is larger than ${LARGEST_BODY} bytes, the most this local cloud takes.`;
  return /\/s3\/aws4_request/.test(headers.authorization ?? '')
    ? new AwsError('EntityTooLarge', message)
    : new AwsError('RequestEntityTooLargeException', message, 413);
};

/** Undefined: the answer is lost, the connection has to be cut. */
type Route = (request: WireRequest) => Promise<WireResponse | undefined>;

/** Whatever happens, a client gets an answer that it can parse. */
export const serveWire =
  (route: Route, { log, random }: Pick<Engine, 'log' | 'random'>): RequestListener =>
  (request, response) => {
    readRequest(request)
      .then(route)
      .then((answer) => {
        if (answer === undefined) request.socket.destroy();
        else send(response, answer);
      })
      .catch((error: unknown) => {
        if (error instanceof TooLarge) {
          send(response, refuse(request, tooLarge(request), random.uuid()));
          return;
        }
        // A client that went away in the middle of its request wants no answer.
        if (request.destroyed && !request.complete) return;
        log('a request failed', { error: error instanceof Error ? error.stack : String(error) });
        send(
          response,
          refuse(request, new AwsError('InternalFailure', 'An internal error occurred.', 500), random.uuid()),
        );
      });
  };
