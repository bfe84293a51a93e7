/** What PutScalingPolicy is given, checked. */
import type { Params } from '../../engine/contract.ts';
import { invalid, limitExceeded } from './store.ts';

const STEPS_AT_MOST = 20;
/** Target values lie between minus and plus this. */
const TARGET_LIMIT = 2 ** 360;

/** What target tracking of an ECS service knows by name, and can be had here: metrics of AWS/ECS. */
export const PREDEFINED: Record<string, string> = {
  ECSServiceAverageCPUUtilization: 'CPUUtilization',
  ECSServiceAverageMemoryUtilization: 'MemoryUtilization',
};

const checkCustomized = (custom: Params): void => {
  if (custom.Metrics !== undefined) return;
  const missing = ['MetricName', 'Namespace', 'Statistic'].find((name) => custom[name] === undefined);
  if (missing !== undefined) throw invalid(`${missing} must be specified in the customized metric specification.`);
};

const checkTracking = (tracking: Params): void => {
  const { PredefinedMetricSpecification: predefined, CustomizedMetricSpecification: custom } = tracking;
  if ((predefined === undefined) === (custom === undefined)) {
    throw invalid('Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified.');
  }
  if (predefined !== undefined && PREDEFINED[predefined.PredefinedMetricType] === undefined) {
    throw invalid(
      `The predefined metric type ${predefined.PredefinedMetricType} is not supported for the scalable dimension ecs:service:DesiredCount.`,
    );
  }
  if (custom !== undefined) checkCustomized(custom as Params);
  const target = tracking.TargetValue as number;
  if (target <= 0 || target > TARGET_LIMIT) throw invalid('TargetValue must be greater than 0 and at most 2^360.');
  for (const name of ['ScaleOutCooldown', 'ScaleInCooldown'])
    if (tracking[name] < 0) throw invalid(`${name} must be greater than or equal to 0.`);
};

const lowOf = ({ MetricIntervalLowerBound }: Params): number => MetricIntervalLowerBound ?? -Infinity;
const highOf = ({ MetricIntervalUpperBound }: Params): number => MetricIntervalUpperBound ?? Infinity;

/** The intervals follow upon each other without gap, and reach to infinity on the sides where they leave the threshold. */
const checkSteps = (steps: readonly Params[]): void => {
  if (steps.length > STEPS_AT_MOST)
    throw limitExceeded(`A step scaling policy must not have more than ${STEPS_AT_MOST} step adjustments.`);
  const sorted = steps.toSorted((a, b) => lowOf(a) - lowOf(b));
  for (const [i, step] of sorted.entries()) {
    const next = sorted[i + 1];
    if (lowOf(step) === -Infinity && highOf(step) === Infinity)
      throw invalid('At least one of MetricIntervalLowerBound and MetricIntervalUpperBound must be specified.');
    if (lowOf(step) >= highOf(step))
      throw invalid('MetricIntervalUpperBound must be greater than MetricIntervalLowerBound.');
    if (next === undefined) continue;
    if (lowOf(next) < highOf(step)) throw invalid('Step adjustment intervals must not overlap.');
    if (lowOf(next) > highOf(step)) throw invalid('Step adjustment intervals must not have a gap between them.');
  }
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first !== undefined && lowOf(first) < 0 && lowOf(first) !== -Infinity)
    throw invalid(
      'There must be a step adjustment with an unspecified lower bound when one has a negative lower bound.',
    );
  if (last !== undefined && highOf(last) > 0 && highOf(last) !== Infinity)
    throw invalid(
      'There must be a step adjustment with an unspecified upper bound when one has a positive upper bound.',
    );
};

const checkStep = (step: Params): void => {
  const { AdjustmentType: type, StepAdjustments: steps = [], MinAdjustmentMagnitude: smallest } = step;
  if (type === undefined) throw invalid('AdjustmentType must be specified.');
  if (steps.length === 0) throw invalid('At least one step adjustment must be specified.');
  if (smallest !== undefined && type !== 'PercentChangeInCapacity')
    throw invalid('MinAdjustmentMagnitude is only supported with PercentChangeInCapacity.');
  if (type === 'ExactCapacity' && steps.some((one: Params) => one.ScalingAdjustment < 0))
    throw invalid('ScalingAdjustment must not be negative with ExactCapacity.');
  if (step.Cooldown < 0) throw invalid('Cooldown must be greater than or equal to 0.');
  checkSteps(steps as Params[]);
};

/** @throws ValidationException, LimitExceededException */
export const readPolicy = (params: Params, existingType: string | undefined) => {
  const type = (params.PolicyType ?? existingType) as string | undefined;
  if (type === undefined) throw invalid('PolicyType must be specified when creating a scaling policy.');
  if (existingType !== undefined && type !== existingType)
    throw invalid('The type of an existing scaling policy cannot be changed.');
  if (type === 'PredictiveScaling') throw invalid('Predictive scaling is not served by this local cloud.');
  const tracking = params.TargetTrackingScalingPolicyConfiguration as Params | undefined;
  const step = params.StepScalingPolicyConfiguration as Params | undefined;
  const [needed, other] = type === 'StepScaling' ? [step, tracking] : [tracking, step];
  if (needed === undefined || other !== undefined)
    throw invalid(`The configuration given must be the one of a policy of type ${type}.`);
  if (type === 'StepScaling') {
    checkStep(needed);
    return { type, step: needed } as const;
  }
  checkTracking(needed);
  return { type: 'TargetTrackingScaling', tracking: needed } as const;
};
