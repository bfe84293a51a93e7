import { AwsError, type OperationTable, type Params, type Persistent } from '../engine/contract.ts';
import type { Engine, Parts } from '../registration.ts';

/** Events kept in memory for a stream, and in the state file. */
const KEPT = 5000;
const KEPT_OVER_RESTART = 100;

const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

interface LogEvent {
  id: string;
  /** Milliseconds, as the sender says. */
  timestamp: number;
  ingestionTime: number;
  message: string;
}

interface Stream {
  name: string;
  createdAt: number;
  events: LogEvent[];
}

interface Group {
  name: string;
  createdAt: number;
  retentionInDays?: number;
  tags: Record<string, string>;
  streams: Map<string, Stream>;
}

/** How containers write their logs. */
export interface LogSink {
  /** Appends a line; the stream is made when it is missing, a missing group swallows the line. */
  write(group: string, stream: string, message: string): void;
  /** Why the awslogs driver cannot start with this configuration; undefined when it can. */
  refuse(configuration: unknown): string | undefined;
}

const badParameter = (message: string): AwsError => new AwsError('InvalidParameterException', message);
const groupMissing = (): AwsError =>
  new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
const streamMissing = (): AwsError =>
  new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.');

/** The plain part of CloudWatch's filter patterns: every word has to occur, `"…"` is one, `?a ?b` are alternatives. */
const matcher = (pattern: unknown): ((message: string) => boolean) => {
  const words = [...String(pattern ?? '').matchAll(/(\?|-)?(?:"([^"]*)"|(\S+))/g)].map(
    ([, sign = '', quoted, bare]) => ({
      sign,
      word: quoted ?? bare ?? '',
    }),
  );
  const any = words.filter(({ sign }) => sign === '?');
  const all = words.filter(({ sign }) => sign === '');
  const none = words.filter(({ sign }) => sign === '-');
  return (message) =>
    all.every(({ word }) => message.includes(word)) &&
    none.every(({ word }) => !message.includes(word)) &&
    (any.length === 0 || any.some(({ word }) => message.includes(word)));
};

const page = <T>(items: readonly T[], params: Params, byDefault: number): { items: T[]; nextToken?: string } => {
  const from = params.nextToken === undefined ? 0 : Number(params.nextToken);
  if (!Number.isInteger(from)) throw badParameter('The specified nextToken is invalid.');
  const to = from + Number(params.limit ?? byDefault);
  return { items: items.slice(from, to), ...(to < items.length ? { nextToken: String(to) } : {}) };
};

const isBetween = (params: Params) => (event: LogEvent) =>
  event.timestamp >= Number(params.startTime ?? 0) && event.timestamp <= Number(params.endTime ?? Infinity);

