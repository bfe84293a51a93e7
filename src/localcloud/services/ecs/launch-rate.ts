import type { Clock } from '../../engine/contract.ts';
import type { Service } from './model.ts';

/** Tasks that a service starts on EC2 instances in a minute at most. */
const MOST_A_MINUTE = 500;
const MINUTE = 60_000;

/** How many tasks each service has started lately. */
interface LaunchRate {
  /** So many more may start now. */
  left(service: Service): number;
  note(service: Service, started: number): void;
}

export const createLaunchRate = ({ now }: Pick<Clock, 'now'>): LaunchRate => {
  const launches = new Map<string, { at: number; count: number }[]>();
  const recent = ({ arn }: Service) => (launches.get(arn) ?? []).filter(({ at }) => now() - at < MINUTE);
  return {
    left: (service) => MOST_A_MINUTE - recent(service).reduce((sum, { count }) => sum + count, 0),
    note: (service, count) => {
      if (count > 0) launches.set(service.arn, [...recent(service), { at: now(), count }]);
    },
  };
};
