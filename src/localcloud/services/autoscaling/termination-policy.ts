/** Which instance goes first when a group shrinks. */
import type { Random } from '../../engine/random.ts';
import { counted, type Group, type Member } from './model.ts';

export const TERMINATION_POLICIES = [
  'AllocationStrategy',
  'ClosestToNextInstanceHour',
  'Default',
  'NewestInstance',
  'OldestInstance',
  'OldestLaunchConfiguration',
  'OldestLaunchTemplate',
] as const;

const HOUR = 3_600_000;

const withLeast = <T>(items: readonly T[], measure: (item: T) => number): T[] => {
  const least = Math.min(...items.map(measure));
  return items.filter((item) => measure(item) === least);
};

const versionOf = ({ template }: Member): number => Number(template?.version ?? 0);
const toNextHour = ({ launchedAt }: Member, now: number): number => HOUR - ((now - launchedAt) % HOUR);

const narrow = (candidates: readonly Member[], policy: string, now: number): Member[] => {
  switch (policy) {
    case 'OldestInstance':
      return withLeast(candidates, ({ launchedAt }) => launchedAt);
    case 'NewestInstance':
      return withLeast(candidates, ({ launchedAt }) => -launchedAt);
    case 'OldestLaunchTemplate':
      return withLeast(candidates, versionOf);
    case 'ClosestToNextInstanceHour':
      return withLeast(candidates, (member) => toNextHour(member, now));
    case 'Default':
      return withLeast(withLeast(candidates, versionOf), (member) => toNextHour(member, now));
    // Launch configurations and allocation strategies do not exist here: these leave the choice to the next policy.
    default:
      return [...candidates];
  }
};

/**
 * The next to go, undefined when all are protected: of the zone with the most instances, as long as one there is
 * unprotected; then by the group's policies in their order, then by chance.
 */
export const chooseVictim = (group: Group, now: number, random: Random): Member | undefined => {
  const inZone = (zone: string): number => counted(group).filter((member) => member.zone === zone).length;
  const open = group.members.filter(({ state, isProtected }) => state === 'InService' && !isProtected);
  if (open.length === 0) return undefined;
  let candidates = withLeast(open, ({ zone }) => -inZone(zone));
  for (const policy of group.terminationPolicies) candidates = narrow(candidates, policy, now);
  return candidates[random.below(candidates.length)];
};
