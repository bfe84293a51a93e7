/** How much a policy wants. Pure arithmetic. */
import type { Params } from '../../engine/contract.ts';

/** Proportional: as many as bring the metric down to its target. */
export const trackingOut = (capacity: number, { metric, target }: { metric: number; target: number }): number =>
  Math.ceil((capacity * metric) / target);

/** AWS says only that it scales in gradually: here by a tenth, at least by one, and never below the proportion. */
export const trackingIn = (capacity: number, { metric, target }: { metric: number; target: number }): number =>
  Math.max(trackingOut(capacity, { metric, target }), capacity - Math.max(1, Math.floor(capacity / 10)));

/** The step whose interval holds the breach; bounds are relative to the threshold, open towards the breach's far end. */
const stepFor = (steps: readonly Params[], breach: number): Params | undefined =>
  steps.find(({ MetricIntervalLowerBound: low = -Infinity, MetricIntervalUpperBound: high = Infinity }) =>
    breach >= 0 ? breach >= low && breach < high : breach > low && breach <= high,
  );

/** Percentages are cut off towards zero, but change at least one task. */
const percentChange = (capacity: number, percent: number, smallest: number): number => {
  const exact = (capacity * percent) / 100;
  const whole = Math.abs(exact) < 1 ? Math.sign(exact) : Math.trunc(exact);
  return Math.sign(whole) * Math.max(Math.abs(whole), smallest);
};

/** Undefined when no step speaks of this breach. */
export const stepCapacity = (capacity: number, step: Params, breach: number): number | undefined => {
  const found = stepFor(step.StepAdjustments as Params[], breach);
  if (found === undefined) return undefined;
  const adjustment = found.ScalingAdjustment as number;
  if (step.AdjustmentType === 'ExactCapacity') return adjustment;
  if (step.AdjustmentType === 'ChangeInCapacity') return Math.max(0, capacity + adjustment);
  return Math.max(0, capacity + percentChange(capacity, adjustment, (step.MinAdjustmentMagnitude ?? 1) as number));
};

/** Of the datapoints that made the alarm. */
export const aggregate = (values: readonly number[], type: string): number => {
  if (type === 'Minimum') return Math.min(...values);
  if (type === 'Maximum') return Math.max(...values);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
};
