/**
 * Hands one HTTP request to one backend and its answer back. A request is never tried twice, and no connection to a
 * backend is used twice unless an agent is given: a backend that is about to close must not cost a request.
 */
import {
  request as httpRequest,
  type Agent,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import { request as httpsRequest } from 'node:https';

/** Headers that concern one connection only (RFC 9110 §7.6.1). */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade', 'expect'];

export interface ForwardOptions {
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
  const outgoing = (options.tls ? httpsRequest : httpRequest)({
    host: options.host,
    port: options.port,
    method: request.method,
    path: request.url,
    headers: { ...endToEnd(request), ...options.headers },
    agent: options.agent ?? false,
    rejectUnauthorized: false,
  });
  let failure = 504;
  if (options.idleTimeoutMilliseconds !== undefined) {
    outgoing.setTimeout(options.idleTimeoutMilliseconds, () => outgoing.destroy(new Error('idle timeout')));
  }
  outgoing.on('response', (incoming) => {
    const headers = endToEnd(incoming);
    delete headers['transfer-encoding'];
    response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, headers);
    incoming.pipe(response);
    incoming.on('error', () => response.destroy());
  });
  outgoing.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code?.startsWith('HPE_') === true) failure = 502;
    if (response.headersSent) response.destroy();
    else refuse(request, response, failure);
  });
  response.on('close', () => {
    if (!response.writableFinished) outgoing.destroy();
  });
  request.pipe(outgoing);
  return () => outgoing.destroy(new Error('broken off'));
};

/** A balancer's own answer: a status and no body. */
export const refuse = (request: IncomingMessage, response: ServerResponse, status: number): void => {
  request.unpipe();
  request.resume();
  response.writeHead(status, { 'content-length': 0 }).end();
};

const endToEnd = (message: IncomingMessage): OutgoingHttpHeaders => {
  const headers: OutgoingHttpHeaders = { ...message.headersDistinct };
  for (const named of message.headers.connection?.split(',') ?? []) delete headers[named.trim().toLowerCase()];
  for (const name of HOP_BY_HOP) delete headers[name];
  return headers;
};
