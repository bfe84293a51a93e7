import assert from 'node:assert/strict';
import { readServerSentEvents } from '../../../src/cli/sse.ts';
import type { DeployEvent } from '../../../src/domain/events.ts';
import type { Api, Request } from './harness.ts';
import { deploymentPath } from './requests.ts';

/** What a client got, in order: numbered events, or names of notices. */
export type Received = DeployEvent | string;

export interface Stream {
  received: Received[];
  /** Resolves when the server has ended the stream. */
  ended: Promise<void>;
  /** The client leaves. */
  leave: () => void;
}

/** Opens the event stream of a deployment and collects what comes. */
export async function openStream(
  api: Api,
  { service, id }: { service: string; id: string },
  { headers = {}, query = '' }: Request & { query?: string } = {},
): Promise<Stream> {
  const leaving = new AbortController();
  const path = `${deploymentPath(service, id)}/events${query}`;
  const response = await api.send('GET', path, { headers, signal: leaving.signal });
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
  assert.ok(response.body);
  const { body } = response;
  const received: Received[] = [];
  const ended = (async () => {
    for await (const message of readServerSentEvents(body)) {
      if (message === undefined || message.data === '') continue;
      const event = JSON.parse(message.data) as DeployEvent;
      assert.equal(message.event, event.type);
      if (message.id === undefined) received.push(message.event);
      else {
        assert.equal(message.id, String(event.seq));
        received.push(event);
      }
    }
  })();
  ended.catch(() => undefined);
  return { received, ended, leave: () => leaving.abort() };
}

export const seqs = (received: Received[]): number[] =>
  received.flatMap((event) => (typeof event === 'string' ? [] : [event.seq]));
