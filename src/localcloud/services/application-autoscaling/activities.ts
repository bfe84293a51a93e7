/** Scaling activities: what was set, why, and what came of it. */
import type { Fleet, FleetService, Operation, Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { describedPage } from './describe.ts';
import { identity, type Activity, type Target } from './model.ts';
import type { Store } from './store.ts';

const KEPT_MILLISECONDS = 42 * 24 * 3_600_000;
const KEPT_ITEMS = 1000;
const PAGE_SIZE = 50;
/** So often it is looked whether a change has been fulfilled. */
const CHECK_MILLISECONDS = 5000;

interface Ports {
  engine: Pick<Engine, 'clock' | 'random' | 'changed'>;
  fleet: Fleet;
  store: Store;
}

export type Activities = ReturnType<typeof createActivities>;

export const createActivities = ({ engine, fleet, store }: Ports) => {
  const { clock, random } = engine;
  /** Oldest first. */
  let all: Activity[] = [];
  let cancel = (): void => undefined;

  const add = (target: Target, activity: Omit<Activity, 'id' | 'resourceId' | 'startedAt'>): Activity => {
    const now = clock.now();
    const added = { id: random.uuid(), resourceId: target.resourceId, startedAt: now, ...activity };
    all.push(added);
    all = all.filter(({ startedAt }) => startedAt >= now - KEPT_MILLISECONDS).slice(-KEPT_ITEMS);
    engine.changed();
    return added;
  };
  const end = (activity: Activity, status: Activity['status'], statusMessage: string): void => {
    Object.assign(activity, { status, statusMessage, endedAt: clock.now() });
    engine.changed();
  };
  const running = (): Activity[] => all.filter(({ status }) => status === 'InProgress');

  const check = (activity: Activity, service: FleetService | undefined): void => {
    const { capacity } = activity;
    if (service === undefined) {
      end(activity, 'Failed', `Successfully set desired count to ${capacity}. Found it was later deleted.`);
    } else if (service.desiredCount !== capacity) {
      const later = `Found it was later changed to ${service.desiredCount}.`;
      end(activity, 'Overridden', `Successfully set desired count to ${capacity}. ${later}`);
    } else if (service.runningCount === capacity && service.pendingCount === 0) {
      const message = `Successfully set desired count to ${capacity}. Change successfully fulfilled by ecs.`;
      end(activity, 'Successful', message);
    }
  };
  const checkAll = (activities: readonly Activity[]): void => {
    if (activities.length === 0) return;
    const services = store.services();
    for (const activity of activities) check(activity, services.get(activity.resourceId));
  };
  const arm = (): void => {
    cancel();
    if (running().length === 0) return;
    cancel = clock.after(CHECK_MILLISECONDS, () => {
      checkAll(running());
      arm();
    });
  };

  const describe: Operation = (params) => {
    const wanted = all
      .filter(({ resourceId }) => store.isWanted(params, resourceId))
      .filter(({ notScaled }) => notScaled === undefined || params.IncludeNotScaledActivities === true)
      .reverse();
    const { items, next } = describedPage('activities', wanted, params, PAGE_SIZE);
    return {
      ScalingActivities: items.map((activity): Params => ({
        ActivityId: activity.id,
        ...identity(activity.resourceId),
        Description: activity.description,
        Cause: activity.cause,
        StartTime: new Date(activity.startedAt),
        EndTime: activity.endedAt === undefined ? undefined : new Date(activity.endedAt),
        StatusCode: activity.status,
        StatusMessage: activity.statusMessage,
        NotScaledReasons: activity.notScaled === undefined ? undefined : [activity.notScaled],
      })),
      NextToken: next,
    };
  };

  return {
    describe,
    /** Sets the desired count, and follows what becomes of it. */
    scale: (target: Target, capacity: number, cause: string): void => {
      const [, cluster = '', service = ''] = target.resourceId.split('/');
      const description = `Setting desired count to ${capacity}.`;
      const isSet = fleet.setDesiredCount(cluster, service, capacity);
      if (!isSet) {
        const statusMessage = `Failed to set desired count to ${capacity}. Reason: The ECS service cannot be updated as it is unable to be found or not active.`;
        add(target, { description, cause, capacity, status: 'Failed', statusMessage, endedAt: clock.now() });
        return;
      }
      checkAll(running().filter(({ resourceId }) => resourceId === target.resourceId));
      const statusMessage = `Successfully set desired count to ${capacity}. Waiting for change to be fulfilled by ecs.`;
      add(target, { description, cause, capacity, status: 'InProgress', statusMessage });
      arm();
    },
    /** A scheduled action has changed the bounds. */
    bounded: (target: Target, { bounds, cause }: { bounds: string; cause: string }): void =>
      void add(target, {
        description: `Setting ${bounds}`,
        cause,
        status: 'Successful',
        statusMessage: `Successfully set ${bounds}`,
      }),
    /** Said once, until something else happens. */
    notScaled: (target: Target, cause: string, reason: Params): void => {
      const last = all.findLast(({ resourceId }) => resourceId === target.resourceId);
      if (last?.notScaled?.Code === reason.Code) return;
      const description = 'Attempting to scale due to alarm triggered';
      add(target, { description, cause, status: 'Failed', notScaled: reason });
    },
    save: () => all,
    load: (saved: Activity[]): void => {
      all = saved;
    },
    start: arm,
    stop: (): void => cancel(),
  };
};
