/** PutLogEvents: which batches AWS takes, and which events of them. */
import type { Clock, Operation, Params } from '../../engine/contract.ts';
import { badParameter, bytesOf, DAY_MILLISECONDS, type Group, type LogStore } from './store.ts';

const LARGEST_BATCH_BYTES = 1_048_576;
/** Events of this age are refused, and those so far ahead. */
const OLDEST_MILLISECONDS = 14 * DAY_MILLISECONDS;
const NEWEST_MILLISECONDS = 2 * 3_600_000;

interface InputEvent {
  timestamp: number;
  message: string;
}

const checkBatch = (events: readonly InputEvent[]): void => {
  const size = events.reduce((sum, event) => sum + bytesOf(event), 0);
  if (size > LARGEST_BATCH_BYTES)
    throw badParameter(`Upload too large: ${size} bytes exceeds limit of ${LARGEST_BATCH_BYTES}`);
  if (events.some(({ timestamp }, i) => timestamp < (events[i - 1]?.timestamp ?? 0)))
    throw badParameter('Log events in a single PutLogEvents request must be in chronological order.');
};

/** Where the events begin and end that are taken; the others are in AWS's three kinds of indices. */
const sortOut = (events: readonly InputEvent[], { retentionInDays }: Group, now: number) => {
  const count = (isSo: (timestamp: number) => boolean): number =>
    events.filter(({ timestamp }) => isSo(timestamp)).length;
  const tooOld = count((timestamp) => timestamp < now - OLDEST_MILLISECONDS);
  const expired =
    retentionInDays === undefined ? 0 : count((timestamp) => timestamp < now - retentionInDays * DAY_MILLISECONDS);
  const tooNew = count((timestamp) => timestamp > now + NEWEST_MILLISECONDS);
  const rejected: Params = {
    ...(tooOld > 0 && { tooOldLogEventEndIndex: tooOld }),
    ...(expired > 0 && { expiredLogEventEndIndex: expired }),
    ...(tooNew > 0 && { tooNewLogEventStartIndex: events.length - tooNew }),
  };
  return { rejected, taken: events.slice(Math.max(tooOld, expired), events.length - tooNew) };
};

export const createPutLogEvents =
  ({ groupOf, streamOf, append }: LogStore, clock: Clock): Operation =>
  (params) => {
    const group = groupOf(params);
    const stream = streamOf(group, params.logStreamName as string);
    const events = params.logEvents as InputEvent[];
    checkBatch(events);
    const { rejected, taken } = sortOut(events, group, clock.now());
    const span = (taken.at(-1)?.timestamp ?? 0) - (taken[0]?.timestamp ?? 0);
    if (span > DAY_MILLISECONDS)
      throw badParameter('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.');
    for (const { timestamp, message } of taken) append(stream, timestamp, message);
    return {
      nextSequenceToken: (stream.events.at(-1)?.id ?? '').padStart(56, '0'),
      ...(Object.keys(rejected).length > 0 && { rejectedLogEventsInfo: rejected }),
    };
  };
