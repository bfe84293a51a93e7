import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import express from 'express';
import { listen } from '../../../src/api/listen.ts';
import { openEventStream } from '../../../src/api/sse.ts';
import { eventually } from '../../setup/eventually.ts';

describe('openEventStream', () => {
  it('waits for a client that does not read, and is freed when it leaves', async () => {
    const chunk = 'x'.repeat(100_000);
    let sent = 0;
    let ended: string | undefined;
    const app = express().get('/', async (_request, response) => {
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      const stream = openEventStream(response, gone.signal);
      try {
        for (; sent < 1_000; sent += 1) await stream.send({ id: sent, event: 'line', data: chunk });
        ended = 'sent everything';
      } catch {
        ended = 'freed';
      }
    });
    const server = await listen(app, { host: '127.0.0.1', port: 0 });
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    let before = -1;
    await eventually('it has stopped sending', () => {
      const same = sent > 0 && sent === before;
      before = sent;
      return same;
    });
    assert.ok(sent < 1_000, 'the client has not read 100 MB');
    assert.equal(ended, undefined);
    socket.destroy();
    assert.equal(await eventually('the sender is freed', () => ended), 'freed');
    await server.stop();
  });
});
