/** Turns the calls of alarms on policies into desired counts. */
import type { FleetService } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import type { ScalingSignal } from '../cloudwatch/alarms.ts';
import type { Activities } from './activities.ts';
import { aggregate, stepCapacity, trackingIn, trackingOut } from './capacity.ts';
import type { Direction, Policy, Target } from './model.ts';
import type { Store } from './store.ts';

const COOLDOWN_SECONDS = 300;

interface Call {
  policy: Policy;
  signal: ScalingSignal;
}

interface Proposal extends Call {
  capacity: number;
}

interface Ports {
  engine: Pick<Engine, 'clock'>;
  store: Store;
  activities: Activities;
}

const isTracking = ({ policy }: Call): boolean => policy.type === 'TargetTrackingScaling';
const isScaleInOff = ({ tracking }: Policy): boolean => tracking?.DisableScaleIn === true;

const cooldownOf = ({ tracking, step }: Policy, direction: Direction): number => {
  if (step !== undefined) return (step.Cooldown ?? COOLDOWN_SECONDS) as number;
  const given = direction === 'out' ? tracking?.ScaleOutCooldown : tracking?.ScaleInCooldown;
  return (given ?? COOLDOWN_SECONDS) as number;
};

const largest = (proposals: readonly Proposal[]): Proposal | undefined =>
  proposals.reduce<Proposal | undefined>(
    (best, one) => (best === undefined || one.capacity > best.capacity ? one : best),
    undefined,
  );

const causeOf = ({ policy, signal }: Call): string =>
  `monitor alarm ${signal.alarmName} in state ${signal.state} triggered policy ${policy.name}`;

export const createScaler = ({ engine, store, activities }: Ports) => {
  const { clock } = engine;
  /** Calls of one round of evaluations, by resource: they are decided on together. */
  const round = new Map<string, Call[]>();

  const wanted = (call: Call, capacity: number): Proposal | undefined => {
    const { policy, signal } = call;
    const { tracking, step } = policy;
    const { values, threshold, alarmName } = signal;
    if (step !== undefined) {
      const breach = aggregate(values, String(step.MetricAggregationType ?? 'Average')) - threshold;
      const stepped = stepCapacity(capacity, step, breach);
      return stepped === undefined ? undefined : { ...call, capacity: stepped };
    }
    const figures = { metric: values[0] ?? 0, target: tracking?.TargetValue as number };
    if (alarmName === policy.alarmHigh) return { ...call, capacity: trackingOut(capacity, figures) };
    return alarmName === policy.alarmLow ? { ...call, capacity: trackingIn(capacity, figures) } : undefined;
  };

  const scale = (
    target: Target,
    proposal: Proposal,
    { direction, from, to }: { direction: Direction; from: number; to: number },
  ): void => {
    const milliseconds = cooldownOf(proposal.policy, direction) * 1000;
    target.cooldown = { direction, until: clock.now() + milliseconds, capacityBefore: from };
    activities.scale(target, to, causeOf(proposal));
  };

  /** True when somebody wants more, whether that can be had or not: then nobody gets less. */
  const scaleOut = (target: Target, calls: readonly Call[], current: number): boolean => {
    const { cooldown } = target;
    const isCooling = cooldown?.direction === 'out' && clock.now() < cooldown.until;
    // While it cools down, what was added counts as done: only a still larger step is taken.
    const base = isCooling ? cooldown.capacityBefore : current;
    const proposals = calls.flatMap((call) => wanted(call, base) ?? []).filter((proposal) => proposal.capacity > base);
    const best = largest(proposals);
    if (best === undefined) return false;
    const to = Math.min(best.capacity, target.maxCapacity);
    if (target.suspended.out || (isCooling && to <= current)) return true;
    if (to > current) scale(target, best, { direction: 'out', from: base, to });
    else activities.notScaled(target, causeOf(best), { Code: 'AlreadyAtMaxCapacity', MaxCapacity: target.maxCapacity });
    return true;
  };

  /** Target tracking scales in only when all such policies of the service ask for it. */
  const isUnanimous = (target: Target, calls: readonly Call[]): boolean =>
    store
      .policiesOf(target.resourceId)
      .filter((policy) => policy.type === 'TargetTrackingScaling' && !isScaleInOff(policy))
      .every((policy) => calls.some((call) => call.policy === policy && call.signal.alarmName === policy.alarmLow));

  const scaleIn = (target: Target, calls: readonly Call[], { desiredCount, isDeploying }: FleetService): void => {
    const isAgreed = isUnanimous(target, calls);
    const eligible = calls.filter((call) => !isTracking(call) || (isAgreed && !isScaleInOff(call.policy)));
    const proposals = eligible
      .flatMap((call) => wanted(call, desiredCount) ?? [])
      .filter(({ capacity }) => capacity < desiredCount);
    const best = largest(proposals);
    const { cooldown } = target;
    const isCooling = cooldown?.direction === 'in' && clock.now() < cooldown.until;
    if (best === undefined || isDeploying || target.suspended.in || isCooling) return;
    const to = Math.max(best.capacity, target.minCapacity);
    if (to < desiredCount) scale(target, best, { direction: 'in', from: desiredCount, to });
    else activities.notScaled(target, causeOf(best), { Code: 'AlreadyAtMinCapacity', MinCapacity: target.minCapacity });
  };

  const decide = (): void => {
    const calls = [...round];
    round.clear();
    const services = store.services();
    for (const [resourceId, ofTarget] of calls) {
      const target = store.targets.get(resourceId);
      const service = services.get(resourceId);
      if (target === undefined || service === undefined) continue;
      if (!scaleOut(target, ofTarget, service.desiredCount)) scaleIn(target, ofTarget, service);
    }
  };

  return {
    /** False: there is no such policy. */
    call: (signal: ScalingSignal): boolean => {
      const policy = [...store.policies.values()].find(({ arn }) => arn === signal.policyArn);
      if (policy === undefined) return false;
      if (round.size === 0) clock.after(0, decide);
      round.set(policy.resourceId, [...(round.get(policy.resourceId) ?? []), { policy, signal }]);
      return true;
    },
    /** Brings the desired count within new bounds. */
    clamp: (target: Target): void => {
      const current = store.service(target.resourceId)?.desiredCount;
      if (current === undefined) return;
      const { minCapacity, maxCapacity } = target;
      if (current < minCapacity) activities.scale(target, minCapacity, `minimum capacity was set to ${minCapacity}`);
      if (current > maxCapacity) activities.scale(target, maxCapacity, `maximum capacity was set to ${maxCapacity}`);
    },
  };
};

export type Scaler = ReturnType<typeof createScaler>;
