/** The alarms: evaluated every minute of cloud time, those of shorter periods every 10 seconds. */
import type { Params, Topics } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { evaluateAlarm, SPARE_PERIODS, type Datapoint } from './alarm-evaluation.ts';
import type { AlarmHistory } from './alarm-history.ts';
import { alarmMessage } from './alarm-message.ts';
import { actionsOf, periodOf, type Alarm, type StateValue } from './alarm-model.ts';
import { reasonDataOf, reasonOf } from './alarm-reason.ts';
import { metricOf } from './metric-operations.ts';
import { readQueries, runQueries } from './queries.ts';
import type { SeriesStore } from './series.ts';
import { statisticOf } from './statistics.ts';

/** An alarm calls on a scaling policy: at the change of its state, and every minute it stays in it. */
export interface ScalingSignal {
  policyArn: string;
  alarmName: string;
  /** The alarm's. */
  state: StateValue;
  /** Newest first, never empty. */
  values: number[];
  threshold: number;
}

/** False: it is no policy of this listener. */
export type ScalingListener = (signal: ScalingSignal) => boolean;

interface Ports {
  engine: Pick<Engine, 'account' | 'region' | 'clock'>;
  store: SeriesStore;
  history: AlarmHistory;
  topics: Topics;
}

export type AlarmStore = ReturnType<typeof createAlarms>;

const isScaling = (arn: string): boolean => arn.startsWith('arn:aws:autoscaling:');

const recentDatapoints = (reasonData: string | undefined): number[] => {
  const { recentDatapoints: values = [] } = JSON.parse(reasonData ?? '{}') as { recentDatapoints?: number[] };
  return [...values].reverse();
};

export const createAlarms = ({ engine, store, history, topics }: Ports) => {
  const { account, region, clock } = engine;
  const alarms = new Map<string, Alarm>();
  const listeners: ScalingListener[] = [];

  /** Why it cannot be; undefined when it was. */
  const callPolicy = (alarm: Alarm, policyArn: string, values: number[]): string | undefined => {
    if (values.length === 0) return 'Metric data points must be provided';
    const signal = {
      policyArn,
      alarmName: alarm.name,
      state: alarm.state,
      values,
      threshold: alarm.settings.Threshold as number,
    };
    const isKnown = listeners.some((listener) => listener(signal));
    return isKnown ? undefined : `The scaling policy ${policyArn} does not exist`;
  };

  const act = (alarm: Alarm, from: StateValue): void => {
    for (const action of actionsOf(alarm, alarm.state)) {
      if (isScaling(action)) {
        const error = callPolicy(alarm, action, recentDatapoints(alarm.reasonData));
        history.acted(alarm, action, { state: alarm.state, ...(error !== undefined && { error }) });
      } else if (action.startsWith('arn:aws:sns:')) {
        const message = alarmMessage(alarm, { from, account, region });
        const isTopic = topics.publish(action, message);
        const outcome = isTopic ? { message: message.message } : { error: 'Resource: Topic does not exist' };
        history.acted(alarm, action, { state: alarm.state, ...outcome });
      }
    }
  };

  const change = (alarm: Alarm, to: Pick<Alarm, 'state' | 'reason' | 'reasonData'>): void => {
    const { state, reason, reasonData } = alarm;
    alarm.state = to.state;
    alarm.reason = to.reason;
    if (to.reasonData === undefined) delete alarm.reasonData;
    else alarm.reasonData = to.reasonData;
    alarm.updatedAt = clock.now();
    if (state === to.state) return;
    alarm.transitionedAt = alarm.updatedAt;
    history.changed(alarm, { state, reason, ...(reasonData !== undefined && { reasonData }) });
    if (alarm.settings.ActionsEnabled === true) act(alarm, state);
  };

  /** Of each period that ended by `end`, newest first. */
  const datapoints = (alarm: Alarm, end: number): (Datapoint | undefined)[] => {
    const { settings } = alarm;
    const length = periodOf(alarm) * 1000;
    const count = (settings.EvaluationPeriods as number) + SPARE_PERIODS;
    const from = end - count * length;
    const found = new Map<number, Datapoint>();
    if (settings.Metrics === undefined) {
      const statistic = String(settings.Statistic ?? settings.ExtendedStatistic);
      const range = { from, to: end, periodMilliseconds: length };
      for (const bucket of store.read(metricOf(settings), range, settings.Unit as string | undefined)) {
        const value = statisticOf(bucket, statistic);
        if (value !== undefined) found.set(bucket.at, { at: bucket.at, value, sampleCount: bucket.count });
      }
    } else {
      const metrics = settings.Metrics as Params[];
      const [result] = runQueries(readQueries(metrics, metrics.length === 1), store, { from: () => from, to: end });
      for (const [at, value] of result?.series ?? []) found.set(at, { at, value, sampleCount: 1 });
    }
    return Array.from({ length: count }, (_, i) => found.get(end - (i + 1) * length));
  };

  const evaluate = (alarm: Alarm, end: number): void => {
    const verdict = evaluateAlarm(alarm, datapoints(alarm, end));
    if (verdict === undefined) return;
    if (verdict.state !== alarm.state) {
      const reasonData = reasonDataOf(alarm, verdict, clock.now());
      change(alarm, { state: verdict.state, reason: reasonOf(alarm, verdict), reasonData });
      return;
    }
    if (alarm.settings.ActionsEnabled !== true) return;
    const values = verdict.evaluated.map(({ value }) => value);
    for (const action of actionsOf(alarm, alarm.state).filter(isScaling)) callPolicy(alarm, action, values);
  };

  const isFrequent = (alarm: Alarm): boolean => periodOf(alarm) < 60;

  return {
    alarms,
    arnOf: (name: string): string => `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`,
    hasFrequent: (): boolean => [...alarms.values()].some(isFrequent),
    /** At a multiple of 10 seconds; all of them at a full minute. */
    evaluateAll: (end: number): void => {
      const isMinute = end % 60_000 === 0;
      for (const alarm of alarms.values()) if (isMinute || isFrequent(alarm)) evaluate(alarm, end);
    },
    change,
    onScaling: (listener: ScalingListener): void => void listeners.push(listener),
    save: () => [...alarms.values()],
    load: (saved: readonly Alarm[]): void => {
      for (const alarm of saved) alarms.set(alarm.name, alarm);
    },
  };
};
