/** Brings letters to HTTP endpoints on this machine, again and again as the delivery policy says. Nothing leaves the machine. */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Engine } from '../../registration.ts';
import type { Letter } from './documents.ts';
import { retryDelay, type RetryPolicy } from './retry-policy.ts';

/** Real milliseconds an endpoint has for its answer. */
const TIMEOUT_MILLISECONDS = 15_000;
/** Entries of the log that are kept. */
const KEPT = 200;

interface Parcel extends Letter {
  subscriptionArn: string;
  url: string;
  policy: RetryPolicy;
  /** Attempts made. */
  attempts: number;
  dueAt: number;
}

/** What became of one attempt, for people and tests. */
export interface Attempt {
  /** Cloud time. */
  time: number;
  subscriptionArn: string;
  messageId: string;
  url: string;
  /** `refused`: it would have left the machine. `retrying`: it failed and is tried again. */
  outcome: 'delivered' | 'retrying' | 'failed' | 'refused';
  /** HTTP status, or what went wrong. */
  detail: string;
}

export interface Delivery {
  send(subscriptionArn: string, url: string, letter: Letter, policy: RetryPolicy): void;
  attempts(): readonly Attempt[];
  save(): unknown;
  load(data: unknown): void;
  start(): void;
  stop(): void;
}

const isOnThisMachine = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);

/** Status of the answer; rejects when there is none. */
const post = (url: URL, { headers, body }: Letter, signal: AbortSignal): Promise<number> =>
  new Promise((resolve, reject) => {
    // Endpoints on the loopback have no certificates that anybody could trust.
    const isHttps = url.protocol === 'https:';
    const common = { method: 'POST', headers, agent: false as const, signal, timeout: TIMEOUT_MILLISECONDS };
    const request = isHttps ? requestHttps(url, { ...common, rejectUnauthorized: false }) : requestHttp(url, common);
    request.on('timeout', () => request.destroy(new Error('no answer within 15 seconds')));
    request.on('error', reject);
    request.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
      response.on('error', reject);
    });
    request.end(body);
  });

export const createDelivery = ({ clock, changed, log }: Engine): Delivery => {
  let parcels: Parcel[] = [];
  let attempts: Attempt[] = [];
  const stopped = new AbortController();

  const note = (parcel: Parcel, outcome: Attempt['outcome'], detail: string): void => {
    const { subscriptionArn, url, headers } = parcel;
    const messageId = headers['x-amz-sns-message-id'] ?? '';
    attempts.push({ time: Math.round(clock.now()), subscriptionArn, messageId, url, outcome, detail });
    attempts = attempts.slice(-KEPT);
    if (outcome !== 'retrying') parcels = parcels.filter((one) => one !== parcel);
    changed();
  };

  const failed = (parcel: Parcel, detail: string): void => {
    const delay = retryDelay(parcel.policy, parcel.attempts);
    if (delay === undefined) return note(parcel, 'failed', detail);
    parcel.dueAt = clock.now() + delay;
    note(parcel, 'retrying', detail);
    arm(parcel);
  };

  const attempt = (parcel: Parcel): void => {
    parcel.attempts += 1;
    post(new URL(parcel.url), parcel, stopped.signal).then(
      (status) => {
        if (status >= 200 && status < 300) note(parcel, 'delivered', String(status));
        // The endpoint does not want it; only what may pass is tried again.
        else if (status < 500 && status !== 429) note(parcel, 'failed', String(status));
        else failed(parcel, String(status));
      },
      (error: unknown) => {
        if (!stopped.signal.aborted) failed(parcel, error instanceof Error ? error.message : String(error));
      },
    );
  };

  const arm = (parcel: Parcel): void => {
    clock.after(Math.max(0, parcel.dueAt - clock.now()), () => {
      if (!stopped.signal.aborted) attempt(parcel);
    });
  };

  return {
    send: (subscriptionArn, url, letter, policy) => {
      const parcel = { ...letter, subscriptionArn, url, policy, attempts: 0, dueAt: clock.now() };
      if (isOnThisMachine(new URL(url))) {
        parcels.push(parcel);
        return attempt(parcel);
      }
      log('a delivery of SNS would have left this machine', { url });
      note(parcel, 'refused', 'only endpoints on the loopback are served');
    },
    attempts: () => attempts,
    save: () => ({ parcels, attempts }),
    load: (data) => ({ parcels, attempts } = data as { parcels: Parcel[]; attempts: Attempt[] }),
    start: () => parcels.forEach(arm),
    stop: () => stopped.abort(),
  };
};
