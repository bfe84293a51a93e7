import type { Client } from '@temporalio/client';
import type { Clients } from '../cloud/clients.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../logger.ts';

/** What the API is made of; `createApp` wires the rest from it. */
export interface ApiDeps {
  config: Config;
  temporal: Client;
  clients: Clients;
  logger: Logger;
  /** When it aborts, event streams end so that their clients resume at another process. */
  shutdown: AbortSignal;
}

/** One request never waits for Temporal longer than this. */
export const TEMPORAL_LIMIT_MS = 5_000;
