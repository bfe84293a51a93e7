/** Where an instance refresh stands: who may go, who has to wait, how many at once. */
import { counted, isLeaving, type Group, type Member, type Refresh } from './model.ts';

export interface Outlook {
  /** May be replaced now. */
  replaceable: Member[];
  /** Have to be replaced, but are protected or on standby. */
  waiting: Member[];
  /** Came in with this refresh and are not warm yet. */
  warming: Member[];
  /** Of the replaceable ones, so many until the next checkpoint. */
  quota: number;
  /** As many instances as there may be. */
  most: number;
  /** As many as have to be healthy. */
  least: number;
}

const isWarming = (now: number, member: Member, { startedAt = 0, rollback, preferences }: Refresh): boolean =>
  member.launchedAt >= (rollback?.startedAt ?? startedAt) &&
  (member.inServiceSince === undefined || now < member.inServiceSince + preferences.instanceWarmupSeconds * 1000);

/** They are for the way there; back it goes without a stop. */
export const checkpointsOf = ({ preferences, rollback }: Refresh): number[] =>
  rollback === undefined ? preferences.checkpointPercentages : [];

/** How a group stands in the middle of a refresh. */
export const surveyAt = (now: number, group: Group, refresh: Refresh): Outlook => {
  const { preferences, outdated, outdatedAtFirst, checkpointsPassed } = refresh;
  const old = group.members.filter((member) => outdated.includes(member.instanceId) && !isLeaving(member));
  const isHeld = ({ state, isProtected }: Member): 'Wait' | 'Ignore' | undefined => {
    if (state === 'Standby' || state === 'EnteringStandby')
      return preferences.standby === 'Terminate' ? undefined : preferences.standby;
    if (!isProtected || preferences.scaleInProtected === 'Refresh') return undefined;
    return preferences.scaleInProtected;
  };
  const replaceable = old.filter((member) => isHeld(member) === undefined);
  const waiting = old.filter((member) => isHeld(member) === 'Wait');
  const checkpoint = checkpointsOf(refresh)[checkpointsPassed] ?? 100;
  const begun = outdatedAtFirst - replaceable.length - waiting.length;
  const quota = Math.ceil((outdatedAtFirst * checkpoint) / 100) - begun;
  const least = Math.ceil((group.desired * preferences.minHealthyPercentage) / 100);
  const most = Math.floor((group.desired * (preferences.maxHealthyPercentage ?? 100)) / 100);
  return {
    replaceable,
    waiting,
    warming: counted(group).filter((member) => isWarming(now, member, refresh)),
    quota: Math.max(0, Math.min(quota, replaceable.length)),
    least,
    // Bounds that leave no room make it launch before it terminates, if the caller gave both.
    most: preferences.maxHealthyPercentage !== undefined && most <= least ? least + 1 : most,
  };
};
