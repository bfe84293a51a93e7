/** Why an alarm is in its state, in CloudWatch's words and in its JSON. */
import { periodOf, type Alarm } from './alarm-model.ts';
import type { Datapoint, Verdict } from './alarm-evaluation.ts';
import { Double, javaDouble, javaJson, longTime, shortTime } from './text.ts';

/** From so many on, the datapoints are counted and only the newest shown. */
const MANY = 5;

const COMPARISON: Record<string, string> = {
  GreaterThanOrEqualToThreshold: 'greater than or equal to',
  GreaterThanThreshold: 'greater than',
  LessThanThreshold: 'less than',
  LessThanOrEqualToThreshold: 'less than or equal to',
};
const TREATED: Record<string, string> = { breaching: 'Breaching', notBreaching: 'NonBreaching' };

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
const were = (count: number): string => (count === 1 ? 'was' : 'were');
const shown = (points: readonly Datapoint[]): string =>
  `[${points
    .slice(0, MANY)
    .map(({ at, value }) => `${javaDouble(value)} (${shortTime(at)})`)
    .join(', ')}]`;

const crossed = ({ settings }: Alarm, verdict: Verdict): string => {
  const { decisive, filled } = verdict;
  const periods = settings.EvaluationPeriods as number;
  const needed = settings.DatapointsToAlarm as number | undefined;
  const isAlarm = verdict.state === 'ALARM';
  const treated = TREATED[settings.TreatMissingData as string];
  const missing = `${plural(filled, 'missing datapoint')} ${were(filled)} treated as [${treated}]`;
  if (decisive.length === 0) return `no datapoints were received for ${plural(periods, 'period')} and ${missing}.`;

  const count = decisive.length;
  const counted = needed === undefined ? plural(count, 'datapoint') : `${count} out of the last ${periods} datapoints`;
  const comparison = `${isAlarm ? '' : 'not '}${COMPARISON[settings.ComparisonOperator]}`;
  const relation = `${were(count)} ${comparison} the threshold (${javaDouble(settings.Threshold)})`;
  const and = filled > 0 && treated !== undefined ? ` and ${missing}` : '';
  const minimum = isAlarm ? (needed ?? 0) : periods - (needed ?? 0) + 1;
  const transition = isAlarm ? 'OK -> ALARM' : 'ALARM -> OK';
  const condition =
    needed === undefined ? '' : ` (minimum ${plural(minimum, 'datapoint')} for ${transition} transition)`;
  return count < MANY
    ? `${counted} ${shown(decisive)} ${relation}${and}${condition}.`
    : `${counted} ${relation}${and}. The most recent datapoints which crossed the threshold: ${shown(decisive)}${condition}.`;
};

export const reasonOf = (alarm: Alarm, verdict: Verdict): string =>
  verdict.state === 'INSUFFICIENT_DATA'
    ? `Insufficient Data: ${plural(verdict.filled, 'datapoint')} ${were(verdict.filled)} unknown.`
    : `Threshold Crossed: ${crossed(alarm, verdict)}`;

/** StateReasonData. */
export const reasonDataOf = (alarm: Alarm, { evaluated }: Verdict, now: number): string => {
  const { settings } = alarm;
  const oldest = evaluated.at(-1);
  const isMath = settings.Metrics !== undefined;
  return javaJson({
    version: '1.0',
    queryDate: longTime(now),
    startDate: oldest === undefined ? undefined : longTime(oldest.at),
    unit: settings.Unit,
    statistic: isMath ? undefined : (settings.Statistic ?? settings.ExtendedStatistic),
    period: periodOf(alarm),
    recentDatapoints: evaluated.map(({ value }) => new Double(value)).reverse(),
    threshold: new Double(settings.Threshold as number),
    evaluatedDatapoints: evaluated.map(({ at, value, sampleCount }) => ({
      timestamp: longTime(at),
      sampleCount: isMath ? undefined : new Double(sampleCount),
      value: new Double(value),
    })),
  });
};
