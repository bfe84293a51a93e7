/**
 * Hands one HTTP request to one backend and its answer back. A request is never tried twice, and no connection to a
 * backend is used twice unless an agent is given: a backend that is about to close must not cost a request.
 */
import {
  request as httpRequest,
  type Agent,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import { request as httpsRequest } from 'node:https';

/** Headers that concern one connection only (RFC 9110 §7.6.1). */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade', 'expect'];

interface ForwardOptions {
  host: string;
  port: number;
  tls: boolean;
  /** Added to the request's own, or instead of them. */
  headers?: OutgoingHttpHeaders;
  agent?: Agent;
  /** Real time without a byte from the backend until 504; without it nothing is waited for in vain. */
  idleTimeoutMilliseconds?: number;
}

/** Answers how to break it off; `response` emits `close` when it is over, however it ends. */
export const forward = (request: IncomingMessage, response: ServerResponse, options: ForwardOptions): (() => void) => {
  const outgoing = open(request, options);
  if (outgoing === undefined) {
    refuse(request, response, 400);
    return () => undefined;
  }
  if (options.idleTimeoutMilliseconds !== undefined) {
    outgoing.setTimeout(options.idleTimeoutMilliseconds, () => outgoing.destroy(new Error('idle timeout')));
  }
  let isAnswered = false;
  outgoing.on('response', (incoming) => {
    isAnswered = true;
    const headers = endToEnd(incoming);
    delete headers['transfer-encoding'];
    response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, headers);
    incoming.pipe(response);
    incoming.on('error', () => response.destroy());
  });
  outgoing.on('error', (error: NodeJS.ErrnoException) => {
    // A backend may answer before it has read everything; what breaks in the answer itself is its own event.
    if (!isAnswered) refuse(request, response, error.code?.startsWith('HPE_') === true ? 502 : 504);
  });
  response.on('close', () => {
    if (!response.writableFinished) outgoing.destroy();
  });
  request.pipe(outgoing);
  return () => outgoing.destroy(new Error('broken off'));
};

/** Undefined for a request that cannot be sent on, such as one with bytes in its path that no URL has. */
const open = (request: IncomingMessage, options: ForwardOptions): ClientRequest | undefined => {
  try {
    return (options.tls ? httpsRequest : httpRequest)({
      host: options.host,
      port: options.port,
      method: request.method,
      path: request.url,
      headers: { ...endToEnd(request), ...options.headers },
      agent: options.agent ?? false,
      rejectUnauthorized: false,
    });
  } catch {
    return undefined;
  }
};

/** A balancer's own answer: a status and no body. */
export const refuse = (request: IncomingMessage, response: ServerResponse, status: number): void => {
  request.unpipe();
  request.resume();
  response.writeHead(status, { 'content-length': 0 }).end();
};

const endToEnd = (message: IncomingMessage): OutgoingHttpHeaders => {
  const headers: OutgoingHttpHeaders = {};
  for (const [name, values] of Object.entries(message.headersDistinct)) {
    headers[name] = values?.length === 1 ? values[0] : values;
  }
  for (const named of message.headers.connection?.split(',') ?? []) delete headers[named.trim().toLowerCase()];
  for (const name of HOP_BY_HOP) delete headers[name];
  return headers;
};
