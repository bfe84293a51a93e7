import type { Cases } from '../support/case.ts';

const Dimensions = [{ Name: 'service', Value: 'web' }];
const alarm = {
  AlarmName: 'conform',
  Namespace: 'Wonderland/ECS',
  MetricName: 'DesiredClusterSizeDelta',
  Dimensions,
  Statistic: 'Average',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
};

export const cloudwatch: Cases = {
  service: 'cloudwatch',
  steps: [
    {
      name: 'put',
      operation: 'PutMetricData',
      params: {
        Namespace: 'Wonderland/ECS',
        MetricData: [{ MetricName: 'DesiredClusterSizeDelta', Dimensions, Value: 2, Unit: 'Count' }],
      },
    },
    { name: 'metrics', operation: 'ListMetrics', params: { Namespace: 'Wonderland/ECS' } },
    { name: 'alarm', operation: 'PutMetricAlarm', params: alarm },
    { name: 'alarms', operation: 'DescribeAlarms', params: { AlarmNames: ['conform'] } },
    { seconds: 120 },
    { name: 'after a while', operation: 'DescribeAlarms', params: { AlarmNames: ['conform'] } },
    {
      name: 'statistics',
      operation: 'GetMetricStatistics',
      params: {
        Namespace: 'Wonderland/ECS',
        MetricName: 'DesiredClusterSizeDelta',
        Dimensions,
        StartTime: '2026-01-01T00:00:00Z',
        EndTime: '2026-01-02T00:00:00Z',
        Period: 60,
        Statistics: ['Sum', 'Maximum'],
      },
    },
    {
      name: 'set nothing',
      operation: 'SetAlarmState',
      params: { AlarmName: 'nothing', StateValue: 'OK', StateReason: 'a test' },
      fails: 'ResourceNotFound',
    },
    { name: 'board', operation: 'PutDashboard', params: { DashboardName: 'conform', DashboardBody: '{"widgets":[]}' } },
    { name: 'boards', operation: 'ListDashboards' },
    { name: 'get board', operation: 'GetDashboard', params: { DashboardName: 'conform' } },
    {
      name: 'get no board',
      operation: 'GetDashboard',
      params: { DashboardName: 'nothing' },
      fails: 'ResourceNotFound',
    },
    { name: 'delete', operation: 'DeleteAlarms', params: { AlarmNames: ['conform'] } },
  ],
};
