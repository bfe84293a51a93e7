/** Scaling activities: begun, moved on, ended, in AWS's words. */
import type { Engine } from '../../registration.ts';
import { subnetOf } from '../ec2/vpc.ts';
import type { Activity, ActivityStatus, Group, Member } from './model.ts';
import type { Store } from './store.ts';

export interface Activities {
  /** `At 2026-01-01T00:00:00Z …`, the sentence of a cause. */
  at(what: string): string;
  begin(
    group: Group,
    what: { description: string; causes: readonly string[]; zone?: string; status: ActivityStatus; progress?: number },
  ): Activity;
  /** Moves the activity on that is about this instance. */
  move(member: Member, status: ActivityStatus, progress: number): void;
  /** Ends it; a message says why it failed or was cancelled. */
  end(activity: Activity | undefined, status: 'Successful' | 'Failed' | 'Cancelled', message?: string): void;
  endOf(member: Member, status: 'Successful' | 'Failed' | 'Cancelled', message?: string): void;
  inProgress(group: Group): Activity | undefined;
  /** Id of the activity that bars those who honour it: one under way, or whose cooldown lasts. */
  blocking(group: Group): string | undefined;
}

export const createActivities = (engine: Engine, store: Store): Activities => {
  const { clock, random } = engine;
  const detailsOf = (zone: string | undefined): string =>
    zone === undefined ? '{}' : JSON.stringify({ 'Subnet ID': subnetOf(zone), 'Availability Zone': zone });

  const end: Activities['end'] = (activity, status, message) => {
    if (activity === undefined || activity.endedAt !== undefined) return;
    Object.assign(activity, { status, progress: 100, endedAt: clock.now() });
    if (message !== undefined) {
      activity.statusMessage = message;
      activity.description += `.  Status Reason: ${message}`;
    }
    engine.changed();
  };
  const inProgress: Activities['inProgress'] = (group) =>
    store.activities().find((activity) => activity.groupArn === group.arn && activity.endedAt === undefined);

  return {
    at: (what) => `At ${new Date(clock.now()).toISOString().slice(0, 19)}Z ${what}`,
    begin: (group, { description, causes, zone, status, progress = 0 }) =>
      store.record({
        id: random.uuid(),
        group: group.name,
        groupArn: group.arn,
        description,
        // AWS allows 1023 characters.
        cause: causes.join('  ').slice(0, 1023),
        startedAt: clock.now(),
        status,
        progress,
        details: detailsOf(zone),
      }),
    move: ({ activityId }, status, progress) => {
      const activity = store.activity(activityId);
      if (activity === undefined || activity.endedAt !== undefined) return;
      Object.assign(activity, { status, progress });
      engine.changed();
    },
    end,
    endOf: (member, status, message) => {
      end(store.activity(member.activityId), status, message);
      delete member.activityId;
    },
    inProgress,
    blocking: (group) => {
      const running = inProgress(group);
      if (running !== undefined || clock.now() >= group.cooldownUntil) return running?.id;
      const last = store.activities().find(({ groupArn }) => groupArn === group.arn);
      // The cooldown begins with the decision, a moment before the activity has a record.
      return last?.id ?? random.uuid();
    },
  };
};
