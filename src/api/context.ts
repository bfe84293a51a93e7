import { setMaxListeners } from 'node:events';
import { createShare } from '../cloud/share.ts';
import { createServiceReader, type ServiceReader } from '../cloud/status.ts';
import { createAccountReader, type AccountReader } from './account.ts';
import { hasWorkers } from './deployments/ask-progress.ts';
import { createHub, type Hub } from './deployments/hub.ts';
import type { ApiDeps } from './deps.ts';
import { createInTurn, type InTurn } from './in-turn.ts';

/** What the routes share: the parts, and everything that is asked for once on behalf of many callers. */
export interface ApiContext extends ApiDeps {
  services: ServiceReader;
  account: AccountReader;
  hub: Hub;
  /** Keeps two requests for one id apart, which the kinds of changes share. */
  inTurn: InTurn;
  /** See `hasWorkers`; asked at most once a second. */
  hasWorkers: () => Promise<boolean>;
}

const WORKERS_KEPT_MS = 1_000;

export function createContext(deps: ApiDeps): ApiContext {
  const { config, temporal, logger, clients } = deps;
  setMaxListeners(0, deps.shutdown);
  const shareWorkers = createShare<boolean>(WORKERS_KEPT_MS);
  const workers = () => shareWorkers('', () => hasWorkers(temporal, config.temporal['task-queue']));
  return {
    ...deps,
    // One installation deploys to the first of its clusters.
    services: createServiceReader(clients, config.clusters[0]?.name ?? ''),
    account: createAccountReader(deps),
    inTurn: createInTurn(),
    hub: createHub({ temporal, logger, hasWorkers: workers }),
    hasWorkers: workers,
  };
}
