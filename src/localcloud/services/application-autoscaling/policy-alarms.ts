/** The two alarms of a target tracking policy. */
import type { Params } from '../../engine/contract.ts';
import type { Policy } from './model.ts';
import { PREDEFINED } from './policy-input.ts';

const HIGH_MINUTES = 3;
const LOW_MINUTES = 15;
/** Scale-in begins this far below the target. */
const LOW_SHARE = 0.9;

const metricOf = ({ tracking = {}, resourceId }: Policy): Params => {
  const { PredefinedMetricSpecification: predefined, CustomizedMetricSpecification: custom } = tracking;
  if (custom?.Metrics !== undefined) {
    const metrics = custom.Metrics as Params[];
    return {
      // Both have one minute; an alarm wants the period said.
      Metrics: metrics.map(({ MetricStat, ReturnData = true, ...query }) => ({
        ...query,
        ReturnData,
        ...(MetricStat !== undefined && { MetricStat: { ...MetricStat, Period: 60 } }),
      })),
    };
  }
  const [, cluster, service] = resourceId.split('/');
  return predefined === undefined
    ? { ...custom, Period: 60 }
    : {
        Namespace: 'AWS/ECS',
        MetricName: PREDEFINED[predefined.PredefinedMetricType],
        Dimensions: [
          { Name: 'ClusterName', Value: cluster },
          { Name: 'ServiceName', Value: service },
        ],
        Statistic: 'Average',
        Period: 60,
      };
};

/** As PutMetricAlarm takes them. */
export const trackingAlarms = (policy: Policy): Params[] => {
  const target = policy.tracking?.TargetValue as number;
  const common = {
    ...metricOf(policy),
    AlarmDescription: `DO NOT EDIT OR DELETE. For TargetTrackingScaling policy ${policy.arn}.`,
    AlarmActions: [policy.arn],
  };
  return [
    {
      ...common,
      AlarmName: policy.alarmHigh,
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: target,
      EvaluationPeriods: HIGH_MINUTES,
    },
    {
      ...common,
      AlarmName: policy.alarmLow,
      ComparisonOperator: 'LessThanThreshold',
      Threshold: Number((target * LOW_SHARE).toPrecision(12)),
      EvaluationPeriods: LOW_MINUTES,
    },
  ];
};

export const sameMetric = (one: Policy, other: Policy): boolean =>
  JSON.stringify(metricOf(one)) === JSON.stringify(metricOf(other));
