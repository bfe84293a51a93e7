import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import type * as Proto from '@temporalio/proto';

export type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;
export type Json = string | number | boolean | null | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/**
 * The SDK's own conversion wants one single copy of protobufjs in the installation, which npm does not promise. So the
 * files have the form of protobufjs: names of enums, base64, times as seconds and nanoseconds.
 */
const { temporal } = createRequire(import.meta.url)('@temporalio/proto') as typeof Proto;
const { History: Codec } = temporal.api.history.v1;

export const directory = fileURLToPath(new URL('histories', import.meta.url));

/** Name → events. */
export const readHistories = (): Map<string, JsonObject[]> =>
  new Map(
    readdirSync(directory).map((file) => {
      const { events } = JSON.parse(readFileSync(join(directory, file), 'utf8')) as { events: JsonObject[] };
      return [basename(file, '.json'), events];
    }),
  );

export const toHistory = (events: JsonObject[]): History => Codec.fromObject({ events });

/** One event a line, so that a difference can be read. */
export const formatHistory = (events: JsonObject[]): string =>
  `{"events":[\n${events.map((event) => JSON.stringify(event)).join(',\n')}\n]}\n`;

/** Say where and by which process it ran, and where its code lies; no replay looks at them. */
const LEFT_OUT = new Set(['stackTrace', 'identity', 'requestId', 'taskId', 'historySizeBytes', 'workerVersion']);
/** A worker's own task queue is named after its process and machine: `4196@host-0b360645…`. */
const OWN_QUEUE = /^\d+@.+$/;

/** The events of a history without what names the machine they were recorded on. */
export function portableEvents(history: History): JsonObject[] {
  const plain = Codec.toObject(Codec.fromObject(history), { enums: String, longs: String, bytes: String });
  return (portable(plain as JsonObject) as { events: JsonObject[] }).events;
}

function portable(value: Json): Json {
  if (typeof value === 'string') return OWN_QUEUE.test(value) ? 'worker@host' : value;
  if (Array.isArray(value)) return value.map(portable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !LEFT_OUT.has(key))
      .map(([key, inner]) => [key, portable(inner)]),
  );
}
