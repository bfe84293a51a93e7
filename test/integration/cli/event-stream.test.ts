import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createApiClient } from '../../../src/cli/api-client.ts';
import { streamEvents } from '../../../src/cli/event-stream.ts';
import type { WonderlandError } from '../../../src/domain/errors.ts';
import { type Connection, problem, ScriptedApi } from './scripted-api.ts';
import { story } from './story.ts';

const LINES = Array.from({ length: 8 }, (_, index) => `line ${index}`);
const EVENTS = story(LINES);

/** Sends what lies behind the last event, up to `count` events, then breaks off in this way. */
const partial =
  (count: number, breakOff: 'end' | 'destroy' | 'half'): Connection =>
  (stream, lastEventId) => {
    const rest = EVENTS.slice(lastEventId, lastEventId + count);
    stream.raw('retry: 1000\n\n');
    stream.events(rest);
    const next = EVENTS[lastEventId + rest.length];
    if (breakOff === 'half' && next !== undefined) {
      stream.raw(`id: ${next.seq}\nevent: ${next.type}\ndata: ${JSON.stringify(next).slice(0, 20)}`);
    }
    if (next === undefined || breakOff === 'end') stream.end();
    else setTimeout(() => stream.destroy(), 5);
  };

const whole: Connection = (stream, lastEventId) => {
  stream.events(EVENTS.slice(lastEventId));
  stream.end();
};

describe('streamEvents', () => {
  let api: ScriptedApi;
  beforeEach(async () => {
    api = new ScriptedApi();
    await api.start();
  });
  afterEach(() => api.stop());

  const follow = async (
    options: { patienceMs?: number; signal?: AbortSignal; onEvent?: (seq: number) => void } = {},
  ) => {
    const seen: (number | string)[] = [];
    const notes: string[] = [];
    const stream = streamEvents({
      client: createApiClient({ apiUrl: api.url, token: 'wl_x', hint: 'Start it.' }),
      service: 'app',
      id: '1466583476',
      signal: options.signal ?? new AbortController().signal,
      note: (message) => notes.push(message),
      ...(options.patienceMs !== undefined && { patienceMs: options.patienceMs }),
    });
    for await (const event of stream) {
      seen.push('seq' in event ? event.seq : event.type);
      if ('seq' in event) options.onEvent?.(event.seq);
    }
    return { seen, notes };
  };
  const all = EVENTS.map(({ seq }) => seq);

  it('yields every event to the verdict', async () => {
    api.connections = [whole];
    assert.deepEqual(await follow(), { seen: all, notes: [] });
    assert.equal(api.received[0]?.headers.authorization, 'Bearer wl_x');
    assert.equal(api.received[0]?.headers['last-event-id'], undefined);
  });

  it('yields each event once and in order, however connections break', async () => {
    const cut = fc.tuple(fc.integer({ min: 0, max: 4 }), fc.constantFrom('end', 'destroy', 'half'));
    await fc.assert(
      fc.asyncProperty(fc.array(cut, { maxLength: 4 }), async (cuts) => {
        api.connections = [...cuts.map(([count, breakOff]) => partial(count, breakOff as 'end')), whole];
        assert.deepEqual((await follow()).seen, all);
      }),
      { numRuns: 12 },
    );
  });

  it('drops what a server sends twice', async () => {
    api.connections = [partial(4, 'destroy'), (stream) => stream.events(EVENTS)];
    assert.deepEqual((await follow()).seen, all);
    assert.equal(api.received[1]?.headers['last-event-id'], '4');
  });

  it('goes on when the API was away, and says so once', async () => {
    api.connections = [partial(3, 'end'), whole];
    const away: Promise<void>[] = [];
    const { seen, notes } = await follow({
      onEvent: (seq) => {
        if (seq === 3)
          away.push(
            api
              .stop()
              .then(() => new Promise((resolve) => setTimeout(resolve, 700)))
              .then(() => api.start()),
          );
      },
    });
    await Promise.all(away);
    assert.deepEqual(seen, all);
    assert.equal(notes.length, 2, notes.join('\n'));
    assert.match(
      notes[0] ?? '',
      /^The API at http:\/\/127\.0\.0\.1:\d+ does not answer: .+\. The change goes on without it; trying again\.$/,
    );
    assert.equal(notes[1], 'The API answers again.');
  });

  it('tries again on 503, and passes notices on', async () => {
    api.connections = [
      (stream) => stream.refuse(503, problem('unavailable', 503, 'Temporal does not answer')),
      (stream) => {
        stream.raw('event: waiting-for-worker\ndata: {"type":"waiting-for-worker"}\n\n: ping\n\n');
        stream.events(EVENTS);
      },
    ];
    assert.deepEqual((await follow()).seen, ['waiting-for-worker', ...all]);
  });

  it('gives up at once when the API says no for good', async () => {
    api.connections = [(stream) => stream.refuse(404, problem('not_found', 404, 'No such deployment'))];
    await assert.rejects(
      follow(),
      (error: WonderlandError) => error.code === 'not_found' && error.message === 'No such deployment',
    );
    assert.equal(api.received.length, 1);
  });

  it('gives up when its patience is over, and says how to go on', async () => {
    await api.stop();
    await assert.rejects(follow({ patienceMs: 300 }), (error: WonderlandError) => {
      assert.equal(error.code, 'unavailable');
      assert.equal(error.hint, 'The change goes on. When the API is back: wl follow app/1466583476');
      return true;
    });
  });

  it('ends quietly when told to stop', async () => {
    const stop = new AbortController();
    api.connections = [(stream) => stream.events(EVENTS.slice(0, 2))];
    const { seen } = await follow({ signal: stop.signal, onEvent: (seq) => void (seq === 2 && stop.abort()) });
    assert.deepEqual(seen, [1, 2]);
  });
});