/** CloudWatch Logs: groups, streams, and the lines containers print. */
export const createLogs = (engine: Engine): Parts & { sink: LogSink } => {
  const groups = new Map<string, Group>();
  let serial = 0;

  const arnOf = (group: Group): string => `arn:aws:logs:${engine.region}:${engine.account}:log-group:${group.name}`;
  const groupOf = (params: Params): Group => {
    const name = String(params.logGroupName ?? params.logGroupIdentifier ?? '')
      .replace(/^arn:.*:log-group:/, '')
      .replace(/:\*$/, '');
    const group = groups.get(name);
    if (group === undefined) throw groupMissing();
    return group;
  };
  const groupOfArn = (arn: unknown): Group => groupOf({ logGroupName: String(arn ?? '') });
  const streamOf = (params: Params): Stream => {
    const stream = groupOf(params).streams.get(String(params.logStreamName ?? ''));
    if (stream === undefined) throw streamMissing();
    return stream;
  };
  const createGroup = (params: Params): Group => {
    const name = String(params.logGroupName ?? '');
    if (!/^[.\-_/#A-Za-z0-9]{1,512}$/.test(name))
      throw badParameter("Value at 'logGroupName' failed to satisfy constraint");
    if (groups.has(name))
      throw new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists');
    const tags = { ...(params.tags as Record<string, string> | undefined) };
    const group: Group = { name, createdAt: engine.clock.now(), tags, streams: new Map() };
    groups.set(name, group);
    return group;
  };
  const createStream = (group: Group, name: string): Stream => {
    const stream: Stream = { name, createdAt: engine.clock.now(), events: [] };
    group.streams.set(name, stream);
    return stream;
  };
  const append = (stream: Stream, timestamp: number, message: string): void => {
    serial += 1;
    const id = String(serial).padStart(56, '0');
    stream.events.push({ id, timestamp, ingestionTime: Math.round(engine.clock.now()), message });
    if (stream.events.length > KEPT * 1.1) stream.events = stream.events.slice(-KEPT);
  };
  const describeStream = (group: Group, stream: Stream): Params => ({
    logStreamName: stream.name,
    creationTime: Math.round(stream.createdAt),
    firstEventTimestamp: stream.events[0]?.timestamp,
    lastEventTimestamp: stream.events.at(-1)?.timestamp,
    lastIngestionTime: stream.events.at(-1)?.ingestionTime,
    uploadSequenceToken: String(stream.events.length),
    arn: `${arnOf(group)}:log-stream:${stream.name}`,
    storedBytes: 0,
  });

  const resource = ({ logGroupName, logGroupIdentifier }: Params): string | undefined =>
    (logGroupName ?? logGroupIdentifier) as string | undefined;
  const read = (run: (params: Params) => Params) => ({ mutating: false, resource, run });
  const write = (run: (params: Params) => Params) => ({ mutating: true, resource, run });

  const operations: OperationTable = {
    CreateLogGroup: write((params) => {
      createGroup(params);
      return {};
    }),
    DeleteLogGroup: write((params) => {
      groups.delete(groupOf(params).name);
      return {};
    }),
    PutRetentionPolicy: write((params) => {
      const days = Number(params.retentionInDays);
      if (!RETENTION_DAYS.includes(days)) {
        throw badParameter(
          `1 validation error detected: Value '${days}' at 'retentionInDays' failed to satisfy constraint`,
        );
      }
      groupOf(params).retentionInDays = days;
      return {};
    }),
    DeleteRetentionPolicy: write((params) => {
      delete groupOf(params).retentionInDays;
      return {};
    }),
    DescribeLogGroups: read((params) => {
      const prefix = String(params.logGroupNamePrefix ?? '');
      const found = [...groups.values()]
        .filter(({ name }) => name.startsWith(prefix))
        .toSorted((a, b) => a.name.localeCompare(b.name));
      const { items, ...more } = page(found, params, 50);
      const logGroups = items.map((group) => ({
        logGroupName: group.name,
        creationTime: Math.round(group.createdAt),
        retentionInDays: group.retentionInDays,
        metricFilterCount: 0,
        arn: `${arnOf(group)}:*`,
        logGroupArn: arnOf(group),
        logGroupClass: 'STANDARD',
        storedBytes: 0,
      }));
      return { logGroups, ...more };
    }),
    CreateLogStream: write((params) => {
      const group = groupOf(params);
      const name = String(params.logStreamName ?? '');
      if (!/^[^:*]{1,512}$/.test(name)) throw badParameter("Value at 'logStreamName' failed to satisfy constraint");
      if (group.streams.has(name)) {
        throw new AwsError('ResourceAlreadyExistsException', 'The specified log stream already exists');
      }
      createStream(group, name);
      return {};
    }),
    DescribeLogStreams: read((params) => {
      const group = groupOf(params);
      const prefix = String(params.logStreamNamePrefix ?? '');
      const lastEvent = ({ events }: Stream): number => events.at(-1)?.timestamp ?? 0;
      const found = [...group.streams.values()]
        .filter(({ name }) => name.startsWith(prefix))
        .toSorted((a, b) =>
          params.orderBy === 'LastEventTime' ? lastEvent(a) - lastEvent(b) : a.name.localeCompare(b.name),
        );
      if (params.descending === true) found.reverse();
      const { items, ...more } = page(found, params, 50);
      return { logStreams: items.map((stream) => describeStream(group, stream)), ...more };
    }),
    PutLogEvents: write((params) => {
      const stream = streamOf(params);
      const events = (params.logEvents ?? []) as { timestamp: number; message: string }[];
      if (events.length === 0) throw badParameter('Log events cannot be empty.');
      for (const { timestamp, message } of events) append(stream, timestamp, message);
      return { nextSequenceToken: String(stream.events.length) };
    }),
    GetLogEvents: read((params) => {
      const all = streamOf(params).events.filter(isBetween(params));
      const limit = Number(params.limit ?? 10_000);
      const token = /^[fb]\/(\d+)$/.exec(String(params.nextToken ?? ''))?.[1];
      const from =
        token === undefined ? (params.startFromHead === true ? 0 : Math.max(0, all.length - limit)) : Number(token);
      const isBackward = String(params.nextToken ?? '').startsWith('b/');
      const start = isBackward ? Math.max(0, from - limit) : from;
      const end = isBackward ? from : Math.min(all.length, from + limit);
      return {
        events: all.slice(start, end).map(({ id: _id, ...event }) => event),
        nextForwardToken: `f/${end}`,
        nextBackwardToken: `b/${start}`,
      };
    }),
    FilterLogEvents: read((params) => {
      const group = groupOf(params);
      const names = params.logStreamNames as string[] | undefined;
      const prefix = String(params.logStreamNamePrefix ?? '');
      const isWanted = matcher(params.filterPattern);
      const found = [...group.streams.values()]
        .filter(({ name }) => name.startsWith(prefix) && (names === undefined || names.includes(name)))
        .flatMap((stream) =>
          stream.events
            .filter(isBetween(params))
            .filter(({ message }) => isWanted(message))
            .map(({ id, ...event }) => ({ logStreamName: stream.name, ...event, eventId: id })),
        )
        .toSorted((a, b) => a.timestamp - b.timestamp || a.eventId.localeCompare(b.eventId));
      const { items, ...more } = page(found, params, 10_000);
      return { events: items, searchedLogStreams: [], ...more };
    }),
    TagResource: write((params) => {
      Object.assign(groupOfArn(params.resourceArn).tags, params.tags as Record<string, string>);
      return {};
    }),
    UntagResource: write((params) => {
      const { tags } = groupOfArn(params.resourceArn);
      for (const key of (params.tagKeys ?? []) as string[]) delete tags[key];
      return {};
    }),
    ListTagsForResource: read((params) => ({ tags: groupOfArn(params.resourceArn).tags })),
  };

  const persistent: Persistent = {
    key: 'logs',
    save: () => ({
      serial,
      groups: [...groups.values()].map(({ streams, ...group }) => ({
        ...group,
        streams: [...streams.values()].map((one) => ({ ...one, events: one.events.slice(-KEPT_OVER_RESTART) })),
      })),
    }),
    load: (data) => {
      const saved = data as { serial: number; groups: (Omit<Group, 'streams'> & { streams: Stream[] })[] };
      serial = saved.serial;
      for (const { streams, ...group } of saved.groups) {
        groups.set(group.name, { ...group, streams: new Map(streams.map((stream) => [stream.name, stream])) });
      }
    },
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };

  const sink: LogSink = {
    write: (groupName, streamName, message) => {
      const group = groups.get(groupName);
      if (group === undefined) return;
      const stream = group.streams.get(streamName) ?? createStream(group, streamName);
      append(stream, Math.round(engine.clock.now()), message);
    },
    refuse: (configuration) => {
      const { logDriver, options = {} } = (configuration ?? {}) as {
        logDriver?: string;
        options?: Record<string, string>;
      };
      const name = options['awslogs-group'];
      if (logDriver !== 'awslogs') return undefined;
      if (name === undefined) return 'must specify a value for log opt awslogs-group';
      if (groups.has(name)) return undefined;
      if (options['awslogs-create-group'] !== 'true') {
        return 'failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.';
      }
      createGroup({ logGroupName: name });
      return undefined;
    },
  };

  return {
    services: [{ scope: 'logs', model: 'logs', validationCode: 'InvalidParameterException', operations, persistent }],
    sink,
  };
};
