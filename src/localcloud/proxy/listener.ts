/** The server behind one listener of a load balancer: HTTP(S) by request, TCP and SSL by connection. */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect as tcpConnect, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { connect as tlsConnect, createServer as createTlsServer } from 'node:tls';
import type { Certificate } from './certificate.ts';
import { forward, refuse } from './forward.ts';
import type { Lease } from './lease.ts';

/** Real milliseconds; longer than the ingress keeps a connection idle, so that none closes under its requests. */
const SHORTEST_KEEP_ALIVE = 10_000;

interface ListenerOptions {
  protocol: 'HTTP' | 'HTTPS' | 'TCP' | 'SSL';
  /** The port clients think they talk to. */
  port: number;
  certificate: Certificate;
  /** Chooses the backend of one request or connection; undefined when none is in service. */
  pick: () => Lease | undefined;
  /** Real time. */
  idleTimeoutMilliseconds: () => number;
}

export interface ListenerServer {
  server: Server;
  /** Breaks every connection off; whoever listens has stopped listening before. */
  disconnect(): void;
}

export const createListenerServer = (options: ListenerOptions): ListenerServer => {
  const sockets = new Set<Socket>();
  const server = createServer(options);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  return { server, disconnect: () => sockets.forEach((socket) => socket.destroy()) };
};

const createServer = (options: ListenerOptions): Server => {
  const { protocol, certificate } = options;
  const serve = (request: IncomingMessage, response: ServerResponse): void => serveRequest(request, response, options);
  const tunnel = (socket: Socket): void => serveConnection(socket, options);
  if (protocol === 'TCP') return createTcpServer(tunnel);
  if (protocol === 'SSL') return createTlsServer(certificate, tunnel);
  const server = protocol === 'HTTP' ? createHttpServer(serve) : createHttpsServer(certificate, serve);
  server.keepAliveTimeout = Math.max(options.idleTimeoutMilliseconds(), SHORTEST_KEEP_ALIVE);
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  return server;
};

const serveRequest = (request: IncomingMessage, response: ServerResponse, options: ListenerOptions): void => {
  const lease = options.pick();
  if (lease === undefined) {
    refuse(request, response, 503);
    return;
  }
  response.on('close', () => lease.release());
  if (lease.place === undefined) {
    refuse(request, response, 504);
    return;
  }
  lease.abort = forward(request, response, {
    ...lease.place,
    tls: lease.tls,
    headers: forwarded(request, options),
    idleTimeoutMilliseconds: options.idleTimeoutMilliseconds(),
  });
};

const forwarded = (request: IncomingMessage, { protocol, port }: ListenerOptions): Record<string, string> => {
  const before = request.headersDistinct['x-forwarded-for'] ?? [];
  return {
    'x-forwarded-for': [...before, request.socket.remoteAddress ?? ''].join(', '),
    'x-forwarded-proto': protocol.toLowerCase(),
    'x-forwarded-port': String(port),
  };
};

const serveConnection = (client: Socket, options: ListenerOptions): void => {
  client.on('error', () => client.destroy());
  const lease = options.pick();
  if (lease?.place === undefined) {
    lease?.release();
    client.destroy();
    return;
  }
  const backend = lease.tls ? tlsConnect({ ...lease.place, rejectUnauthorized: false }) : tcpConnect(lease.place);
  const end = (): void => {
    client.destroy();
    backend.destroy();
    lease.release();
  };
  lease.abort = end;
  backend.on('error', end);
  for (const side of [client, backend]) {
    side.setTimeout(options.idleTimeoutMilliseconds(), end);
    side.on('close', end);
  }
  client.pipe(backend);
  backend.pipe(client);
};
