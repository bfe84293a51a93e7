/** The deployment circuit breaker: after how many failures a deployment has failed. */
import type { Params } from '../../engine/contract.ts';
import type { Settings } from '../../registration.ts';
import type { Service } from './model.ts';

/** Bounds of BOUNDED_PERCENT. */
const LEAST = 3;
const MOST = 200;
const DEFAULT_PERCENT = 50;

interface Breaker {
  threshold: number;
  rollsBack: boolean;
  /** A healthy task makes the count begin anew. */
  resets: boolean;
}

/** Behind a classic load balancer ECS tells no rollout state, and breaks nothing either. */
export const tellsRollout = (service: Pick<Service, 'loadBalancers'>, settings: Settings): boolean =>
  service.loadBalancers.length === 0 || settings.rolloutStateBehindClassic;

const thresholdOf = (given: Params | undefined, desiredCount: number): number => {
  const { type = 'BOUNDED_PERCENT', value = DEFAULT_PERCENT } = { ...given } as { type?: string; value?: number };
  if (type === 'COUNT') return value;
  const share = Math.ceil((value * desiredCount) / 100);
  return type === 'UNBOUNDED_PERCENT' ? Math.max(1, share) : Math.min(MOST, Math.max(LEAST, share));
};

/** Undefined while it is switched off. */
export const breakerOf = (service: Service, settings: Settings): Breaker | undefined => {
  const given = service.deploymentConfiguration.deploymentCircuitBreaker as Params | undefined;
  if (given?.enable !== true || !tellsRollout(service, settings)) return undefined;
  return {
    threshold: thresholdOf(given.thresholdConfiguration as Params | undefined, service.desiredCount),
    rollsBack: given.rollback === true,
    resets: given.resetOnHealthyTask !== false,
  };
};
