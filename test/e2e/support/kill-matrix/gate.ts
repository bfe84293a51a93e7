import { once } from 'node:events';
import {
  connect,
  constants,
  createServer,
  type ClientHttp2Session,
  type Http2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { commandsOf, handedBy, reportedToken, type Handed } from './wire.ts';

/**
 * Where a worker may die: it has worked a workflow task and its answer has not reached Temporal, or Temporal has taken
 * the answer and the worker does not know; it has done an activity and Temporal has not heard of it.
 */
export type Moment = 'completing' | 'completed' | 'reporting';

/** What a worker sees as Temporal: everything passes through, and the worker can be ended at exactly known moments. */
export interface Gate {
  address: string;
  /** Every activity task that went to a worker, oldest first. */
  handed: Handed[];
  /** Nothing of what is on its way gets any further. */
  cut: () => void;
  close: () => Promise<void>;
}

/** May end the worker and cut the gate. `commands` of a workflow task, see `commandsOf`. */
export type OnMoment = (moment: Moment, task: Handed | undefined, commands?: string[]) => void;

export async function openGate(temporalAddress: string, onMoment: OnMoment): Promise<Gate> {
  const handed: Handed[] = [];
  const open = new Map<string, Handed>();
  const sessions = new Map<Http2Session, ClientHttp2Session>();
  /** Of a worker that is dead; they close by themselves. */
  const dead = new WeakSet<Http2Session>();
  const server = createServer();

  server.on('session', (session) => {
    const upstream = connect(`http://${temporalAddress}`);
    sessions.set(session, upstream);
    // A connection that breaks on one side breaks on the other: Temporal must not hand tasks to who is gone. Not at
    // once: a session that is destroyed while it reads has corrupted the heap of Node.
    const end = () => {
      if (!sessions.delete(session)) return;
      setImmediate(() => {
        session.destroy();
        upstream.destroy();
      });
    };
    for (const one of [session, upstream]) one.on('close', end).on('error', end);
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    const { session } = stream;
    const upstream = session && sessions.get(session);
    if (upstream === undefined || upstream.destroyed) stream.close(constants.NGHTTP2_REFUSED_STREAM);
    else
      void pass(stream, headers, { upstream, isDead: () => dead.has(session as Http2Session) }).catch(() =>
        stream.close(),
      );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  async function pass(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    { upstream, isDead }: { upstream: ClientHttp2Session; isDead: () => boolean },
  ): Promise<void> {
    const isOver = () => stream.destroyed || stream.closed || isDead();
    const method = headers[':path']?.split('/').at(-1) ?? '';
    const request = await bodyOf(stream);
    if (isOver()) return;
    const token = reportedToken(method, request);
    const task = token === undefined ? undefined : open.get(token);
    const isWorkflow = method === 'RespondWorkflowTaskCompleted';
    if (token !== undefined) onMoment(isWorkflow ? 'completing' : 'reporting', task);
    if (isOver()) return;

    const { ':method': _method, ':path': path, ':authority': _authority, ':scheme': _scheme, ...rest } = headers;
    const asked = upstream.request({ ...rest, ':method': 'POST', ':path': path });
    asked.on('error', () => stream.close());
    stream.once('close', () => asked.close(constants.NGHTTP2_CANCEL));
    asked.end(request);
    let trailers: IncomingHttpHeaders = {};
    asked.once('trailers', (last) => (trailers = last));
    const [answered, flags] = (await once(asked, 'response')) as [IncomingHttpHeaders, number];
    const body = await bodyOf(asked);
    const status = (trailers['grpc-status'] ?? answered['grpc-status']) as string | undefined;
    if (status === '0' && !isDead()) for (const [token, given] of handedBy(method, body)) keep(token, given);
    if (isWorkflow && status === '0') onMoment('completed', task, commandsOf(request));
    if (isOver()) return;
    answer(stream, { answered, body, trailers, isWhole: (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0 });
  }

  function keep(token: string, given: Handed): void {
    if (given.kind === 'activity') handed.push(given);
    open.set(token, given);
  }

  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    handed,
    cut() {
      for (const session of sessions.keys()) dead.add(session);
    },
    async close() {
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function bodyOf(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

interface Answer {
  answered: IncomingHttpHeaders;
  body: Buffer;
  trailers: IncomingHttpHeaders;
  /** Headers alone, which hold the status then. */
  isWhole: boolean;
}

function answer(stream: ServerHttp2Stream, { answered, body, trailers, isWhole }: Answer): void {
  if (isWhole) {
    stream.respond(answered, { endStream: true });
    return;
  }
  stream.once('wantTrailers', () => stream.sendTrailers(trailers));
  stream.respond(answered, { waitForTrailers: true });
  stream.end(body);
}
