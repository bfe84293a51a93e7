/** Instance refresh: replaces a group's instances step by step, and back again. */
import type { Engine } from '../../registration.ts';
import type { LaunchTemplates } from '../ec2/launch-templates.ts';
import type { Activities } from './activities.ts';
import type { Lifecycle } from './lifecycle.ts';
import {
  activeRefresh,
  counted,
  isLeaving,
  isSuspended,
  type Group,
  type Member,
  type Refresh,
  type TemplateReference,
} from './model.ts';
import { checkpointsOf, surveyAt, type Outlook } from './outlook.ts';

interface Ports {
  engine: Engine;
  templates: LaunchTemplates;
  activities: Activities;
  lifecycle: Pick<Lifecycle, 'terminate'>;
}

export interface Refresher {
  /** Takes the active refresh of a group, if any, a step further. */
  step(group: Group): void;
  /** What new instances are launched from: while it is refreshed, the desired configuration. */
  template(group: Group): TemplateReference;
  isReplacing(group: Group): boolean;
  /** The group grows to `lower` and shrinks to `upper`: both are its desired capacity unless a refresh needs room. */
  bounds(group: Group): { lower: number; upper: number };
  beginRollback(group: Group, refresh: Refresh, reason: string): void;
}

/** So long a refresh waits for what keeps it from going on. */
const PATIENCE_MILLISECONDS = 3_600_000;

