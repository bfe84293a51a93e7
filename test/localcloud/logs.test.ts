/** CloudWatch Logs at a clock that stands still until it is told to go on. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  DescribeMetricFiltersCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  ListTagsForResourceCommand,
  PutLogEventsCommand,
  PutMetricFilterCommand,
  PutRetentionPolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
  type FilterLogEventsCommandInput,
  type GetLogEventsCommandInput,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Cloud } from '../../src/localcloud/cloud.ts';
import { sdkConfig, startTestCloud } from './cloud-kit.ts';

/** Where the stepped clock begins. */
const START = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('localcloud CloudWatch Logs', () => {
  let cloud: Cloud;
  let logs: CloudWatchLogsClient;
  /** What the clock says. */
  let now = START;
  const advance = async (milliseconds: number): Promise<void> => {
    await cloud.advance?.(milliseconds);
    now += milliseconds;
  };
  before(async () => {
    cloud = await startTestCloud({ speed: 'stepped', dataPlane: false });
    logs = new CloudWatchLogsClient(sdkConfig(cloud.addresses.url));
  });
  after(async () => {
    logs.destroy();
    await cloud.stop();
  });

  let groups = 0;
  /** A group of its own with these streams. */
  const make = async (...streams: string[]): Promise<string> => {
    groups += 1;
    const logGroupName = `/wonderland/group-${groups}`;
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
    for (const logStreamName of streams) await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    return logGroupName;
  };
  const put = (logGroupName: string, logStreamName: string, ...events: [number, string][]) =>
    logs.send(
      new PutLogEventsCommand({
        logGroupName,
        logStreamName,
        logEvents: events.map(([timestamp, message]) => ({ timestamp, message })),
      }),
    );
  const get = async (logGroupName: string, logStreamName: string, more: Partial<GetLogEventsCommandInput> = {}) => {
    const answer = await logs.send(new GetLogEventsCommand({ logGroupName, logStreamName, ...more }));
    return { ...answer, messages: answer.events!.map(({ message }) => message) };
  };
  const filter = async (logGroupName: string, more: Partial<FilterLogEventsCommandInput> = {}) => {
    const answer = await logs.send(new FilterLogEventsCommand({ logGroupName, ...more }));
    return { ...answer, messages: answer.events!.map(({ message }) => message) };
  };

  it('makes groups and streams once, and misses those that are not there', async () => {
    const logGroupName = await make('web');
    await assert.rejects(logs.send(new CreateLogGroupCommand({ logGroupName })), {
      name: 'ResourceAlreadyExistsException',
      message: 'The specified log group already exists',
    });
    await assert.rejects(logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 'web' })), {
      name: 'ResourceAlreadyExistsException',
      message: 'The specified log stream already exists',
    });
    await logs.send(new DeleteLogStreamCommand({ logGroupName, logStreamName: 'web' }));
    await assert.rejects(get(logGroupName, 'web'), {
      name: 'ResourceNotFoundException',
      message: 'The specified log stream does not exist.',
    });
    await logs.send(new DeleteLogGroupCommand({ logGroupName }));
    await assert.rejects(get(logGroupName, 'web'), {
      name: 'ResourceNotFoundException',
      message: 'The specified log group does not exist.',
    });
  });

  it('refuses what AWS refuses of names, keys and retentions', async () => {
    const logGroupName = await make();
    const refused = (request: Promise<unknown>) => assert.rejects(request, { name: 'InvalidParameterException' });
    await refused(logs.send(new CreateLogGroupCommand({ logGroupName: 'with space' })));
    await refused(logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 'a:b' })));
    await refused(logs.send(new CreateLogGroupCommand({ logGroupName: 'sealed', kmsKeyId: 'arn:aws:kms:::key/1' })));
    await refused(logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 2 })));
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: 'sealed' }));
    assert.deepEqual(logGroups, []);
  });

  it('pages through groups and streams, streams also by their last event', async () => {
    const logGroupName = await make('a', 'b', 'c');
    await put(logGroupName, 'b', [now - 1000, 'earlier']);
    await put(logGroupName, 'a', [now, 'later']);
    const names = async (more: object): Promise<string[]> => {
      const seen: string[] = [];
      let nextToken: string | undefined;
      do {
        const page = await logs.send(new DescribeLogStreamsCommand({ logGroupName, limit: 2, nextToken, ...more }));
        seen.push(...page.logStreams!.map(({ logStreamName }) => logStreamName!));
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      return seen;
    };
    assert.deepEqual(await names({}), ['a', 'b', 'c']);
    assert.deepEqual(await names({ descending: true }), ['c', 'b', 'a']);
    assert.deepEqual(await names({ orderBy: 'LastEventTime', descending: true }), ['a', 'b', 'c']);
    await assert.rejects(names({ orderBy: 'LastEventTime', logStreamNamePrefix: 'a' }), {
      message: 'Cannot order by LastEventTime with a logStreamNamePrefix.',
    });
    await assert.rejects(names({ nextToken: 'nonsense' }), { message: 'The specified nextToken is invalid.' });
    const first = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/wonderland/', limit: 1 }));
    assert.ok(first.nextToken !== undefined && first.logGroups?.length === 1);
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePattern: logGroupName.slice(1) }));
    assert.equal(logGroups?.[0]?.arn, `arn:aws:logs:eu-west-1:123456789012:log-group:${logGroupName}:*`);
    assert.equal(logGroups[0].storedBytes, 'earlier'.length + 'later'.length + 2 * 26);
  });

  it('takes a batch only in order and within a day', async () => {
    const logGroupName = await make('web');
    await assert.rejects(put(logGroupName, 'web', [now, 'b'], [now - 1, 'a']), {
      name: 'InvalidParameterException',
      message: 'Log events in a single PutLogEvents request must be in chronological order.',
    });
    await assert.rejects(put(logGroupName, 'web', [now - DAY - 1, 'a'], [now, 'b']), {
      message: 'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
    });
    await assert.rejects(put(logGroupName, 'web', [now, 'x'.repeat(1_048_576 - 25)]), {
      message: 'Upload too large: 1048577 bytes exceeds limit of 1048576',
    });
    assert.deepEqual((await get(logGroupName, 'web')).messages, []);
  });

  it('leaves out what is too old, expired or too new, and says where', async () => {
    const logGroupName = await make('web');
    const { rejectedLogEventsInfo } = await put(
      logGroupName,
      'web',
      [now - 14 * DAY - 1, 'too old'],
      [now - HOUR, 'good'],
      [now, 'good too'],
      [now + 2 * HOUR + 1, 'too new'],
    );
    assert.deepEqual(rejectedLogEventsInfo, { tooOldLogEventEndIndex: 1, tooNewLogEventStartIndex: 3 });
    assert.deepEqual((await get(logGroupName, 'web')).messages, ['good', 'good too']);
    await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 1 }));
    const late = await put(logGroupName, 'web', [now - DAY - 1, 'expired'], [now - 1, 'good as well']);
    assert.deepEqual(late.rejectedLogEventsInfo, { expiredLogEventEndIndex: 1 });
    assert.deepEqual((await get(logGroupName, 'web')).messages, ['good', 'good as well', 'good too']);
    assert.equal((await put(logGroupName, 'web', [now, 'last'])).rejectedLogEventsInfo, undefined);
  });

  it('forgets events when their retention ends', async () => {
    const logGroupName = await make('web');
    await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 3 }));
    await put(logGroupName, 'web', [now, 'first']);
    await advance(2 * DAY);
    await put(logGroupName, 'web', [now, 'second']);
    assert.deepEqual((await get(logGroupName, 'web')).messages, ['first', 'second']);
    await advance(DAY + 1);
    assert.deepEqual((await get(logGroupName, 'web')).messages, ['second']);
    assert.deepEqual((await filter(logGroupName)).messages, ['second']);
  });

  it('is read forwards and backwards, and at either end gives the token back', async () => {
    const logGroupName = await make('web');
    for (let i = 1; i <= 5; i += 1) await put(logGroupName, 'web', [now + i, `line ${i}`]);
    const read = (more: Partial<GetLogEventsCommandInput>) => get(logGroupName, 'web', { limit: 2, ...more });
    const tail = await read({});
    assert.deepEqual(tail.messages, ['line 4', 'line 5']);
    const before = await read({ nextToken: tail.nextBackwardToken });
    assert.deepEqual(before.messages, ['line 2', 'line 3']);
    const head = await read({ startFromHead: true });
    assert.deepEqual(head.messages, ['line 1', 'line 2']);
    const end = await read({ startFromHead: true, nextToken: tail.nextForwardToken });
    assert.deepEqual([end.messages, end.nextForwardToken], [[], tail.nextForwardToken]);
    const start = await read({ nextToken: head.nextBackwardToken });
    assert.deepEqual([start.messages, start.nextBackwardToken], [[], head.nextBackwardToken]);
    assert.deepEqual((await read({ startFromHead: true, nextToken: start.nextForwardToken })).messages, [
      'line 1',
      'line 2',
    ]);
    assert.deepEqual((await read({ nextToken: end.nextBackwardToken })).messages, ['line 4', 'line 5']);
    await put(logGroupName, 'web', [now + 6, 'line 6']);
    const more = await read({ startFromHead: true, nextToken: end.nextForwardToken });
    assert.deepEqual(more.messages, ['line 6']);
    const between = await read({ startTime: now + 2, endTime: now + 4, startFromHead: true, limit: 9 });
    assert.deepEqual(between.messages, ['line 2', 'line 3']);
    await assert.rejects(read({ nextToken: 'f/1' }), { message: 'The specified nextToken is invalid.' });
  });

  it('an empty stream has tokens that lead on', async () => {
    const logGroupName = await make('web');
    for (const startFromHead of [true, false]) {
      const empty = await get(logGroupName, 'web', { startFromHead });
      const again = await get(logGroupName, 'web', { startFromHead: true, nextToken: empty.nextForwardToken });
      assert.equal(again.nextForwardToken, empty.nextForwardToken);
    }
    const { nextForwardToken: nextToken } = await get(logGroupName, 'web');
    await put(logGroupName, 'web', [now, 'at last']);
    assert.deepEqual((await get(logGroupName, 'web', { startFromHead: true, nextToken })).messages, ['at last']);
  });

  it('filters over streams, page by page, from either side', async () => {
    const logGroupName = await make('web-1', 'web-2', 'cron');
    await put(logGroupName, 'web-1', [now, 'one'], [now + 2, 'three']);
    await put(logGroupName, 'web-2', [now + 1, 'two'], [now + 3, 'four']);
    await put(logGroupName, 'cron', [now, 'other']);
    const all = async (more: Partial<FilterLogEventsCommandInput>): Promise<(string | undefined)[]> => {
      const seen: (string | undefined)[] = [];
      let nextToken: string | undefined;
      do {
        const page = await filter(logGroupName, { limit: 3, logStreamNamePrefix: 'web', nextToken, ...more });
        seen.push(...page.messages);
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      return seen;
    };
    assert.deepEqual(await all({}), ['one', 'two', 'three', 'four']);
    assert.deepEqual(await all({ startFromHead: false }), ['four', 'three', 'two', 'one']);
    assert.deepEqual(await all({ startTime: now + 1, endTime: now + 2 }), ['two', 'three']);
    const named = { logStreamNamePrefix: undefined, logStreamNames: ['cron', 'web-1'] };
    assert.deepEqual(await all(named), ['one', 'other', 'three']);
    await assert.rejects(all({ logStreamNames: ['web-1'] }), { name: 'InvalidParameterException' });
    await assert.rejects(filter(logGroupName, { logStreamNames: ['nobody'] }), { name: 'ResourceNotFoundException' });
  });

  describe('filter patterns', () => {
    const LINES = [
      '[ERROR 400] BAD REQUEST',
      '[ERROR 419] MISSING ARGUMENTS',
      '[INFO] REQUEST FAILED',
      JSON.stringify({ level: 'error', took: 120, user: { id: 1 }, actions: ['GET', 'PUT'], gone: null }),
      JSON.stringify({ level: 'info', took: 20, ok: true, 'cluster.name': 'crims' }),
      '127.0.0.1 frank [10/Oct/2000:13:25:15] "GET /index.html HTTP/1.0" 404 1534',
    ];
    let logGroupName: string;
    before(async () => {
      logGroupName = await make('web');
      await put(logGroupName, 'web', ...LINES.map((line, i): [number, string] => [now + i, line]));
    });
    /** Which of the lines; counted from 0. */
    const found = async (filterPattern: string): Promise<number[]> =>
      (await filter(logGroupName, { filterPattern })).messages.map((line) => LINES.indexOf(line!));

    const CASES: [string, number[]][] = [
      ['', [0, 1, 2, 3, 4, 5]],
      ['" "', [0, 1, 2, 3, 4, 5]],
      ['ERROR', [0, 1]],
      ['error', [3]],
      ['ERROR REQUEST', [0]],
      ['?ERROR ?FAILED', [0, 1, 2]],
      ['?ERROR ?ARGUMENTS REQUEST', [0, 2]],
      ['ERROR -ARGUMENTS', [0]],
      ['"BAD REQUEST"', [0]],
      ['-"REQUEST FAILED" REQUEST', [0]],
      ['%40[0-9]%', [0, 5]],
      ['{ $.level = "error" }', [3]],
      ['{ $.level = err* && $.took > 100 }', [3]],
      ['{ $.level = "error" && $.took < 100 || $.ok IS TRUE }', [4]],
      ['{ $.level = "error" && ($.took < 100 || $.ok IS TRUE) }', []],
      ['{ $.level != "error" }', [4]],
      ['{ $.took = "120" }', []],
      ['{ $.took = 1.2e2 }', [3]],
      ['{ $.user.id = 1 }', [3]],
      ['{ $.user = 1 }', []],
      ['{ $.actions[1] = "PUT" }', [3]],
      ['{ $.actions[*] = "GET" }', [3]],
      ['{ $.gone IS NULL }', [3]],
      ['{ $.gone NOT EXISTS }', [4]],
      ["{ $.['cluster.name'] = %^cr% }", [4]],
      ['[ip, user, time, request = *.html*, status = 4*, bytes > 1000]', [5]],
      ['[ip, ..., status = 404 || status = 410, bytes]', [5]],
      ['[first = 127*, rest != nothing]', [5]],
      ['[first != 127*, second = FAILED]', []],
    ];
    for (const [pattern, lines] of CASES) {
      it(`${pattern === '' ? 'none' : pattern} finds ${lines.length === 0 ? 'nothing' : lines.join(', ')}`, async () =>
        assert.deepEqual(await found(pattern), lines));
    }

    it('that are none are refused', async () => {
      for (const pattern of [
        'a-b:c',
        '{ $.a = }',
        '{ $.a > "b" }',
        '{ a = 1 }',
        '{ $.a IS WHAT }',
        '%(a)%',
        '[..., a, ...]',
      ]) {
        await assert.rejects(found(pattern), { name: 'InvalidParameterException' }, pattern);
      }
    });
  });

  it('tags groups, keeps metric filters', async () => {
    const logGroupName = await make();
    const resourceArn = `arn:aws:logs:eu-west-1:123456789012:log-group:${logGroupName}`;
    await logs.send(new TagResourceCommand({ resourceArn, tags: { team: 'a', more: 'b' } }));
    await logs.send(new UntagResourceCommand({ resourceArn, tagKeys: ['more'] }));
    assert.deepEqual((await logs.send(new ListTagsForResourceCommand({ resourceArn }))).tags, { team: 'a' });
    const tags = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`key${i}`, '']));
    await assert.rejects(logs.send(new TagResourceCommand({ resourceArn, tags })), { name: 'TooManyTagsException' });
    const metricTransformations = [{ metricName: 'errors', metricNamespace: 'web', metricValue: '1' }];
    const filterOf = { logGroupName, filterName: 'errors', filterPattern: 'ERROR', metricTransformations };
    await logs.send(new PutMetricFilterCommand(filterOf));
    const { metricFilters } = await logs.send(new DescribeMetricFiltersCommand({ logGroupName }));
    assert.deepEqual(metricFilters, [{ ...filterOf, creationTime: now }]);
  });

  it('goes on after a restart', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'wonderland-logs-'));
    const stateFile = join(directory, 'cloud.json');
    const life = async (act: (client: CloudWatchLogsClient) => Promise<void>): Promise<void> => {
      const own = await startTestCloud({ speed: 'stepped', dataPlane: false, stateFile });
      const client = new CloudWatchLogsClient(sdkConfig(own.addresses.url));
      await act(client);
      client.destroy();
      await own.stop();
    };
    const of = { logGroupName: 'kept', logStreamName: 'web' };
    await life(async (client) => {
      await client.send(new CreateLogGroupCommand({ logGroupName: 'kept', tags: { a: 'b' } }));
      await client.send(new CreateLogStreamCommand(of));
      await client.send(new PutLogEventsCommand({ ...of, logEvents: [{ timestamp: START, message: 'hello' }] }));
    });
    await life(async (client) => {
      await client.send(new PutLogEventsCommand({ ...of, logEvents: [{ timestamp: START, message: 'again' }] }));
      const { events } = await client.send(new GetLogEventsCommand(of));
      assert.deepEqual(
        events?.map(({ message }) => message),
        ['hello', 'again'],
      );
    });
    await rm(directory, { recursive: true });
  });
});
