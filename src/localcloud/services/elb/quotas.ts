/** Quotas of an account; they are held against only when the cloud is strict. */
import type { Engine } from '../../registration.ts';
import { invalidConfiguration } from './errors.ts';

export const MOST_BALANCERS = 20;
const MOST_LISTENERS = 100;
const MOST_INSTANCES = 1000;

export const ACCOUNT_LIMITS = [
  { Name: 'classic-load-balancers', Max: String(MOST_BALANCERS) },
  { Name: 'classic-listeners', Max: String(MOST_LISTENERS) },
  { Name: 'classic-registered-instances', Max: String(MOST_INSTANCES) },
];

/** `count`: how many the balancer would have. */
export const checkListenerCount = ({ settings }: Pick<Engine, 'settings'>, count: number): void => {
  if (!settings.strict || count <= MOST_LISTENERS) return;
  throw invalidConfiguration(`A load balancer can have at most ${MOST_LISTENERS} listeners`);
};

export const checkInstanceCount = ({ settings }: Pick<Engine, 'settings'>, count: number): void => {
  if (!settings.strict || count <= MOST_INSTANCES) return;
  throw invalidConfiguration(`A load balancer can have at most ${MOST_INSTANCES} registered instances`);
};
