import { once } from 'node:events';
import type { Response } from 'express';

/** Proxies close silent connections after 30–60 s. */
const PING_MS = 15_000;
/** How soon a browser reconnects. */
const RETRY_MS = 1_000;

export interface ServerSentEvent {
  /** What a client sends back as `Last-Event-ID`. */
  id?: number;
  event: string;
  data: unknown;
}

export interface EventStream {
  /** Resolves when the client has room for more; rejects when it is gone. */
  send(event: ServerSentEvent): Promise<void>;
  end(): void;
}

/** Answers with Server-Sent Events. A comment each 15 s keeps the connection open. `signal` frees a stuck `send`. */
export function openEventStream(response: Response, signal: AbortSignal): EventStream {
  response.status(200).set({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  });
  response.flushHeaders();
  response.write(`retry: ${RETRY_MS}\n\n`);
  const ping = setInterval(() => {
    if (!response.writableNeedDrain) response.write(': ping\n\n');
  }, PING_MS);
  response.once('close', () => clearInterval(ping));
  return {
    async send({ id, event, data }) {
      const lines = [...(id === undefined ? [] : [`id: ${id}`]), `event: ${event}`, `data: ${JSON.stringify(data)}`];
      if (!response.write(`${lines.join('\n')}\n\n`)) await once(response, 'drain', { signal });
    },
    end() {
      clearInterval(ping);
      response.end();
    },
  };
}
