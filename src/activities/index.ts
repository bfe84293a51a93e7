import { createBalancerActivities } from './balancer.ts';
import type { Deps } from './deps.ts';
import { createIntegrationActivities } from './integrations.ts';
import { createLockActivities } from './lock.ts';
import { createObserveActivities } from './observe.ts';
import { createRevisionActivities } from './revision.ts';
import { createRolloutActivities } from './rollout.ts';
import { createServiceActivities } from './service.ts';

export const createActivities = (deps: Deps) => ({
  ...createObserveActivities(deps),
  ...createRevisionActivities(deps),
  ...createBalancerActivities(deps),
  ...createServiceActivities(deps),
  ...createRolloutActivities(deps),
  ...createIntegrationActivities(deps),
  ...createLockActivities(deps),
});

export type Activities = ReturnType<typeof createActivities>;
