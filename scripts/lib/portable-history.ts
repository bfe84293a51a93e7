import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type History = Parameters<typeof historyToJSON>[0];

/** Say where and by which process it ran, and where its code lies; no replay looks at them. */
const LEFT_OUT = new Set(['stackTrace', 'identity', 'requestId', 'taskId', 'historySizeBytes', 'workerVersion']);
/** A worker's own task queue is named after its process and machine: `4196@host-0b360645…`. */
const OWN_QUEUE = /^\d+@.+$/;

/** The events of a history without what names the machine they were recorded on. */
export const portableHistory = (history: History): Json[] =>
  (JSON.parse(historyToJSON(history)) as { events: Json[] }).events.map(portable);

function portable(value: Json): Json {
  if (typeof value === 'string') return OWN_QUEUE.test(value) ? 'worker@host' : value;
  if (Array.isArray(value)) return value.map(portable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) => !LEFT_OUT.has(key) && !isEmpty(inner))
      .map(([key, inner]) => [key, portable(inner)]),
  );
}

const isEmpty = (value: Json): boolean =>
  value === null || (typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0);
