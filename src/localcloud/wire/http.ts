/** Requests read whole, answers sent whole. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Engine } from '../registration.ts';
import type { WireRequest, WireResponse } from './message.ts';

/** Bytes; AWS takes far less for any of the calls served here. */
const LARGEST_BODY = 10 * 1024 * 1024;

class TooLarge extends Error {}

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) throw new TooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const readRequest = async (request: IncomingMessage): Promise<WireRequest> => {
  const url = request.url ?? '/';
  const at = url.indexOf('?');
  const rawQuery = at < 0 ? '' : url.slice(at + 1);
  const bytes = await readBody(request);
  return {
    method: request.method ?? 'GET',
    path: at < 0 ? url : url.slice(0, at),
    rawQuery,
    query: new URLSearchParams(rawQuery),
    headers: request.headers,
    body: bytes.toString('utf8'),
    bytes,
  };
};

const send = (response: ServerResponse, { status, headers, body }: WireResponse): void => {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
};

/** Undefined: the answer is lost, the connection has to be cut. */
type Route = (request: WireRequest) => Promise<WireResponse | undefined>;

/** Whatever happens, a client gets an answer that it can parse. */
export const serveWire =
  (route: Route, log: Engine['log']): RequestListener =>
  (request, response) => {
    readRequest(request)
      .then(route)
      .then((answer) => {
        if (answer === undefined) request.socket.destroy();
        else send(response, answer);
      })
      .catch((error: unknown) => {
        const isTooLarge = error instanceof TooLarge;
        // A client that went away in the middle of its request wants no answer.
        if (request.destroyed && !request.complete && !isTooLarge) return;
        if (!isTooLarge) log('a request failed', { error: error instanceof Error ? error.stack : String(error) });
        const __type = isTooLarge ? 'RequestEntityTooLargeException' : 'InternalFailure';
        const message = isTooLarge ? 'The request is too large.' : 'An internal error occurred.';
        const headers = { 'content-type': 'application/json', connection: 'close' };
        send(response, { status: isTooLarge ? 413 : 500, headers, body: JSON.stringify({ __type, message }) });
      });
  };
