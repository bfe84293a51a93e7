/** What happened to alarms, theirs too that are gone. */
import type { Operation } from '../../engine/contract.ts';
import { pageOf } from '../paging.ts';
import type { Alarm, HistoryItem, StateValue } from './alarm-model.ts';
import { describeAlarm } from './alarm-model.ts';
import { invalidToken } from './errors.ts';
import { longTime } from './text.ts';

const KEPT_MILLISECONDS = 30 * 24 * 3_600_000;
const KEPT_ITEMS = 2000;
const PAGE_SIZE = 50;

const parsed = (data: string | undefined): unknown => (data === undefined ? undefined : JSON.parse(data));

export type AlarmHistory = ReturnType<typeof createAlarmHistory>;

export const createAlarmHistory = (now: () => number) => {
  /** Oldest first. */
  let items: HistoryItem[] = [];

  const add = (alarm: Alarm, type: HistoryItem['type'], summary: string, data: Record<string, unknown>): void => {
    const since = now() - KEPT_MILLISECONDS;
    items.push({ alarmName: alarm.name, at: now(), type, summary, data: JSON.stringify({ version: '1.0', ...data }) });
    items = items.filter(({ at }) => at >= since).slice(-KEPT_ITEMS);
  };

  const describe: Operation = (params) => {
    const types = params.AlarmTypes as string[] | undefined;
    const from = (params.StartDate as Date | undefined)?.getTime() ?? 0;
    const to = (params.EndDate as Date | undefined)?.getTime() ?? Infinity;
    const wanted = items.filter(
      ({ alarmName, at, type }) =>
        (types?.includes('MetricAlarm') ?? true) &&
        (params.AlarmName === undefined || alarmName === params.AlarmName) &&
        (params.HistoryItemType === undefined || type === params.HistoryItemType) &&
        at >= from &&
        at <= to,
    );
    const size = (params.MaxRecords ?? PAGE_SIZE) as number;
    const ordered = params.ScanBy === 'TimestampAscending' ? wanted : wanted.toReversed();
    const { items: shown, next } = pageOf(ordered, { list: 'history', size, token: params.NextToken, invalidToken });
    return {
      AlarmHistoryItems: shown.map(({ alarmName, at, type, summary, data }) => ({
        AlarmName: alarmName,
        AlarmType: 'MetricAlarm',
        Timestamp: new Date(at),
        HistoryItemType: type,
        HistorySummary: summary,
        HistoryData: data,
      })),
      NextToken: next,
    };
  };

  return {
    configured: (alarm: Alarm, what: 'created' | 'updated' | 'deleted'): void => {
      const type = { created: 'Create', updated: 'Update', deleted: 'Delete' }[what];
      add(alarm, 'ConfigurationUpdate', `Alarm "${alarm.name}" ${what}`, {
        type,
        [`${what}Alarm`]: describeAlarm(alarm),
      });
    },
    changed: (alarm: Alarm, before: Pick<Alarm, 'state' | 'reason' | 'reasonData'>): void =>
      add(alarm, 'StateUpdate', `Alarm updated from ${before.state} to ${alarm.state}`, {
        oldState: { stateValue: before.state, stateReason: before.reason, stateReasonData: parsed(before.reasonData) },
        newState: { stateValue: alarm.state, stateReason: alarm.reason, stateReasonData: parsed(alarm.reasonData) },
      }),
    acted: (alarm: Alarm, action: string, outcome: { state: StateValue; error?: string; message?: string }): void => {
      const { state, error, message } = outcome;
      const summary =
        error === undefined ? `Successfully executed action ${action}` : `Failed to execute action ${action}`;
      add(alarm, 'Action', summary, {
        actionState: error === undefined ? 'Succeeded' : 'Failed',
        stateUpdateTimestamp: longTime(alarm.updatedAt),
        stateValue: state,
        notificationResource: action,
        publishedMessage: message,
        error,
      });
    },
    describe,
    save: () => items,
    load: (data: HistoryItem[]): void => {
      items = data;
    },
  };
};
