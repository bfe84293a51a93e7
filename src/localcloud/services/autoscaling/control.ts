/** The loop that keeps a group as it should be: as many instances as desired, healthy, spread over its zones. */
import type { Activities } from './activities.ts';
import type { Lifecycle, Ports as LifecyclePorts } from './lifecycle.ts';
import { activeRefresh, counted, isLeaving, isSuspended, type Group, type Member } from './model.ts';
import type { Refresher } from './refresher.ts';
import { chooseVictim } from './termination-policy.ts';

interface Ports extends Pick<LifecyclePorts, 'engine' | 'store' | 'fleet' | 'balancers'> {
  activities: Activities;
  lifecycle: Lifecycle;
  refresher: Refresher;
}

export interface Control {
  /** Looks at a group now. */
  look(group: Group): void;
  /** Looks at it soon; calls until then count as one. */
  lookSoon(group: Group): void;
  start(): void;
  stop(): void;
}

const LOOK_MILLISECONDS = 10_000;
const SOON_MILLISECONDS = 1_000;
/** At most so many at once: EC2's own throttling spreads larger launches. */
const BATCH = 20;

export const createControl = (ports: Ports): Control => {
  const { engine, store, fleet, balancers, activities, lifecycle, refresher } = ports;
  const { clock, random } = engine;
  const soon = new Set<string>();
  let stopLooking = (): void => undefined;

  const checkHealth = (group: Group, member: Member): void => {
    if (member.health === 'Unhealthy' || isLeaving(member) || member.state === 'Standby') return;
    const state = fleet.get(member.instanceId)?.state ?? 'terminated';
    // An instance that does not run is replaced whatever the grace period says.
    if (state !== 'running' && state !== 'pending') {
      markUnhealthy(member, 'an EC2 health check indicating it has been terminated or stopped.');
      return;
    }
    if (group.healthCheckType !== 'ELB' || member.state !== 'InService') return;
    const graceEnds = (member.inServiceSince ?? clock.now()) + group.healthCheckGracePeriodSeconds * 1000;
    const isFailing = (name: string): boolean =>
      balancers.exists(name) && balancers.health(name, member.instanceId).state === 'OutOfService';
    if (clock.now() >= graceEnds && group.balancers.some(isFailing))
      markUnhealthy(member, 'an ELB system health check failure.');
  };
  const markUnhealthy = (member: Member, because: string): void => {
    member.health = 'Unhealthy';
    member.unhealthyBecause = because;
    engine.changed();
  };
  const replaceUnhealthy = (group: Group): void => {
    for (const member of counted(group).filter(({ health }) => health === 'Unhealthy')) {
      const because = member.unhealthyBecause ?? 'a user health-check.';
      lifecycle.terminate(group, member, [
        activities.at(`an instance was taken out of service in response to ${because}`),
      ]);
      group.replacements += 1;
    }
  };

  const inZone = (group: Group, zone: string): number => counted(group).filter((one) => one.zone === zone).length;
  const isResting = (group: Group, zone: string): boolean => (group.zoneRestsUntil[zone] ?? 0) > clock.now();
  /** The zone with the fewest; one where a launch has just failed only if the group insists on balance. */
  const nextZone = (group: Group): string | undefined => {
    const isStrict = group.kept.AvailabilityZoneDistribution?.CapacityDistributionStrategy === 'balanced-only';
    const open = isStrict ? group.zones : group.zones.filter((zone) => !isResting(group, zone));
    const [zone] = open.toSorted((a, b) => inZone(group, a) - inZone(group, b));
    return zone === undefined || isResting(group, zone) ? undefined : zone;
  };

  const launchCauses = (group: Group, from: number, to: number): string[] => {
    const isReplacement = group.replacements > 0;
    const isRefresh = refresher.isReplacing(group) && group.causes.length === 0;
    if (isReplacement || isRefresh) {
      const what = isRefresh ? 'an instance refresh.' : 'an unhealthy instance needing to be replaced.';
      return [activities.at(`an instance was launched in response to ${what}`)];
    }
    const difference = `an instance was started in response to a difference between desired and actual capacity, increasing the capacity from ${from} to ${to}.`;
    return [...group.causes, activities.at(difference)];
  };
  const grow = (group: Group, to: number): void => {
    const from = counted(group).length;
    const template = refresher.template(group);
    for (let launched = 0; launched < Math.min(to - from, BATCH);) {
      const zone = nextZone(group);
      if (zone === undefined) return;
      if (!lifecycle.launch(group, zone, template, launchCauses(group, from, to))) continue;
      launched += 1;
      group.replacements = Math.max(0, group.replacements - 1);
    }
  };

  const shrink = (group: Group, to: number, causes: readonly string[]): void => {
    const from = counted(group).length;
    const difference = `an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from ${from} to ${to}.`;
    for (let size = from; size > to; size -= 1) {
      const victim = chooseVictim(group, clock.now(), random);
      if (victim === undefined) return complainOfProtection(group);
      lifecycle.terminate(group, victim, [
        ...causes,
        activities.at(difference),
        activities.at(`instance ${victim.instanceId} was selected for termination.`),
      ]);
    }
  };
  const complainOfProtection = (group: Group): void => {
    const isNew = group.protectedNoticeFor !== group.desired;
    const areThereAny = counted(group).some(({ state }) => state === 'InService');
    if (!isNew || !areThereAny) return;
    group.protectedNoticeFor = group.desired;
    const message = 'Could not scale to desired capacity because all remaining instances are protected from scale-in.';
    const description = 'Terminating EC2 instance';
    activities.end(
      activities.begin(group, { description, causes: group.causes, status: 'InProgress' }),
      'Failed',
      message,
    );
  };

  /** One more in the smallest zone; what is then too many goes from the largest. */
  const rebalance = (group: Group): void => {
    if (group.zones.length < 2 || group.zones.some((zone) => isResting(group, zone))) return;
    const sizes = group.zones.map((zone) => ({ zone, size: inZone(group, zone) })).toSorted((a, b) => a.size - b.size);
    const [smallest, largest] = [sizes[0]!, sizes.at(-1)!];
    const isQuiet = group.members.every(({ state }) => state === 'InService' || state === 'Standby');
    if (!isQuiet || largest.size - smallest.size < 2) return;
    // Nothing is to be gained where nobody may go.
    if (!counted(group).some(({ zone, isProtected }) => zone === largest.zone && !isProtected)) return;
    const numbers = `availability zones ${smallest.zone} ${largest.zone} had ${smallest.size} and ${largest.size} instances respectively.`;
    lifecycle.launch(group, smallest.zone, refresher.template(group), [
      activities.at(numbers),
      activities.at("an instance was launched to aid in balancing the group's zones."),
    ]);
  };
  const scale = (group: Group): void => {
    const size = counted(group).length;
    const { lower, upper } = refresher.bounds(group);
    if (size < lower) {
      if (!isSuspended(group, 'Launch')) grow(group, lower);
      return;
    }
    group.replacements = 0;
    if (size > upper) {
      // Unless somebody asked for fewer, a newcomer is in service before anybody goes for it.
      const isWaiting = group.causes.length === 0 && counted(group).some(({ state }) => state !== 'InService');
      if (!isSuspended(group, 'Terminate') && !isWaiting) shrink(group, upper, group.causes);
      return;
    }
    group.causes = [];
    const mayRebalance = !(['AZRebalance', 'Launch', 'Terminate'] as const).some((one) => isSuspended(group, one));
    if (mayRebalance && activeRefresh(group) === undefined) rebalance(group);
  };

  const look = (group: Group): void => {
    for (const member of group.members) lifecycle.advance(group, member);
    if (group.isDeleting) {
      if (group.members.length === 0) store.remove(group);
      return;
    }
    if (!isSuspended(group, 'HealthCheck')) for (const member of group.members) checkHealth(group, member);
    if (!isSuspended(group, 'ReplaceUnhealthy') && !isSuspended(group, 'Terminate')) replaceUnhealthy(group);
    if (!isSuspended(group, 'InstanceRefresh')) refresher.step(group);
    scale(group);
  };
  const lookSoon = (group: Group): void => {
    if (soon.has(group.name)) return;
    soon.add(group.name);
    clock.after(SOON_MILLISECONDS, () => {
      soon.delete(group.name);
      if (store.find(group.name) === group) look(group);
    });
  };

  return {
    look,
    lookSoon,
    start: () => {
      stopLooking = clock.every(LOOK_MILLISECONDS, () => store.groups().forEach(look));
      fleet.onState(({ instanceId }) => {
        const group = store.groupOf(instanceId);
        if (group !== undefined) lookSoon(group);
      });
    },
    stop: () => stopLooking(),
  };
};
