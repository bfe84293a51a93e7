/** Scheduled actions: new bounds at a given time. */
import type { Operation, OperationTable, Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import type { Activities } from './activities.ts';
import { describedPage } from './describe.ts';
import { identity, type ScheduledAction, type Target } from './model.ts';
import { localTime, matches, readSchedule, type Schedule } from './schedule.ts';
import type { Scaler } from './scaler.ts';
import { invalid, limitExceeded, type Store } from './store.ts';

const MINUTE = 60_000;
const PAGE_SIZE = 50;
const ACTIONS_PER_TARGET = 200;

interface Ports {
  engine: Pick<Engine, 'clock' | 'random' | 'account' | 'region'>;
  store: Store;
  scaler: Scaler;
  activities: Activities;
}

const checkZone = (timezone: string): void => {
  try {
    localTime(0, timezone);
  } catch {
    throw invalid(`The time zone ${timezone} is not supported.`);
  }
};

export const createScheduledActions = ({ engine, store, scaler, activities }: Ports) => {
  const { account, region, clock, random } = engine;
  let cancel = (): void => undefined;

  const firstOfRate = (schedule: Schedule, startTime: number | undefined): number | undefined =>
    schedule.kind === 'rate' ? (startTime ?? clock.now() + schedule.milliseconds) : undefined;

  const put: Operation = (params) => {
    const { resourceId } = store.owner(params);
    const name = String(params.ScheduledActionName);
    const key = store.childKey(resourceId, name);
    const existing = store.scheduledActions.get(key);
    const text = (params.Schedule ?? existing?.schedule) as string | undefined;
    const bounds = (params.ScalableTargetAction ?? {}) as { MinCapacity?: number; MaxCapacity?: number };
    const min = bounds.MinCapacity ?? existing?.minCapacity;
    const max = bounds.MaxCapacity ?? existing?.maxCapacity;
    if (text === undefined) throw invalid('Schedule must be specified when creating a scheduled action.');
    if (min === undefined && max === undefined)
      throw invalid('At least one of MinCapacity and MaxCapacity must be specified in ScalableTargetAction.');
    if (min !== undefined && max !== undefined && max < min)
      throw invalid('Maximum capacity cannot be less than minimum capacity');
    const timezone = (params.Timezone ?? existing?.timezone) as string | undefined;
    if (timezone !== undefined) checkZone(timezone);
    const schedule = readSchedule(text);
    if (schedule.kind === 'at' && params.Schedule !== undefined && schedule.local < localTime(clock.now(), timezone))
      throw invalid('The time of an at expression must be in the future.');
    if (existing === undefined && store.scheduledActionsOf(resourceId).length >= ACTIONS_PER_TARGET)
      throw limitExceeded(`A scalable target must not have more than ${ACTIONS_PER_TARGET} scheduled actions.`);
    const startTime = (params.StartTime as Date | undefined)?.getTime();
    const endTime = (params.EndTime as Date | undefined)?.getTime();
    const nextAt = firstOfRate(schedule, startTime);
    const prefix = `arn:aws:autoscaling:${region}:${account}:scheduledAction`;
    store.scheduledActions.set(key, {
      name,
      arn: existing?.arn ?? `${prefix}:${random.uuid()}:resource/ecs/${resourceId}:scheduledActionName/${name}`,
      resourceId,
      createdAt: existing?.createdAt ?? clock.now(),
      schedule: text,
      ...(timezone !== undefined && { timezone }),
      ...(startTime !== undefined && { startTime }),
      ...(endTime !== undefined && { endTime }),
      ...(min !== undefined && { minCapacity: min }),
      ...(max !== undefined && { maxCapacity: max }),
      ...(nextAt !== undefined && { nextAt }),
    });
    return {};
  };

  const describe: Operation = (params) => {
    const names = params.ScheduledActionNames as string[] | undefined;
    const wanted = [...store.scheduledActions.values()].filter(
      ({ resourceId, name }) =>
        store.isWanted(params, resourceId) && (names === undefined || names.length === 0 || names.includes(name)),
    );
    const { items, next } = describedPage('scheduled', wanted, params, PAGE_SIZE);
    return {
      ScheduledActions: items.map((action): Params => ({
        ScheduledActionName: action.name,
        ScheduledActionARN: action.arn,
        ...identity(action.resourceId),
        Schedule: action.schedule,
        Timezone: action.timezone,
        StartTime: action.startTime === undefined ? undefined : new Date(action.startTime),
        EndTime: action.endTime === undefined ? undefined : new Date(action.endTime),
        ScalableTargetAction: { MinCapacity: action.minCapacity, MaxCapacity: action.maxCapacity },
        CreationTime: new Date(action.createdAt),
      })),
      NextToken: next,
    };
  };

  /** Whether it acts in the minute that ends at `now`. */
  const isDue = (action: ScheduledAction, now: number): boolean => {
    if (now < (action.startTime ?? 0) || now > (action.endTime ?? Infinity)) return false;
    const schedule = readSchedule(action.schedule);
    const local = localTime(now, action.timezone);
    if (schedule.kind === 'at')
      return schedule.local <= local && schedule.local > localTime(now - MINUTE, action.timezone);
    if (schedule.kind === 'cron') return matches(schedule.fields, local);
    if (action.nextAt === undefined || now < action.nextAt) return false;
    action.nextAt += schedule.milliseconds * (1 + Math.floor((now - action.nextAt) / schedule.milliseconds));
    return true;
  };

  const act = (target: Target, action: ScheduledAction): void => {
    const { minCapacity: min, maxCapacity: max } = action;
    if (min !== undefined) target.minCapacity = min;
    if (max !== undefined) target.maxCapacity = max;
    // A bound that was not given gives way.
    if (min === undefined) target.minCapacity = Math.min(target.minCapacity, target.maxCapacity);
    if (max === undefined) target.maxCapacity = Math.max(target.minCapacity, target.maxCapacity);
    const bounds = [
      ...(min === undefined ? [] : [`min capacity to ${min}`]),
      ...(max === undefined ? [] : [`max capacity to ${max}`]),
    ].join(' and ');
    activities.bounded(target, { bounds, cause: `scheduled action name ${action.name} was triggered` });
    scaler.clamp(target);
  };

  const tick = (minute: number): void => {
    for (const action of store.scheduledActions.values()) {
      const target = store.targets.get(action.resourceId);
      if (target !== undefined && isDue(action, minute) && !target.suspended.scheduled) act(target, action);
    }
  };
  const arm = (): void => {
    const due = clock.now() + MINUTE - (clock.now() % MINUTE);
    cancel = clock.after(due - clock.now(), () => {
      for (let minute = due; minute <= clock.now(); minute += MINUTE) tick(minute);
      arm();
    });
  };

  const resource = ({ ResourceId }: Params): string | undefined => ResourceId as string | undefined;
  const operations: OperationTable = {
    PutScheduledAction: { run: put, mutating: true, resource, note: 'cron without L, W and #; acts at full minutes' },
    DescribeScheduledActions: { run: describe, mutating: false, resource },
    DeleteScheduledAction: {
      run: (params) => {
        const { resourceId, name } = store.scheduledAction(params);
        store.scheduledActions.delete(store.childKey(resourceId, name));
        return {};
      },
      mutating: true,
      resource,
    },
  };
  return { operations, start: arm, stop: (): void => cancel() };
};
