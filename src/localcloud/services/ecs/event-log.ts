import type { Engine } from '../../registration.ts';
import type { Service } from './model.ts';

/** DescribeServices shows no more. */
const KEPT = 100;
/** The same complaint is repeated after so long. */
const SILENCE = 6 * 3_600_000;

export interface EventLog {
  add(service: Service, text: string): void;
  /** Says it once until it is resolved or six hours have passed; true when it was said. */
  complain(service: Service, kind: string, text: string): boolean;
  resolved(service: Service, kind: string): void;
}

export const createEventLog = ({ clock, changed, random }: Pick<Engine, 'clock' | 'changed' | 'random'>): EventLog => {
  const add = (service: Service, text: string): void => {
    // Two events of one tick keep their order also for readers who sort by time.
    const createdAt = Math.max(clock.now(), (service.events[0]?.createdAt ?? 0) + 1);
    service.events.unshift({ id: random.uuid(), createdAt, message: `(service ${service.name}) ${text}` });
    service.events.length = Math.min(service.events.length, KEPT);
    changed();
  };
  return {
    add,
    complain: (service, kind, text) => {
      const last = service.complaints[kind];
      if (last !== undefined && clock.now() - last < SILENCE) return false;
      service.complaints[kind] = clock.now();
      add(service, text);
      return true;
    },
    resolved: (service, kind) => {
      delete service.complaints[kind];
    },
  };
};
