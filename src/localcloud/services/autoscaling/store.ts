/** The groups of an account, who is in which, and what they did. */
import type { Engine } from '../../registration.ts';
import { groupNotFound, notManaged } from './errors.ts';
import type { Activity, Group, Member } from './model.ts';

/** AWS keeps activities for six weeks; here so many of a group. */
const ACTIVITIES_KEPT = 1000;

export interface Store {
  groups(): Group[];
  find(name: string): Group | undefined;
  /** By name or ARN. @throws ValidationError */
  require(name: string): Group;
  add(group: Group): void;
  remove(group: Group): void;
  groupOf(instanceId: string): Group | undefined;
  member(instanceId: string): { group: Group; member: Member } | undefined;
  /** @throws ValidationError when it is in no group, or not in this one */
  requireMember(instanceId: string, group?: Group): { group: Group; member: Member };
  enrol(group: Group, member: Member): void;
  /** Makes a new list of members: who walks the old one is not disturbed. */
  dismiss(group: Group, member: Member): void;
  /** Newest first. */
  activities(): Activity[];
  activity(id: string | undefined): Activity | undefined;
  record(activity: Activity): Activity;
  save(): unknown;
  load(data: unknown): void;
}

interface Saved {
  groups: Group[];
  activities: Activity[];
}

export const createStore = (engine: Engine): Store => {
  const groups = new Map<string, Group>();
  const groupByInstance = new Map<string, Group>();
  const activities = new Map<string, Activity>();

  const member: Store['member'] = (instanceId) => {
    const group = groupByInstance.get(instanceId);
    const found = group?.members.find((one) => one.instanceId === instanceId);
    return group === undefined || found === undefined ? undefined : { group, member: found };
  };
  const require = (name: string): Group => {
    const group = groups.get(name) ?? [...groups.values()].find(({ arn }) => arn === name);
    if (group === undefined) throw groupNotFound(name);
    return group;
  };
  const forgetOld = (name: string): void => {
    const own = [...activities.values()].filter(({ group }) => group === name);
    for (const { id } of own.slice(0, Math.max(0, own.length - ACTIVITIES_KEPT))) activities.delete(id);
  };

  return {
    groups: () => [...groups.values()],
    find: (name) => groups.get(name),
    require,
    add: (group) => void groups.set(group.name, group),
    remove: (group) => {
      groups.delete(group.name);
      for (const { instanceId } of group.members) groupByInstance.delete(instanceId);
      for (const activity of activities.values()) {
        if (activity.groupArn === group.arn) activity.isOfDeletedGroup = true;
      }
      engine.changed();
    },
    groupOf: (instanceId) => groupByInstance.get(instanceId),
    member,
    requireMember: (instanceId, group) => {
      const found = member(instanceId);
      if (found === undefined) throw notManaged(instanceId);
      if (group !== undefined && found.group !== group) throw notManaged(instanceId);
      return found;
    },
    enrol: (group, newcomer) => {
      group.members.push(newcomer);
      groupByInstance.set(newcomer.instanceId, group);
      engine.changed();
    },
    dismiss: (group, { instanceId }) => {
      group.members = group.members.filter((one) => one.instanceId !== instanceId);
      groupByInstance.delete(instanceId);
      engine.changed();
    },
    activities: () => [...activities.values()].toReversed(),
    activity: (id) => (id === undefined ? undefined : activities.get(id)),
    record: (activity) => {
      activities.set(activity.id, activity);
      if (activities.size % 100 === 0) forgetOld(activity.group);
      engine.changed();
      return activity;
    },
    save: (): Saved => ({ groups: [...groups.values()], activities: [...activities.values()] }),
    load: (data) => {
      const saved = data as Saved;
      for (const group of saved.groups) {
        groups.set(group.name, group);
        for (const { instanceId } of group.members) groupByInstance.set(instanceId, group);
      }
      for (const activity of saved.activities) activities.set(activity.id, activity);
    },
  };
};
