/** Changes on their way: PENDING for half a minute to a minute of cloud time, then INSYNC and answered by DNS. */
import { AwsError, type Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { applyChange } from './change-batch.ts';
import type { Change } from './objections.ts';
import type { Zone } from './zones.ts';

const SHORTEST_MILLISECONDS = 30_000;
const LONGEST_MILLISECONDS = 60_000;
/** Changes remembered for GetChange. */
const KEPT_CHANGES = 1000;

/** All times are cloud time. */
export interface ChangeInfo {
  id: string;
  zoneId: string;
  submittedAt: number;
  insyncAt: number;
  comment?: string;
  /** What DNS answers anew when it is INSYNC; absent once it is. */
  pending?: Change[];
}

export interface Changes {
  /** Sets a change going; DNS answers by the batches of a zone in their order. */
  submit(zoneId: string, batch: Change[], comment?: string): ChangeInfo;
  /** @throws NoSuchChange */
  get(id: string): ChangeInfo;
  /** What is due is INSYNC from now on. */
  settle(): void;
  pending(): ChangeInfo[];
  save(): ChangeInfo[];
  load(changes: ChangeInfo[]): void;
  start(): void;
}

export const createChanges = (engine: Engine, zones: () => Record<string, Zone>): Changes => {
  const { clock, random, settings } = engine;
  let all: ChangeInfo[] = [];

  const settle = (): void => {
    if (settings.dnsPending) return;
    for (const change of all) {
      if (change.pending === undefined || change.insyncAt > clock.now()) continue;
      const served = zones()[change.zoneId]?.served;
      for (const one of change.pending) if (served !== undefined) applyChange(served, one);
      delete change.pending;
      engine.changed();
    }
  };
  const arm = ({ insyncAt }: ChangeInfo): void => void clock.after(Math.max(0, insyncAt - clock.now()), settle);

  return {
    submit: (zoneId, batch, comment) => {
      const submittedAt = clock.now();
      const own = submittedAt + SHORTEST_MILLISECONDS + random.below(LONGEST_MILLISECONDS - SHORTEST_MILLISECONDS + 1);
      const before = all.findLast((change) => change.zoneId === zoneId)?.insyncAt ?? 0;
      const insyncAt = Math.max(own, before);
      const change: ChangeInfo = {
        id: `C${random.code(20)}`,
        zoneId,
        submittedAt,
        insyncAt,
        ...(comment === undefined ? {} : { comment }),
        pending: batch,
      };
      const forgotten = all.length - KEPT_CHANGES;
      all = [...all.filter(({ pending }, i) => i > forgotten || pending !== undefined), change];
      arm(change);
      return change;
    },
    get: (id) => {
      settle();
      const change = all.find((one) => one.id === id.replace(/^\/change\//, ''));
      if (change === undefined) throw new AwsError('NoSuchChange', `Could not find resource with ID: ${id}`, 404);
      return change;
    },
    settle,
    pending: () => {
      settle();
      return all.filter(({ pending }) => pending !== undefined);
    },
    save: () => all,
    load: (changes) => {
      all = changes;
    },
    start: () => {
      for (const change of all) if (change.pending !== undefined) arm(change);
    },
  };
};

export const writeChange = ({ id, pending, submittedAt, comment }: ChangeInfo): Params => ({
  Id: `/change/${id}`,
  Status: pending === undefined ? 'INSYNC' : 'PENDING',
  SubmittedAt: new Date(submittedAt),
  Comment: comment,
});
