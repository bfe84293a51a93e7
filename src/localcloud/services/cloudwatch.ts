/** CloudWatch: metrics, alarms, dashboards. SDKs speak JSON 1.0 to it, older clients Query; both meet the same operations. */
import type { Alarms, Params, Topics } from '../engine/contract.ts';
import type { Engine, Parts } from '../registration.ts';
import { createAlarmHistory } from './cloudwatch/alarm-history.ts';
import { alarmOperations } from './cloudwatch/alarm-operations.ts';
import { actionsOf, type Alarm, type HistoryItem } from './cloudwatch/alarm-model.ts';
import { createAlarms, type ScalingListener } from './cloudwatch/alarms.ts';
import { createDashboards, type Dashboard } from './cloudwatch/dashboards.ts';
import { metricDataOperations } from './cloudwatch/metric-data.ts';
import { metricOperations } from './cloudwatch/metric-operations.ts';
import { publish, type Publishers } from './cloudwatch/published.ts';
import { createSeriesStore, type SeriesStore } from './cloudwatch/series.ts';
import { tagOperations } from './cloudwatch/tags.ts';

const MINUTE = 60_000;
const TEN_SECONDS = 10_000;

/** Alarms as scaling policies use them. */
export interface ScalingAlarms {
  /** As PutMetricAlarm. */
  put(alarm: Params): void;
  delete(names: readonly string[]): void;
  /** The ARN an alarm of this name has or would have. */
  arnOf(name: string): string;
  /** Names of the alarms that call on this policy. */
  callersOf(policyArn: string): string[];
  /** Who listens is told when an alarm calls on a policy. */
  onScaling(listener: ScalingListener): void;
}

export interface CloudWatch extends Parts {
  alarms: Alarms;
  scalingAlarms: ScalingAlarms;
}

interface Saved {
  dashboards: Record<string, Dashboard>;
  series: ReturnType<SeriesStore['save']>;
  alarms: Alarm[];
  history: HistoryItem[];
}

/** `publishers`: whose metrics there are besides those that callers put. */
export const createCloudWatch = (
  engine: Engine,
  { topics, ...publishers }: { topics: Topics } & Publishers,
): CloudWatch => {
  const { clock } = engine;
  const dashboards = createDashboards(engine);
  const store = createSeriesStore();
  const history = createAlarmHistory(clock.now);
  const alarms = createAlarms({ engine, store, history, topics });
  let cancel = (): void => undefined;

  /** At a multiple of 10 seconds. */
  const tick = (end: number): void => {
    const hadData = end % MINUTE === 0 && publish(store, publishers, end - MINUTE);
    alarms.evaluateAll(end);
    if (end % (5 * MINUTE) === 0) store.compact(end);
    if (hadData || alarms.alarms.size > 0) engine.changed();
  };
  const arm = (): void => {
    cancel();
    const step = alarms.hasFrequent() ? TEN_SECONDS : MINUTE;
    const due = clock.now() + step - (clock.now() % step);
    cancel = clock.after(due - clock.now(), () => {
      // A timer of a fast clock may be late by more than a step.
      for (let end = due; end <= clock.now(); end += step) tick(end);
      arm();
    });
  };

  const operations = {
    ...metricOperations(store, clock.now),
    ...metricDataOperations(store),
    ...alarmOperations({ engine, store: alarms, history, rearm: arm }),
    ...dashboards.operations,
    ...tagOperations(
      (arn) => dashboards.tagsOf(arn) ?? [...alarms.alarms.values()].find((one) => one.arn === arn)?.tags,
    ),
  };
  const call = (operation: 'PutMetricAlarm' | 'DeleteAlarms', params: Params): void => {
    const { account, region } = engine;
    void operations[operation]!.run(params, { requestId: '', account, region, accessKeyId: '', userName: '' });
  };

  return {
    alarms: { state: (name) => alarms.alarms.get(name)?.state },
    scalingAlarms: {
      put: (alarm) => call('PutMetricAlarm', alarm),
      delete: (names) => {
        const there = names.filter((name) => alarms.alarms.has(name));
        if (there.length > 0) call('DeleteAlarms', { AlarmNames: there });
      },
      arnOf: alarms.arnOf,
      callersOf: (policyArn) =>
        [...alarms.alarms.values()]
          .filter((alarm) =>
            (['ALARM', 'OK', 'INSUFFICIENT_DATA'] as const).some((state) =>
              actionsOf(alarm, state).includes(policyArn),
            ),
          )
          .map(({ name }) => name),
      onScaling: alarms.onScaling,
    },
    services: [
      {
        scope: 'monitoring',
        model: 'cloudwatch',
        throttlingCode: 'Throttling',
        internalCode: 'InternalServiceError',
        validationCode: 'ValidationError',
        missingCode: 'MissingParameter',
        operations,
        persistent: {
          key: 'cloudwatch',
          save: (): Saved => ({
            dashboards: dashboards.save(),
            series: store.save(),
            alarms: alarms.save(),
            history: history.save(),
          }),
          load: (data) => {
            const saved = data as Saved;
            dashboards.load(saved.dashboards);
            store.load(saved.series);
            alarms.load(saved.alarms);
            history.load(saved.history);
          },
          start: async () => arm(),
          stop: async () => cancel(),
        },
      },
    ],
  };
};
