/** Quotas of an account, in force while the cloud is strict. AWS documents the numbers, not what it answers. */
import type { Settings } from '../../registration.ts';
import { clientError, invalid } from './input.ts';

const CLUSTERS = 10_000;
const INSTANCES_OF_CLUSTER = 5000;
const SERVICES_OF_CLUSTER = 5000;
const TASKS_OF_SERVICE = 5000;

export interface Quotas {
  /** `count`: how many there are already. */
  clusters(count: number): void;
  containerInstances(count: number): void;
  /** Whether a cluster of so many container instances takes no more. */
  isFull(count: number): boolean;
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
  const atMost = (most: number, what: string) =>
    whenStrict((count: number) => {
      if (count >= most) throw clientError(`The maximum number of ${what}, ${most}, has been reached.`);
    });
  return {
    clusters: atMost(CLUSTERS, 'clusters'),
    containerInstances: atMost(INSTANCES_OF_CLUSTER, 'container instances of a cluster'),
    isFull: (count) => settings.strict && count >= INSTANCES_OF_CLUSTER,
    services: atMost(SERVICES_OF_CLUSTER, 'services of a cluster'),
    desiredCount: whenStrict((count) => {
      if (count > TASKS_OF_SERVICE) throw invalid(`desiredCount must be at most ${TASKS_OF_SERVICE}.`);
    }),
  };
};
