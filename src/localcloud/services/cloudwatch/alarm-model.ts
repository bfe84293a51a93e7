/** Metric alarms as they are kept. */
import type { Params } from '../../engine/contract.ts';

export type StateValue = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

export interface Alarm {
  name: string;
  arn: string;
  /** As PutMetricAlarm was given it, tags left out and defaults put in. */
  settings: Params;
  tags: Record<string, string>;
  configuredAt: number;
  state: StateValue;
  reason: string;
  /** JSON. */
  reasonData?: string;
  updatedAt: number;
  transitionedAt: number;
}

export interface HistoryItem {
  alarmName: string;
  at: number;
  type: 'ConfigurationUpdate' | 'StateUpdate' | 'Action';
  summary: string;
  data: string;
}

/** Seconds; of metric math the longest of its metrics. */
export const periodOf = ({ settings }: Alarm): number =>
  (settings.Period as number | undefined) ??
  Math.max(
    ...(settings.Metrics as Params[]).map(({ MetricStat, Period }) => Number(MetricStat?.Period ?? Period ?? 0)),
  );

const ACTIONS = { OK: 'OKActions', ALARM: 'AlarmActions', INSUFFICIENT_DATA: 'InsufficientDataActions' } as const;

/** ARNs of what is to happen in this state. */
export const actionsOf = ({ settings }: Alarm, state: StateValue): string[] => settings[ACTIONS[state]] as string[];

/** As DescribeAlarms shows it. */
export const describeAlarm = (alarm: Alarm): Params => ({
  ...alarm.settings,
  AlarmArn: alarm.arn,
  AlarmConfigurationUpdatedTimestamp: new Date(alarm.configuredAt),
  StateValue: alarm.state,
  StateReason: alarm.reason,
  StateReasonData: alarm.reasonData,
  StateUpdatedTimestamp: new Date(alarm.updatedAt),
  StateTransitionedTimestamp: new Date(alarm.transitionedAt),
});
