/** Alarms as callers put, find and delete them. */
import { AwsError, type Operation, type OperationTable, type Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { isJsonObject } from '../json-object.ts';
import { pageOf } from '../paging.ts';
import { readTags } from '../tag-set.ts';
import type { AlarmHistory } from './alarm-history.ts';
import { readAlarm } from './alarm-input.ts';
import { actionsOf, describeAlarm, type Alarm, type StateValue } from './alarm-model.ts';
import type { AlarmStore } from './alarms.ts';
import { invalid, invalidToken } from './errors.ts';

const PAGE_SIZE = 50;
const ALARMS_AT_MOST = 5000;
const TAGS_AT_MOST = 50;

interface Ports {
  engine: Pick<Engine, 'clock' | 'region' | 'settings'>;
  store: AlarmStore;
  history: AlarmHistory;
  /** A new alarm may have to be looked at sooner than the others. */
  rearm(): void;
}

const dimensionsText = (dimensions: readonly { Name: string; Value: string }[]): string =>
  JSON.stringify(dimensions.map(({ Name, Value }) => `${Name}=${Value}`).sort());

export const alarmOperations = ({ engine, store, history, rearm }: Ports): OperationTable => {
  const { alarms } = store;
  const byName = (): Alarm[] => [...alarms.values()].sort((a, b) => (a.name < b.name ? -1 : 1));

  const putMetricAlarm: Operation = (params) => {
    const name = String(params.AlarmName);
    const settings = readAlarm(params, engine.region);
    const existing = alarms.get(name);
    const now = engine.clock.now();
    if (existing !== undefined) {
      existing.settings = settings;
      existing.configuredAt = now;
      history.configured(existing, 'updated');
      return {};
    }
    if (engine.settings.strict && alarms.size >= ALARMS_AT_MOST)
      throw new AwsError('LimitExceeded', `You may have at most ${ALARMS_AT_MOST} alarms.`);
    if ((params.Tags ?? []).length > TAGS_AT_MOST)
      throw invalid(`An alarm must not have more than ${TAGS_AT_MOST} tags.`);
    const alarm: Alarm = {
      name,
      arn: store.arnOf(name),
      settings,
      tags: readTags(params.Tags),
      configuredAt: now,
      state: 'INSUFFICIENT_DATA',
      reason: 'Unchecked: Initial alarm creation',
      updatedAt: now,
      transitionedAt: now,
    };
    alarms.set(name, alarm);
    history.configured(alarm, 'created');
    rearm();
    return {};
  };

  const describeAlarms: Operation = (params) => {
    const {
      AlarmNames: names,
      AlarmNamePrefix: prefix,
      ActionPrefix: action,
      AlarmTypes: types,
    } = params as {
      AlarmNames?: string[];
      AlarmNamePrefix?: string;
      ActionPrefix?: string;
      AlarmTypes?: string[];
    };
    if (names !== undefined && names.length > 0 && prefix !== undefined)
      throw invalid('AlarmNamePrefix must not be specified together with AlarmNames.');
    const isRelative = params.ChildrenOfAlarmName !== undefined || params.ParentsOfAlarmName !== undefined;
    const states: StateValue[] = ['OK', 'ALARM', 'INSUFFICIENT_DATA'];
    const isWanted = (alarm: Alarm): boolean =>
      !isRelative &&
      (types?.includes('MetricAlarm') ?? true) &&
      (names === undefined || names.length === 0 || names.includes(alarm.name)) &&
      (prefix === undefined || alarm.name.startsWith(prefix)) &&
      (params.StateValue === undefined || alarm.state === params.StateValue) &&
      (action === undefined || states.some((state) => actionsOf(alarm, state).some((arn) => arn.startsWith(action))));
    const { items, next } = pageOf(byName().filter(isWanted), {
      list: 'alarms',
      size: (params.MaxRecords ?? PAGE_SIZE) as number,
      token: params.NextToken,
      invalidToken,
    });
    return { MetricAlarms: items.map(describeAlarm), CompositeAlarms: [], NextToken: next };
  };

  const describeAlarmsForMetric: Operation = (params) => {
    const dimensions = dimensionsText(params.Dimensions ?? []);
    const isWanted = ({ settings }: Alarm): boolean =>
      dimensionsText(settings.Dimensions) === dimensions &&
      ['Namespace', 'MetricName'].every((name) => settings[name] === params[name]) &&
      ['Statistic', 'ExtendedStatistic', 'Period', 'Unit'].every(
        (name) => params[name] === undefined || settings[name] === params[name],
      );
    return { MetricAlarms: byName().filter(isWanted).map(describeAlarm) };
  };

  const deleteAlarms: Operation = (params) => {
    const found = (params.AlarmNames as string[]).flatMap((name) => alarms.get(name) ?? []);
    if (found.length === 0) throw new AwsError('ResourceNotFound', 'None of the alarms exists.', 404);
    for (const alarm of found) {
      alarms.delete(alarm.name);
      history.configured(alarm, 'deleted');
    }
    return {};
  };

  const setAlarmState: Operation = (params) => {
    const alarm = alarms.get(String(params.AlarmName));
    const reasonData = params.StateReasonData as string | undefined;
    if (reasonData !== undefined && !isJsonObject(reasonData))
      throw new AwsError('InvalidFormat', 'StateReasonData is not valid JSON.');
    if (alarm === undefined) throw new AwsError('ResourceNotFound', `Alarm ${params.AlarmName} does not exist.`, 404);
    store.change(alarm, {
      state: params.StateValue as StateValue,
      reason: String(params.StateReason),
      ...(reasonData !== undefined && { reasonData }),
    });
    return {};
  };

  const enable =
    (isEnabled: boolean): Operation =>
    (params) => {
      for (const name of params.AlarmNames as string[]) {
        const alarm = alarms.get(name);
        if (alarm === undefined) continue;
        alarm.settings.ActionsEnabled = isEnabled;
        alarm.configuredAt = engine.clock.now();
        history.configured(alarm, 'updated');
      }
      return {};
    };

  const one = (params: Params): string => String(params.AlarmName);
  const several = (params: Params): string => (params.AlarmNames as string[]).join(',');
  return {
    PutMetricAlarm: {
      run: putMetricAlarm,
      mutating: true,
      resource: one,
      note: 'no anomaly detection, PromQL, evaluation windows; of the actions SNS topics and scaling policies act',
    },
    DescribeAlarms: { run: describeAlarms, mutating: false, note: 'metric alarms; there are no composite ones' },
    DescribeAlarmsForMetric: { run: describeAlarmsForMetric, mutating: false },
    DescribeAlarmHistory: { run: history.describe, mutating: false, resource: ({ AlarmName }) => AlarmName },
    DeleteAlarms: { run: deleteAlarms, mutating: true, resource: several },
    SetAlarmState: { run: setAlarmState, mutating: true, resource: one },
    EnableAlarmActions: { run: enable(true), mutating: true, resource: several },
    DisableAlarmActions: { run: enable(false), mutating: true, resource: several },
  };
};
