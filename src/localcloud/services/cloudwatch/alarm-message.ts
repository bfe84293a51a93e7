/** What CloudWatch tells an SNS topic when an alarm changes its state. */
import type { Params } from '../../engine/contract.ts';
import type { Alarm, StateValue } from './alarm-model.ts';
import { Double, javaJson, longTime } from './text.ts';

/** As the alarm's messages call regions; another is called by its code. */
const REGION_NAMES: Record<string, string> = { 'eu-west-1': 'EU (Ireland)', 'us-east-1': 'US East (N. Virginia)' };

const dimensionsOf = (metric: Params): Params[] =>
  ((metric.Dimensions ?? []) as { Name: string; Value: string }[]).map(({ Name, Value }) => ({
    value: Value,
    name: Name,
  }));

const metricTrigger = (settings: Params): Params => ({
  MetricName: settings.MetricName,
  Namespace: settings.Namespace,
  ...(settings.Statistic === undefined
    ? { StatisticType: 'ExtendedStatistic', ExtendedStatistic: settings.ExtendedStatistic }
    : { StatisticType: 'Statistic', Statistic: String(settings.Statistic).toUpperCase() }),
  Unit: settings.Unit ?? null,
  Dimensions: dimensionsOf(settings),
  Period: settings.Period,
});

const mathTrigger = (settings: Params): Params => ({
  Metrics: (settings.Metrics as Params[]).map(({ Id, Expression, MetricStat, Label, ReturnData }) => ({
    Expression,
    Id,
    Label,
    MetricStat: MetricStat && {
      Metric: {
        Dimensions: dimensionsOf(MetricStat.Metric),
        MetricName: MetricStat.Metric.MetricName,
        Namespace: MetricStat.Metric.Namespace,
      },
      Period: MetricStat.Period,
      Stat: MetricStat.Stat,
    },
    ReturnData: ReturnData ?? false,
  })),
});

export const alarmMessage = (
  alarm: Alarm,
  change: { from: StateValue; account: string; region: string },
): { subject: string; message: string } => {
  const { settings } = alarm;
  const region = REGION_NAMES[change.region] ?? change.region;
  const message = javaJson({
    AlarmName: alarm.name,
    AlarmDescription: settings.AlarmDescription ?? null,
    AWSAccountId: change.account,
    AlarmConfigurationUpdatedTimestamp: longTime(alarm.configuredAt),
    NewStateValue: alarm.state,
    NewStateReason: alarm.reason,
    StateChangeTime: longTime(alarm.updatedAt),
    Region: region,
    AlarmArn: alarm.arn,
    OldStateValue: change.from,
    OKActions: settings.OKActions,
    AlarmActions: settings.AlarmActions,
    InsufficientDataActions: settings.InsufficientDataActions,
    Trigger: {
      ...(settings.Metrics === undefined ? metricTrigger(settings) : mathTrigger(settings)),
      EvaluationPeriods: settings.EvaluationPeriods,
      DatapointsToAlarm: settings.DatapointsToAlarm,
      ComparisonOperator: settings.ComparisonOperator,
      Threshold: new Double(settings.Threshold as number),
      TreatMissingData: settings.TreatMissingData ?? '',
      EvaluateLowSampleCountPercentile: settings.EvaluateLowSampleCountPercentile ?? '',
    },
  });
  return { subject: `${alarm.state}: "${alarm.name}" in ${region}`, message };
};
