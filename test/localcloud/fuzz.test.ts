import assert from 'node:assert/strict';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import type { Cloud } from '../../src/localcloud/cloud.ts';
import { createRandom, type Random } from '../../src/localcloud/engine/random.ts';
import { startTestCloud } from './cloud-kit.ts';
import { corpus } from './support/corpus.ts';
import { mutate } from './support/mutate.ts';
import { signed, type Unsigned } from './support/sign.ts';

const FULL = process.env.WL_TEST_FULL === '1';
const REQUESTS = FULL ? 20_000 : 2_000;
const AT_ONCE = 16;
/** Whoever has not answered by then hangs. */
const PATIENCE_MILLISECONDS = 60_000;
const seed = Number(process.env.WL_TEST_SEED ?? 4);

interface Answer {
  status: number;
  type: string;
  body: string;
}

const send = (
  url: string,
  agent: Agent,
  { method = 'POST', path = '/', body }: Unsigned,
  headers: Record<string, string>,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const request = httpRequest({ hostname, port, method, path, headers, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, type: String(response.headers['content-type'] ?? ''), body: text }),
      );
      response.once('error', reject);
    });
    request.setTimeout(PATIENCE_MILLISECONDS, () => request.destroy(new Error('no answer')));
    request.once('error', reject);
    request.end(body);
  });

/** What no client of AWS can read, or what only a mistake in here brings about. */
const problemOf = ({ status, type, body }: Answer): string | undefined => {
  if (status >= 500 && status !== 501 && status !== 503) return `${status}: ${body.slice(0, 200)}`;
  if (/html/i.test(type) || /^\s*<(!doctype|html)/i.test(body)) return `HTML: ${body.slice(0, 100)}`;
  if (type.includes('json') && body !== '') {
    try {
      JSON.parse(body);
    } catch {
      return `no JSON: ${body.slice(0, 100)}`;
    }
  }
  return undefined;
};

describe(`malformed requests (seed ${seed})`, function () {
  this.timeout(600_000);
  let cloud: Cloud;
  const complaints: string[] = [];
  before(async () => {
    const log = (message: string, fields: Record<string, unknown> = {}) =>
      void complaints.push(`${message}: ${JSON.stringify(fields)}`);
    cloud = await startTestCloud({ speed: 'stepped', dataPlane: false, log });
  });
  after(() => cloud.stop());

  /** Names the request that did it, so that it can be sent again. */
  const describeRequest = ({ service, method, path, headers, body = '' }: Unsigned): string =>
    JSON.stringify({
      service,
      method,
      path,
      headers,
      body: typeof body === 'string' ? body.slice(0, 400) : `${body.length} bytes`,
    });

  it(`are ${REQUESTS} times answered in the shape of their service, whatever was done to them`, async () => {
    const { url } = cloud.addresses;
    const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
    const problems: string[] = [];
    const statuses: Record<number, number> = {};
    const one = async (random: Random): Promise<void> => {
      const original = corpus[random.below(corpus.length)] as Unsigned;
      const request = mutate(original, random);
      const before = complaints.length;
      const headers = random.below(10) === 0 ? (request.headers ?? {}) : await signed(url, request);
      try {
        const answer = await send(url, agent, request, headers);
        statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
        const problem = problemOf(answer);
        if (problem !== undefined)
          problems.push(`${problem} ← ${describeRequest(request)} ${complaints.slice(before).join(' ').slice(0, 400)}`);
      } catch (error) {
        // A request that breaks HTTP itself may cost its connection, if the cloud then goes on.
        if ((error as Error).message === 'no answer') problems.push(`no answer ← ${describeRequest(request)}`);
      }
    };
    await Promise.all(
      Array.from({ length: AT_ONCE }, async (_, worker) => {
        const random = createRandom(seed * 1000 + worker);
        for (let i = worker; i < REQUESTS && problems.length < 50; i += AT_ONCE) await one(random);
      }),
    );
    agent.destroy();
    assert.deepEqual(problems.slice(0, 5), [], `${problems.length} problems`);
    // Otherwise the mutations are so coarse that nothing gets past the door.
    assert.ok((statuses[200] ?? 0) > REQUESTS / 100 && (statuses[400] ?? 0) > REQUESTS / 10, JSON.stringify(statuses));
  });

  it('of ten megabytes are answered, and larger ones refused', async () => {
    const { url } = cloud.addresses;
    const agent = new Agent();
    for (const megabytes of FULL ? [9, 10, 11] : [10]) {
      for (const fill of FULL ? ['[', '{"a":', '<a>', 'a.b.', 'x'] : ['[', '<a>']) {
        const body = fill.repeat(Math.floor((megabytes * 1024 * 1024) / fill.length));
        for (const base of corpus.filter(({ body: has }) => has !== undefined).slice(0, FULL ? 3 : 2)) {
          const request = { ...base, body };
          const answer = await send(url, agent, request, await signed(url, request)).catch(() => undefined);
          // The connection may be cut while a body that is too large is still on its way.
          if (answer === undefined) assert.ok(megabytes > 10, `${megabytes} MB of ${fill}`);
          else assert.equal(problemOf(answer), undefined);
        }
      }
    }
    agent.destroy();
  });

  it('that are no HTTP at all cost their connection and nothing else', async () => {
    const { hostname, port } = new URL(cloud.addresses.url);
    const garbage = [
      '\u0000\u0001\u0002',
      'GET\r\n\r\n',
      'POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n',
      `GET /${'a'.repeat(100_000)} HTTP/1.1\r\n\r\n`,
      'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
    ];
    for (const text of garbage) {
      const answer = await new Promise<string>((resolve) => {
        let got = '';
        const socket = connect(Number(port), hostname, () => socket.end(text));
        socket.on('data', (chunk: Buffer) => (got += chunk.toString()));
        socket.on('error', () => resolve(got));
        socket.on('close', () => resolve(got));
      });
      assert.doesNotMatch(answer, /<html/i);
    }
    const alive = await fetch(`${cloud.addresses.url}/_wonderland/health`);
    assert.equal(alive.status, 200);
  });
});
