import type { Client } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time.js';
import type { Run } from '../../../../src/api/deployments/run.ts';
import type { Kill } from './kill.ts';
import type { Handed } from './wire.ts';

/** Something that a worker has to do, from when it could be done until it was done or taken in hand once more. */
interface Duty {
  what: string;
  from: number;
  until: number;
}

export interface Delay {
  seconds: number;
  /** What waited longest for the next worker. */
  what: string;
}

type Event = NonNullable<
  Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>['events']
>[number];

const at = (event: Event): number => tsToMs(event.eventTime);

/**
 * How long after the next worker was ready each kill still held its change up: until the first workflow task of the run,
 * and of its locks, was completed and every activity that was under way was given to a worker again. What the next kill
 * held up as well counts there.
 */
export async function delaysOf(
  temporal: Client,
  { run, kills, handed }: { run: Run; kills: Kill[]; handed: Handed[] },
): Promise<Delay[]> {
  if (kills.length === 0) return [];
  const events = await historyOf(temporal, run);
  const locks = events.flatMap((event) => event.childWorkflowExecutionStartedEventAttributes?.workflowExecution ?? []);
  const histories = await Promise.all(
    locks.map(({ workflowId, runId }) => historyOf(temporal, { workflowId: workflowId ?? '', runId: runId ?? '' })),
  );
  const taskDuties = [events, ...histories].map(workflowTaskDuties);
  return kills.map((kill, i) => {
    const end = kills[i + 1]?.at ?? Infinity;
    const first = taskDuties.flatMap((duties) => duties.find(({ until }) => until > kill.at) ?? []);
    const duties = [...first, ...activityDuties(events, { run, handed, kill })];
    const delays = duties
      .filter(({ until }) => until <= end && until < Infinity)
      .map(({ what, from, until }) => ({ what, seconds: (until - Math.max(from, kill.readyAt)) / 1_000 }));
    return delays.reduce((worst, one) => (one.seconds > worst.seconds ? one : worst), { what: 'nothing', seconds: 0 });
  });
}

const historyOf = async (
  temporal: Client,
  { workflowId, runId }: Pick<Run, 'workflowId' | 'runId'>,
): Promise<Event[]> => (await temporal.workflow.getHandle(workflowId, runId).fetchHistory()).events ?? [];

function workflowTaskDuties(events: Event[]): Duty[] {
  const duties: Duty[] = [];
  let from: number | undefined;
  for (const event of events) {
    if (event.workflowTaskScheduledEventAttributes) from ??= at(event);
    if (event.workflowTaskCompletedEventAttributes && from !== undefined) {
      duties.push({ what: 'workflow task', from, until: at(event) });
      from = undefined;
    }
  }
  return duties;
}

/** Of the activities that were under way at a kill; one that nobody waits for any more is no duty. */
function activityDuties(events: Event[], { run, handed, kill }: { run: Run; handed: Handed[]; kill: Kill }): Duty[] {
  return events.flatMap((event) => {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (!scheduled || at(event) > kill.at) return [];
    const end = events.find((e) => scheduledIdOf(e) === String(event.eventId));
    if (end !== undefined && at(end) <= kill.at) return [];
    const again = handed.find((h) => h.runId === run.runId && h.activityId === scheduled.activityId && h.at > kill.at);
    const what = scheduled.activityType?.name ?? '';
    const until = Math.min(again?.at ?? Infinity, end === undefined ? Infinity : at(end));
    return [{ what, from: at(event), until }];
  });
}

/** Event that scheduled the activity which this one ends, or which it asks to end. */
function scheduledIdOf(event: Event): string | undefined {
  const attributes =
    event.activityTaskCompletedEventAttributes ??
    event.activityTaskFailedEventAttributes ??
    event.activityTaskTimedOutEventAttributes ??
    event.activityTaskCanceledEventAttributes ??
    event.activityTaskCancelRequestedEventAttributes;
  return attributes?.scheduledEventId === undefined ? undefined : String(attributes.scheduledEventId);
}
