import type { Remembered } from './engine/state.ts';

/** More than this are forgotten, the oldest first. */
const KEPT = 1000;

export interface Received {
  path: string;
  /** Cloud time. */
  time: number;
  body: string;
}

export interface Sink extends Remembered {
  take(received: Received): void;
  list(): Received[];
}

/** Where integrations post to when there is nobody else: keeps what arrives for people and tests to look at. */
export const createSink = (): Sink => {
  let received: Received[] = [];
  return {
    key: 'sink',
    save: () => received,
    load: (data) => {
      received = data as Received[];
    },
    take: (one) => {
      received.push(one);
      if (received.length > KEPT) received.shift();
    },
    list: () => received,
  };
};
