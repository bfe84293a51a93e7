/** Everything of Route 53 that outlives the process, but for changes on their way. */
import type { Engine } from '../../registration.ts';
import type { HealthCheck } from './health-checks.ts';
import type { TagTable } from './tags.ts';
import { chooseNameServers, newZone, type Zone } from './zones.ts';
import { tableOf } from '../../engine/table.ts';

/** Id of the zone every account begins with, less the last four characters, which tell accounts apart. */
const DEFAULT_ZONE_ID = 'Z0C1A55E5C1A55E5';

/** Four name servers that several zones may share. */
export interface DelegationSet {
  id: string;
  callerReference: string;
  nameServers: string[];
}

export interface State {
  zones: Record<string, Zone>;
  delegationSets: Record<string, DelegationSet>;
  healthChecks: Record<string, HealthCheck>;
  /** Caller references of health checks that were deleted: AWS never takes them again. */
  spentReferences: string[];
  /** Likewise of hosted zones. */
  spentZoneReferences: string[];
  tags: TagTable;
}

/** An account with nothing but the zone of its domain. */
export const firstState = (engine: Engine): State => {
  const id = `${DEFAULT_ZONE_ID}${engine.account.slice(0, 4)}`;
  const name = `${engine.domain}.`;
  const zone = newZone({ id, name, callerReference: 'default', nameServers: chooseNameServers(engine) });
  return {
    zones: tableOf({ [id]: zone }),
    delegationSets: tableOf(),
    healthChecks: tableOf(),
    spentReferences: [],
    spentZoneReferences: [],
    tags: {},
  };
};

/** What the operations stand on; the state is another one after a load. */
export interface Context {
  engine: Engine;
  state: () => State;
}
