import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { createClients } from '../cloud/clients.ts';
import { loadConfig } from '../config.ts';
import { isWonderlandError } from '../domain/errors.ts';
import { createLogger } from '../logger.ts';
import { connectClient, registerSearchAttributes } from '../temporal.ts';
import { createApp } from './app.ts';
import { listen } from './listen.ts';

const RETRY_MS = 1_000;
const CALL_LIMIT_MS = 5_000;

const logger = createLogger('api');

async function main(): Promise<void> {
  const config = loadConfig();
  const temporal = connectClient(config);
  const stopping = new AbortController();
  const app = createApp({ config, temporal, clients: createClients(config), logger, shutdown: stopping.signal });
  const server = await listen(app, config.api);

  /** Streams end so that their clients resume elsewhere; other requests are let finish. */
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping.signal.aborted) return;
    logger.info({ signal }, 'stopping');
    const stopped = server.stop();
    stopping.abort();
    void stopped.then(() => temporal.connection.close()).finally(() => process.exit(0));
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  process.stdout.write(`${JSON.stringify({ ready: true, url: server.url })}\n`);

  await prepareTemporal(temporal, stopping.signal);
}

/** gRPC statuses of a Temporal, or a namespace in it, that is not there yet. */
const NOT_YET = [4, 5, 14];

/** Registers the search attributes as soon as Temporal is there; requests are served meanwhile. */
async function prepareTemporal(temporal: Client, stopping: AbortSignal): Promise<void> {
  for (let attempt = 1; !stopping.aborted; attempt += 1) {
    try {
      await registerSearchAttributes(temporal, CALL_LIMIT_MS);
      return;
    } catch (error) {
      const status = isWonderlandError(error) ? error.details?.grpcStatus : undefined;
      const again = NOT_YET.includes(Number(status));
      if (attempt === 1 || !again) logger.warn({ reason: reasonOf(error), again }, 'search attributes not registered');
      if (!again) return;
      await sleep(RETRY_MS);
    }
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function fail(error: unknown): void {
  const known = isWonderlandError(error) ? { code: error.code, hint: error.hint, issues: error.issues } : {};
  logger.fatal({ ...known, reason: reasonOf(error) }, 'cannot start');
  process.exit(1);
}

main().catch(fail);
