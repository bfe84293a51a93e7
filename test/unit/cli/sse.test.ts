import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readServerSentEvents, type ServerSentEvent } from '../../../src/cli/sse.ts';

async function read(chunks: Uint8Array[]): Promise<(ServerSentEvent | undefined)[]> {
  const messages = [];
  const body = (async function* () {
    yield* chunks;
  })();
  for await (const message of readServerSentEvents(body)) messages.push(message);
  return messages;
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe('readServerSentEvents', () => {
  const table: [what: string, text: string, expected: (ServerSentEvent | undefined)[]][] = [
    ['a message', 'id: 1\nevent: line\ndata: {"a":1}\n\n', [{ id: '1', event: 'line', data: '{"a":1}' }]],
    ['two lines of data', 'data: a\ndata: b\n\n', [{ event: 'message', data: 'a\nb' }]],
    ['CRLF', 'id: 1\r\ndata: a\r\n\r\n', [{ id: '1', event: 'message', data: 'a' }]],
    ['no blank behind the colon', 'data:a\n\n', [{ event: 'message', data: 'a' }]],
    ['a comment', ': ping\n\n', [undefined]],
    ['a retry time only', 'retry: 1000\n\n', []],
    ['empty data', 'event: waiting\ndata\n\n', [{ event: 'waiting', data: '' }]],
    ['half a message', 'data: a\n\nid: 2\ndata: b\n', [{ event: 'message', data: 'a' }]],
    ['an unfinished line', 'data: a\n\ndata: b', [{ event: 'message', data: 'a' }]],
  ];
  for (const [what, text, expected] of table) {
    it(`reads ${what}`, async () => assert.deepEqual(await read([bytes(text)]), expected));
  }

  it('reads the same however the bytes are cut', async () => {
    const text = 'id: 1\nevent: line\ndata: {"text":"Grüße ☂"}\n\n: ping\n\nid: 2\r\ndata: b\r\n\r\n';
    const whole = bytes(text);
    const expected = await read([whole]);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(whole.length), { maxLength: 12 }), async (cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
        const chunks = edges.slice(1).map((end, index) => whole.subarray(edges[index], end));
        assert.deepEqual(await read(chunks), expected);
      }),
    );
  });
});
