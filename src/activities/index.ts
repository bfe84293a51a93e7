import { createBalancerActivities } from './balancer.ts';
import type { Deps } from './deps.ts';
import { createDnsActivities } from './dns.ts';
import { createIntegrationActivities } from './integrations.ts';
import { createLockActivities } from './lock.ts';
import { createObserveActivities } from './observe.ts';
import { createPreflightActivities } from './preflight.ts';
import { createReleaseActivities } from './release.ts';
import { createRetireActivities } from './retire.ts';
import { createRevisionActivities } from './revision.ts';
import { createRolloutActivities } from './rollout.ts';
import { createServiceActivities } from './service.ts';

export const createActivities = (deps: Deps) => ({
  ...createObserveActivities(deps),
  ...createPreflightActivities(deps),
  ...createRevisionActivities(deps),
  ...createBalancerActivities(deps),
  ...createDnsActivities(deps),
  ...createServiceActivities(deps),
  ...createRolloutActivities(deps),
  ...createIntegrationActivities(deps),
  ...createLockActivities(deps),
  ...createReleaseActivities(deps),
  ...createRetireActivities(deps),
});

export type Activities = ReturnType<typeof createActivities>;
