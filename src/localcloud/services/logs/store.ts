/** What CloudWatch Logs keeps: groups, their streams, and the events in these. */
import { AwsError, type Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { tableOf } from '../../engine/table.ts';

/** Events kept of a stream; AWS keeps all until their retention ends. */
const KEPT_IN_STREAM = 10_000;
/** The newest events of the account that outlive a restart: the state file is written often. */
const KEPT_OVER_RESTART = 5_000;
/** What AWS counts for an event besides its message. */
export const EVENT_OVERHEAD_BYTES = 26;
export const DAY_MILLISECONDS = 86_400_000;

export interface LogEvent {
  /** 56 digits; they sort as the events do: by timestamp, then by arrival. */
  id: string;
  /** Counts the events of the account as they arrive. */
  serial: number;
  /** Milliseconds, as the sender says. */
  timestamp: number;
  ingestionTime: number;
  message: string;
}

export interface Stream {
  name: string;
  createdAt: number;
  events: LogEvent[];
  lastIngestionTime?: number;
}

export interface Group {
  name: string;
  createdAt: number;
  logGroupClass: string;
  retentionInDays?: number;
  tags: Record<string, string>;
  streams: Map<string, Stream>;
  /** By name, as PutMetricFilter gave them. */
  metricFilters: Record<string, Params>;
}

export const badParameter = (message: string): AwsError => new AwsError('InvalidParameterException', message);

export const bytesOf = ({ message }: { message: string }): number => Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES;

export type LogStore = ReturnType<typeof createStore>;

export const createStore = ({ clock, region, account }: Pick<Engine, 'clock' | 'region' | 'account'>) => {
  const groups = new Map<string, Group>();
  let serial = 0;

  const arnOf = (group: Group): string => `arn:aws:logs:${region}:${account}:log-group:${group.name}`;

  /** By `logGroupName`, or by `logGroupIdentifier`, which may be an ARN; exactly one of them. */
  const groupOf = ({ logGroupName, logGroupIdentifier }: Params): Group => {
    if (logGroupName !== undefined && logGroupIdentifier !== undefined)
      throw badParameter('LogGroup name and LogGroup ARN are mutually exclusive parameters.');
    if (logGroupName === undefined && logGroupIdentifier === undefined)
      throw badParameter('Either LogGroup name or LogGroup ARN has to be given.');
    const name = String(logGroupName ?? logGroupIdentifier).replace(/^arn:.*:log-group:([^:]*)(:\*)?$/, '$1');
    const group = groups.get(name);
    if (group === undefined) throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
    return group;
  };

  /** Its events, without those whose retention has ended. */
  const eventsOf = (group: Group, stream: Stream): LogEvent[] => {
    const { retentionInDays } = group;
    if (retentionInDays === undefined) return stream.events;
    const oldest = clock.now() - retentionInDays * DAY_MILLISECONDS;
    if ((stream.events[0]?.timestamp ?? Infinity) < oldest)
      stream.events = stream.events.filter(({ timestamp }) => timestamp >= oldest);
    return stream.events;
  };

  const streamOf = (group: Group, name: string): Stream => {
    const stream = group.streams.get(name);
    if (stream === undefined)
      throw new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.');
    return stream;
  };

  const createGroup = (name: string, more: Partial<Group> = {}): Group => {
    if (groups.has(name))
      throw new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists');
    const createdAt = Math.round(clock.now());
    const group: Group = {
      name,
      createdAt,
      logGroupClass: 'STANDARD',
      tags: {},
      streams: new Map(),
      metricFilters: tableOf(),
      ...more,
    };
    groups.set(name, group);
    return group;
  };

  const createStream = (group: Group, name: string): Stream => {
    const stream: Stream = { name, createdAt: Math.round(clock.now()), events: [] };
    group.streams.set(name, stream);
    return stream;
  };

  const append = (stream: Stream, timestamp: number, message: string): void => {
    serial += 1;
    const id = `${String(timestamp).padStart(20, '0')}${String(serial).padStart(36, '0')}`;
    const ingestionTime = Math.round(clock.now());
    let at = stream.events.length;
    while (at > 0 && (stream.events[at - 1] as LogEvent).id > id) at -= 1;
    stream.events.splice(at, 0, { id, serial, timestamp, ingestionTime, message });
    stream.lastIngestionTime = ingestionTime;
    if (stream.events.length > KEPT_IN_STREAM * 1.1) stream.events = stream.events.slice(-KEPT_IN_STREAM);
  };

  const save = (): unknown => ({
    serial,
    groups: [...groups.values()].map(({ streams, ...group }) => ({
      ...group,
      streams: [...streams.values()].map((stream) => ({
        ...stream,
        events: stream.events.filter((event) => event.serial > serial - KEPT_OVER_RESTART),
      })),
    })),
  });
  const load = (data: unknown): void => {
    const saved = data as { serial: number; groups: (Omit<Group, 'streams'> & { streams: Stream[] })[] };
    serial = saved.serial;
    for (const { streams, ...group } of saved.groups) {
      groups.set(group.name, {
        ...group,
        metricFilters: tableOf(group.metricFilters),
        streams: new Map(streams.map((stream) => [stream.name, stream])),
      });
    }
  };

  return { groups, arnOf, groupOf, eventsOf, streamOf, createGroup, createStream, append, save, load };
};
