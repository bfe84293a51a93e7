/** From datapoints to a state, as "Configuring how CloudWatch alarms treat missing data" has it. */
import type { Alarm, StateValue } from './alarm-model.ts';
import { percentOf } from './statistics.ts';

export interface Datapoint {
  at: number;
  value: number;
  sampleCount: number;
}

export interface Verdict {
  state: StateValue;
  /** Newest first: what was looked at. */
  evaluated: Datapoint[];
  /** Those of them that speak for the state. */
  decisive: Datapoint[];
  /** How many were filled in for want of data. */
  filled: number;
}

/** CloudWatch looks a little further back than it evaluates, and takes the newest datapoints it finds. */
export const SPARE_PERIODS = 2;

const COMPARE: Record<string, (value: number, threshold: number) => boolean> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/** Fewer samples than this say nothing of a percentile. */
const significantSamples = (percent: number): number => 10 / (percent >= 50 ? 1 - percent / 100 : percent / 100);

const isInsignificant = ({ settings }: Alarm, evaluated: readonly Datapoint[]): boolean => {
  const percent = percentOf(String(settings.ExtendedStatistic ?? ''));
  if (settings.EvaluateLowSampleCountPercentile !== 'ignore' || percent === undefined) return false;
  return evaluated.some(({ sampleCount }) => sampleCount < significantSamples(percent));
};

/**
 * `points`: of each period, newest first, `EvaluationPeriods` + `SPARE_PERIODS` of them.
 * Undefined: the alarm stays as it is.
 */
export const evaluateAlarm = (alarm: Alarm, points: readonly (Datapoint | undefined)[]): Verdict | undefined => {
  const { settings } = alarm;
  const periods = settings.EvaluationPeriods as number;
  const needed = (settings.DatapointsToAlarm ?? periods) as number;
  const treatment = (settings.TreatMissingData ?? 'missing') as string;
  const isBreaching = ({ value }: Datapoint): boolean =>
    COMPARE[settings.ComparisonOperator]?.(value, settings.Threshold as number) ?? false;

  const evaluated = points.filter((point) => point !== undefined).slice(0, periods);
  const breaching = evaluated.filter(isBreaching);
  const healthy = evaluated.filter((point) => !isBreaching(point));
  const filled = periods - evaluated.length;
  const alarming: Verdict = { state: 'ALARM', evaluated, decisive: breaching, filled };
  const fine: Verdict = { state: 'OK', evaluated, decisive: healthy, filled };

  if (isInsignificant(alarm, evaluated)) return undefined;
  if (breaching.length >= needed) return alarming;
  if (filled === 0 || treatment === 'notBreaching') return fine;
  if (treatment === 'breaching') return breaching.length + filled >= needed ? alarming : fine;
  if (healthy.length > 0) return fine;
  if (treatment === 'ignore') return undefined;
  if (evaluated.length === 0) return { state: 'INSUFFICIENT_DATA', evaluated, decisive: [], filled };
  // Only breaching datapoints and gaps: it alarms once the oldest of them is as old as it has to be.
  const oldest = points.findLastIndex((point) => point !== undefined);
  return oldest >= needed - 1 ? alarming : undefined;
};
