/** Quotas of an account, in force while the cloud is strict. AWS documents the numbers, not what it answers. */
import type { Settings } from '../../registration.ts';
import { clientError, invalid } from './input.ts';

const SERVICES_OF_CLUSTER = 5000;
const TASKS_OF_SERVICE = 5000;

export interface Quotas {
  /** `count`: how many there are already. */
  services(count: number): void;
  desiredCount(count: number): void;
}

/** @throws ClientException, InvalidParameterException what is one too many. */
export const createQuotas = (settings: Settings): Quotas => {
  const whenStrict =
    <T>(check: (value: T) => void) =>
    (value: T): void => {
      if (settings.strict) check(value);
    };
  return {
    services: whenStrict((count) => {
      if (count >= SERVICES_OF_CLUSTER)
        throw clientError(`The maximum number of services of a cluster, ${SERVICES_OF_CLUSTER}, has been reached.`);
    }),
    desiredCount: whenStrict((count) => {
      if (count > TASKS_OF_SERVICE) throw invalid(`desiredCount must be at most ${TASKS_OF_SERVICE}.`);
    }),
  };
};
