import type { Params, Persistent } from '../engine/contract.ts';
import type { Engine, Parts } from '../registration.ts';
import { createGroupOperations, isGroupName } from './logs/groups.ts';
import { createMetricFilterOperations } from './logs/metric-filters.ts';
import { createPutLogEvents } from './logs/put-events.ts';
import { createFilterLogEvents, createGetLogEvents } from './logs/read-events.ts';
import { createStore, type LogStore } from './logs/store.ts';
import { createStreamOperations } from './logs/streams.ts';

/** How containers write their logs. */
export interface LogSink {
  /** Appends a line; the stream is made when it is missing, a missing group swallows the line. */
  write(group: string, stream: string, message: string): void;
  /** Why the awslogs driver cannot start with this configuration; undefined when it can. */
  refuse(configuration: unknown): string | undefined;
}

/** CloudWatch Logs: groups, streams, and the lines containers print. */
export const createLogs = (engine: Engine): Parts & { sink: LogSink } => {
  const { clock } = engine;
  const store = createStore(engine);
  const resource = ({ logGroupName, logGroupIdentifier }: Params) =>
    (logGroupName ?? logGroupIdentifier) as string | undefined;
  const operations = {
    ...createGroupOperations(store),
    ...createStreamOperations(store),
    ...createMetricFilterOperations(store, clock.now),
    PutLogEvents: {
      mutating: true,
      resource,
      note: 'a stream keeps its newest 10 000 events, the account 5 000 over a restart',
      run: createPutLogEvents(store, clock),
    },
    GetLogEvents: { mutating: false, resource, run: createGetLogEvents(store) },
    FilterLogEvents: { mutating: false, resource, run: createFilterLogEvents(store) },
  };
  const persistent: Persistent = {
    key: 'logs',
    save: store.save,
    load: store.load,
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };
  return {
    services: [{ scope: 'logs', model: 'logs', validationCode: 'InvalidParameterException', operations, persistent }],
    sink: createSink(store, engine),
  };
};

/** The awslogs driver of the agents. */
const createSink = ({ groups, createGroup, createStream, append }: LogStore, { clock }: Engine): LogSink => ({
  write: (groupName, streamName, message) => {
    const group = groups.get(groupName);
    if (group === undefined) return;
    const stream = group.streams.get(streamName) ?? createStream(group, streamName);
    append(stream, Math.round(clock.now()), message);
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
    if (!isGroupName(name)) return 'failed to create Cloudwatch log group: InvalidParameterException';
    createGroup(name);
    return undefined;
  },
});