export const createRefresher = ({ engine, templates, activities, lifecycle }: Ports): Refresher => {
  const { clock } = engine;
  const isReplacing = (group: Group): boolean =>
    ['InProgress', 'RollbackInProgress'].includes(activeRefresh(group)?.status ?? '');

  const survey = (group: Group, refresh: Refresh): Outlook => surveyAt(clock.now(), group, refresh);

  const finish = (refresh: Refresh, status: Refresh['status'], reason?: string): void => {
    Object.assign(refresh, { status, endedAt: clock.now() });
    if (reason === undefined) delete refresh.statusReason;
    else refresh.statusReason = reason;
    engine.changed();
  };
  const beginRollback: Refresher['beginRollback'] = (group, refresh, reason) => {
    const { percentageComplete, instancesToUpdate, startedAt = 0 } = refresh;
    refresh.rollback = { reason, startedAt: clock.now(), percentageComplete, instancesToUpdate };
    refresh.status = 'RollbackInProgress';
    refresh.outdated = group.members
      .filter((member) => member.launchedAt >= startedAt && !isLeaving(member))
      .map(({ instanceId }) => instanceId);
    refresh.outdatedAtFirst = refresh.outdated.length;
    delete refresh.pausedUntil;
    delete refresh.stuckSince;
    delete refresh.endedAt;
    engine.changed();
  };
  const fail = (group: Group, refresh: Refresh, reason: string): void => {
    if (refresh.status === 'RollbackInProgress') finish(refresh, 'RollbackFailed', reason);
    else if (refresh.preferences.rollsBack) beginRollback(group, refresh, reason);
    else finish(refresh, 'Failed', reason);
  };
  const succeed = (group: Group, refresh: Refresh): void => {
    refresh.instancesToUpdate = 0;
    if (refresh.status === 'RollbackInProgress') {
      refresh.percentageComplete = 0;
      finish(refresh, 'RollbackSuccessful');
      return;
    }
    if (refresh.status === 'InProgress' && refresh.preferences.bakeSeconds > 0) {
      refresh.status = 'Baking';
      refresh.pausedUntil = clock.now() + refresh.preferences.bakeSeconds * 1000;
      engine.changed();
      return;
    }
    if (refresh.desired !== undefined) group.template = refresh.desired;
    finish(refresh, 'Successful');
  };

  const begin = (group: Group, refresh: Refresh): void => {
    const wanted = refresh.desired ?? group.template;
    const template = templates.find(wanted.id);
    const target = template && String(templates.version(template, wanted.version).number);
    const isMatching = (member: Member): boolean =>
      member.template?.id === wanted.id && member.template.version === target;
    refresh.status = 'InProgress';
    refresh.startedAt = clock.now();
    refresh.outdated = group.members
      .filter((member) => !isLeaving(member) && !(refresh.preferences.skipsMatching && isMatching(member)))
      .map(({ instanceId }) => instanceId);
    refresh.outdatedAtFirst = refresh.outdated.length;
    refresh.instancesToUpdate = refresh.outdated.length;
    engine.changed();
  };

  const note = (refresh: Refresh, reason: string | undefined): void => {
    if (refresh.statusReason === reason) return;
    if (reason === undefined) delete refresh.statusReason;
    else refresh.statusReason = reason;
    engine.changed();
  };
  const measure = (refresh: Refresh, { replaceable, waiting, warming }: Outlook): void => {
    const first = refresh.outdatedAtFirst;
    const open = Math.min(first, replaceable.length + waiting.length + warming.length);
    const share = first === 0 ? 1 : (first - open) / first;
    const complete = refresh.rollback
      ? Math.floor(refresh.rollback.percentageComplete * (1 - share))
      : Math.floor(100 * share);
    if (complete === refresh.percentageComplete && open === refresh.instancesToUpdate) return;
    refresh.percentageComplete = complete;
    refresh.instancesToUpdate = open;
    engine.changed();
  };

  /** True when the refresh waits at a checkpoint, or has ended at its last. */
  const isHeldAtCheckpoint = (group: Group, refresh: Refresh): boolean => {
    const { checkpointDelaySeconds } = refresh.preferences;
    const checkpointPercentages = checkpointsOf(refresh);
    if (refresh.pausedUntil !== undefined) {
      if (clock.now() < refresh.pausedUntil) return true;
      delete refresh.pausedUntil;
    }
    const checkpoint = checkpointPercentages[refresh.checkpointsPassed];
    if (checkpoint === undefined || refresh.percentageComplete < checkpoint) return false;
    refresh.checkpointsPassed += 1;
    if (refresh.checkpointsPassed === checkpointPercentages.length) {
      succeed(group, refresh);
      return true;
    }
    refresh.pausedUntil = clock.now() + checkpointDelaySeconds * 1000;
    note(
      refresh,
      `Waiting at the checkpoint of ${checkpoint}% for ${checkpointDelaySeconds} seconds before continuing.`,
    );
    return true;
  };

  const mayGo = (group: Group, refresh: Refresh, { warming, quota, least }: Outlook): number => {
    const healthy = counted(group).filter(
      (member) => member.state === 'InService' && member.health === 'Healthy' && !warming.includes(member),
    ).length;
    const isQuiet = warming.length === 0 && group.members.every((member) => !isLeaving(member));
    // Without a maximum one is replaced at a time even if the minimum would not allow it.
    const isForced =
      refresh.preferences.maxHealthyPercentage === undefined && isQuiet && counted(group).length >= group.desired;
    return Math.min(quota, Math.max(healthy - least, isForced ? 1 : 0));
  };

  const roll = (group: Group, refresh: Refresh): void => {
    const outlook = survey(group, refresh);
    const { replaceable, waiting, warming } = outlook;
    measure(refresh, outlook);
    if (isHeldAtCheckpoint(group, refresh)) return;
    if (replaceable.length + waiting.length + warming.length === 0 && counted(group).length >= group.desired)
      return succeed(group, refresh);
    if (isSuspended(group, 'Launch') || isSuspended(group, 'Terminate'))
      return note(refresh, 'Waiting for the processes Launch and Terminate to be resumed.');
    const going = replaceable.slice(0, mayGo(group, refresh, outlook));
    for (const member of going) {
      lifecycle.terminate(group, member, [
        activities.at('an instance was taken out of service in response to an instance refresh.'),
        activities.at(`instance ${member.instanceId} was selected for termination.`),
      ]);
    }
    const isMoving = going.length > 0 || warming.length > 0 || group.members.some(isLeaving);
    if (warming[0] !== undefined) {
      const { instanceId } = warming[0];
      note(refresh, `Waiting for instances to warm up before continuing. For example: ${instanceId} is warming up.`);
    } else if (!isMoving && waiting[0] !== undefined) {
      const why = waiting[0].state === 'Standby' ? 'is in Standby state' : 'is protected from scale in';
      note(refresh, `Waiting for remaining instances to be available. For example: ${waiting[0].instanceId} ${why}.`);
    } else note(refresh, undefined);
    if (isMoving) {
      delete refresh.stuckSince;
      return;
    }
    refresh.stuckSince ??= clock.now();
    if (clock.now() - refresh.stuckSince < PATIENCE_MILLISECONDS) return;
    fail(
      group,
      refresh,
      refresh.statusReason ?? 'Failed to launch instances. See the scaling activities of the group.',
    );
  };

  const cancel = (group: Group, refresh: Refresh): void => {
    const isQuiet = counted(group).every(({ state }) => state === 'InService') && !group.members.some(isLeaving);
    if (refresh.waitsForTransitions === false || isQuiet) finish(refresh, 'Cancelled', refresh.statusReason);
  };

  return {
    isReplacing,
    beginRollback,
    template: (group) => {
      const refresh = activeRefresh(group);
      const isForward = refresh !== undefined && refresh.status !== 'RollbackInProgress';
      return (isForward ? refresh.desired : undefined) ?? group.template;
    },
    bounds: (group) => {
      const refresh = activeRefresh(group);
      if (refresh === undefined || !isReplacing(group)) return { lower: group.desired, upper: group.desired };
      const { most, quota } = survey(group, refresh);
      const room = Math.max(0, most - group.desired);
      const wanted = refresh.pausedUntil === undefined ? Math.min(room, quota) : 0;
      return { lower: group.desired + wanted, upper: group.desired + room };
    },
    step: (group) => {
      const refresh = activeRefresh(group);
      if (refresh === undefined) return;
      if (refresh.status === 'Pending') begin(group, refresh);
      if (refresh.status === 'Cancelling') cancel(group, refresh);
      else if (refresh.status === 'Baking') {
        if (clock.now() >= (refresh.pausedUntil ?? 0)) succeed(group, refresh);
      } else roll(group, refresh);
    },
  };
};
