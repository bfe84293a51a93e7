/** Log streams: made, deleted, and described in either order. */
import { AwsError, type OperationTable, type Params } from '../../engine/contract.ts';
import { page } from './paging.ts';
import { badParameter, type Group, type LogStore, type Stream } from './store.ts';

export const createStreamOperations = (store: LogStore): OperationTable => {
  const { groupOf, arnOf, streamOf, createStream, eventsOf } = store;

  const describe = (group: Group, stream: Stream): Params => {
    const events = eventsOf(group, stream);
    return {
      logStreamName: stream.name,
      creationTime: stream.createdAt,
      firstEventTimestamp: events[0]?.timestamp,
      lastEventTimestamp: events.at(-1)?.timestamp,
      lastIngestionTime: stream.lastIngestionTime,
      uploadSequenceToken: events.at(-1)?.id,
      arn: `${arnOf(group)}:log-stream:${stream.name}`,
      storedBytes: 0,
    };
  };

  const resource = ({ logGroupName, logGroupIdentifier }: Params) =>
    (logGroupName ?? logGroupIdentifier) as string | undefined;

  return {
    CreateLogStream: {
      mutating: true,
      resource,
      run: (params) => {
        const group = groupOf(params);
        const name = params.logStreamName as string;
        if (!/^[^:*]+$/.test(name))
          throw badParameter(
            `1 validation error detected: Value '${name}' at 'logStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [^:*]*`,
          );
        if (group.streams.has(name))
          throw new AwsError('ResourceAlreadyExistsException', 'The specified log stream already exists');
        createStream(group, name);
        return {};
      },
    },
    DeleteLogStream: {
      mutating: true,
      resource,
      run: (params) => {
        const group = groupOf(params);
        group.streams.delete(streamOf(group, params.logStreamName as string).name);
        return {};
      },
    },
    DescribeLogStreams: {
      mutating: false,
      resource,
      run: (params) => {
        const group = groupOf(params);
        const { logStreamNamePrefix: prefix, orderBy, descending } = params;
        const isByTime = orderBy === 'LastEventTime';
        if (isByTime && prefix !== undefined)
          throw badParameter('Cannot order by LastEventTime with a logStreamNamePrefix.');
        const found = [...group.streams.values()].filter(({ name }) => name.startsWith(String(prefix ?? '')));
        const keyOf = (stream: Stream): string => {
          const last = eventsOf(group, stream).at(-1)?.timestamp ?? 0;
          return isByTime ? `${String(last).padStart(20, '0')}/${stream.name}` : stream.name;
        };
        const order = { byDefault: 50, isDescending: descending === true };
        const { items, ...more } = page(found, keyOf, params, order);
        return { logStreams: items.map((stream) => describe(group, stream)), ...more };
      },
    },
  };
};
