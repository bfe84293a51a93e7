import { setTimeout as sleep } from 'node:timers/promises';
import { readAccountId } from '../cloud/account.ts';
import type { Account } from '../domain/api.ts';
import type { ApiDeps } from './deps.ts';

/** The account that everything happens in. The first requests wait at most 2 s for AWS; until it has answered, the id is `unknown`. */
export type AccountReader = () => Promise<Account>;

const PATIENCE_MS = 2_000;
const RETRY_MS = 2_000;

/** Asks STS with the first request, and again until it has answered once. */
export function createAccountReader({ clients, config, shutdown }: ApiDeps): AccountReader {
  let id: string | undefined;
  let asking: Promise<void> | undefined;
  let patience: Promise<void> | undefined;

  async function ask(): Promise<void> {
    while (id === undefined && !shutdown.aborted) {
      try {
        id = await readAccountId(clients.sts, shutdown);
      } catch {
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  return async () => {
    asking ??= ask();
    patience ??= sleep(PATIENCE_MS, undefined, { ref: false });
    if (id === undefined) await Promise.race([asking, patience]);
    return { id: id ?? 'unknown', region: config.region, environment: config.environment };
  };
}
