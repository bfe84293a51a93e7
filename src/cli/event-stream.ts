import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamNotice } from '../domain/api.ts';
import { WonderlandError } from '../domain/errors.ts';
import type { DeployEvent } from '../domain/events.ts';
import type { ApiClient } from './api-client.ts';
import { backoff, isTransient } from './retry.ts';

/** How long a stream may be away before `wl` gives up. */
const PATIENCE_MS = 10 * 60_000;

export interface EventStreamOptions {
  client: ApiClient;
  service: string;
  id: string;
  signal: AbortSignal;
  /** Told when the connection is lost for longer than a reconnect, and when it is back. */
  note: (message: string) => void;
  /** @default 10 minutes */
  patienceMs?: number;
}

/**
 * The events of a change, each once and in order, to its verdict. Survives restarts of the API: reconnects and
 * resumes behind the last event. Ends early, without an error, when `signal` is aborted.
 * @throws WonderlandError `unavailable` after `patienceMs` without an answer, or what the API answers for good.
 */
export async function* streamEvents(options: EventStreamOptions): AsyncGenerator<DeployEvent | StreamNotice> {
  const { client, service, id, signal, note, patienceMs = PATIENCE_MS } = options;
  let lastEventId: number | undefined;
  let lostAt: number | undefined;
  let attempt = 0;
  let noted = false;
  const onOpen = () => {
    if (noted) note('The API answers again.');
    noted = false;
    lostAt = undefined;
  };
  while (!signal.aborted) {
    let opened = false;
    try {
      const stream = client.events(service, id, {
        signal,
        ...(lastEventId !== undefined && { lastEventId }),
        onOpen: () => {
          opened = true;
          onOpen();
        },
      });
      for await (const message of stream) {
        attempt = 0;
        if (message === undefined) continue;
        if (message.id === undefined) {
          if (message.event === 'waiting-for-worker') yield { type: 'waiting-for-worker' };
          continue;
        }
        const event = JSON.parse(message.data) as DeployEvent;
        if (lastEventId !== undefined && event.seq <= lastEventId) continue;
        lastEventId = event.seq;
        yield event;
        if (event.type === 'verdict') return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!isTransient(error)) throw error;
      lostAt ??= Date.now();
      if (Date.now() - lostAt >= patienceMs) throw gaveUp(error as WonderlandError, service, id, patienceMs);
      if (!opened && !noted) {
        note(`${(error as Error).message}. The change goes on without it; trying again.`);
        noted = true;
      }
    }
    await sleep(backoff(attempt++), undefined, { signal }).catch(() => undefined);
  }
}

const gaveUp = (error: WonderlandError, service: string, id: string, patienceMs: number): WonderlandError =>
  new WonderlandError('unavailable', `${error.message}, for ${Math.round(patienceMs / 1000)} s now`, {
    hint: `The change goes on. When the API is back: wl follow ${service}/${id}`,
    cause: error,
  });
