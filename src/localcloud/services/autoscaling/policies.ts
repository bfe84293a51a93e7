/** Scaling policies that act when somebody executes them: a user, or an alarm. */
import type { Params } from '../../engine/contract.ts';
import type { Context } from './context.ts';
import { activityInProgress, validation } from './errors.ts';
import { isSuspended, type Group } from './model.ts';

/** What executes a policy, and how far the metric is over its threshold. */
interface Execution {
  by: 'a user request' | 'an alarm';
  honoursCooldown: boolean;
  /** Metric minus threshold, for step scaling. */
  breach?: number;
}

/** What a policy would add, by its type. @throws ValidationError for types that only alarms of their own execute */
const adjustmentOf = (policy: Params, breach: number | undefined): number => {
  if (policy.PolicyType === 'SimpleScaling') return Number(policy.ScalingAdjustment);
  if (policy.PolicyType !== 'StepScaling')
    throw validation(`The policy type ${String(policy.PolicyType)} cannot be executed.`);
  if (breach === undefined) throw validation('MetricValue and BreachThreshold are required for step scaling policies.');
  const step = (policy.StepAdjustments as Params[]).find(
    ({ MetricIntervalLowerBound: lower = -Infinity, MetricIntervalUpperBound: upper = Infinity }) =>
      breach >= Number(lower) && breach < Number(upper),
  );
  return step === undefined ? 0 : Number(step.ScalingAdjustment);
};

/** AWS rounds percentages away from nothing: between -1 and 1 to a whole instance, else towards zero. */
const ofPercent = (share: number): number => {
  if (share > 0 && share < 1) return 1;
  if (share < 0 && share > -1) return -1;
  return Math.trunc(share);
};

const targetOf = (group: Group, policy: Params, adjustment: number): number => {
  if (policy.AdjustmentType === 'ExactCapacity') return adjustment;
  if (policy.AdjustmentType !== 'PercentChangeInCapacity') return group.desired + adjustment;
  const change = ofPercent((group.desired * adjustment) / 100);
  const magnitude = Number(policy.MinAdjustmentMagnitude ?? 0);
  return group.desired + (change === 0 ? 0 : Math.sign(change) * Math.max(Math.abs(change), magnitude));
};

/** @throws ScalingActivityInProgress while a cooldown that is to be honoured lasts */
export const executePolicy = (context: Context, group: Group, policy: Params, execution: Execution): void => {
  const { engine, activities, control } = context;
  const { by, honoursCooldown, breach } = execution;
  if (by === 'an alarm' && isSuspended(group, 'AlarmNotification')) return;
  const isSimple = policy.PolicyType === 'SimpleScaling';
  if (isSimple && honoursCooldown) {
    const blocking = activities.blocking(group);
    if (blocking !== undefined) throw activityInProgress(blocking);
  }
  const wanted = targetOf(group, policy, adjustmentOf(policy, breach));
  const desired = Math.min(group.max, Math.max(group.min, wanted));
  if (desired === group.desired) return;
  const change = `${by} executed policy ${String(policy.PolicyName)} changing the desired capacity from ${group.desired} to ${desired}.`;
  group.causes.push(activities.at(change));
  group.desired = desired;
  if (isSimple) {
    const cooldownSeconds = Number(policy.Cooldown ?? group.cooldownSeconds);
    group.cooldownUntil = engine.clock.now() + cooldownSeconds * 1000;
  }
  engine.changed();
  control.lookSoon(group);
};
