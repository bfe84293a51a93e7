/** What goes on by itself until somebody stops it, such as health that flaps. It survives a restart of the cloud. */
import type { Persistent } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';

export interface Recurrence {
  id: string;
  account: string;
  kind: 'flap' | 'crash-loop' | 'count-flap' | 'held-requests';
  /** An image reference (`flap`), a service, or a load balancer (`held-requests`). */
  subject: string;
  cluster?: string;
  everySeconds: number;
  /** The two counts of `count-flap`, how many requests of `held-requests`. */
  counts?: number[];
  /** How often it has happened. */
  times: number;
}

export interface Beat {
  /** Does it once. */
  beat(recurrence: Recurrence): Promise<void> | void;
  /** It is over. */
  end?(recurrence: Recurrence): void;
}

export interface Recurring extends Persistent {
  list(): Recurrence[];
  /** Begins at once; one of the same kind and subject takes the place of the earlier. */
  begin(recurrence: Omit<Recurrence, 'id' | 'times'>): Promise<Recurrence>;
  /** False when there is none. */
  end(account: string, kind: Recurrence['kind'], subject: string): boolean;
}

interface Ports {
  engine: Pick<Engine, 'clock' | 'random' | 'changed' | 'log'>;
  kinds: Record<Recurrence['kind'], Beat>;
}

export const createRecurring = ({ engine, kinds }: Ports): Recurring => {
  let all: Recurrence[] = [];
  const cancels = new Map<string, () => void>();

  const beat = async (recurrence: Recurrence): Promise<void> => {
    recurrence.times += 1;
    try {
      await kinds[recurrence.kind].beat(recurrence);
    } catch (error) {
      engine.log('a recurring event failed', { ...recurrence, error: String(error) });
    }
    engine.changed();
  };
  const run = (recurrence: Recurrence): void => {
    const cancel = engine.clock.every(recurrence.everySeconds * 1000, () => void beat(recurrence));
    cancels.set(recurrence.id, cancel);
  };
  const end = (account: string, kind: Recurrence['kind'], subject: string): boolean => {
    const found = all.find((one) => one.account === account && one.kind === kind && one.subject === subject);
    if (found === undefined) return false;
    cancels.get(found.id)?.();
    cancels.delete(found.id);
    all = all.filter((one) => one !== found);
    kinds[found.kind].end?.(found);
    return true;
  };

  return {
    key: 'recurring',
    save: () => all,
    load: (data) => {
      all = data as Recurrence[];
    },
    start: () => {
      all.forEach(run);
      return Promise.resolve();
    },
    stop: () => {
      for (const cancel of cancels.values()) cancel();
      for (const recurrence of all) kinds[recurrence.kind].end?.(recurrence);
      return Promise.resolve();
    },
    list: () => all,
    begin: async (given) => {
      end(given.account, given.kind, given.subject);
      const recurrence: Recurrence = { ...given, id: engine.random.uuid(), times: 0 };
      all.push(recurrence);
      run(recurrence);
      await beat(recurrence);
      return recurrence;
    },
    end,
  };
};
