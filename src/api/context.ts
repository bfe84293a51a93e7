import { setMaxListeners } from 'node:events';
import { createShare } from '../cloud/share.ts';
import { createServiceReader, type ServiceReader } from '../cloud/status.ts';
import { createAccountReader, type AccountReader } from './account.ts';
import { createHub, type Hub } from './deployments/hub.ts';
import { readWorkers, type Workers } from '../workers.ts';
import type { ApiDeps } from './deps.ts';
import { createInTurn, type InTurn } from './in-turn.ts';

/** What the routes share: the parts, and everything that is asked for once on behalf of many callers. */
export interface ApiContext extends ApiDeps {
  services: ServiceReader;
  account: AccountReader;
  hub: Hub;
  /** Keeps two requests for one id apart, which the kinds of changes share. */
  inTurn: InTurn;
  /** Asked at most once a second. */
  workers: () => Promise<Workers>;
}

const WORKERS_KEPT_MS = 1_000;

export function createContext(deps: ApiDeps): ApiContext {
  const { config, temporal, logger, clients } = deps;
  setMaxListeners(0, deps.shutdown);
  const shareWorkers = createShare<Workers>(WORKERS_KEPT_MS);
  const workers = () => shareWorkers('', () => readWorkers(temporal, config.temporal['task-queue']));
  return {
    ...deps,
    // One installation deploys to the first of its clusters.
    services: createServiceReader(clients, config.clusters[0]?.name ?? ''),
    account: createAccountReader(deps),
    inTurn: createInTurn(),
    hub: createHub({ temporal, logger, workers }),
    workers,
  };
}
