import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '../setup/eventually.ts';
import { spawnCaptured, type Running } from '../setup/process.ts';
import { startHarness, TOKENS, type Api, type Harness } from './support/harness.ts';
import { deploymentPath, freshName, MANIFEST } from './support/requests.ts';
import { openStream } from './support/stream.ts';

/** As it is built: `npm test` builds first. */
const entry = fileURLToPath(new URL('../../dist/src/api/server.js', import.meta.url));

describe('API: the process', function () {
  this.timeout(60_000);
  let harness: Harness;
  let directory: string;
  const children: Running[] = [];
  before(async () => {
    harness = await startHarness();
    directory = mkdtempSync(join(tmpdir(), 'wonderland-api-'));
  });
  after(async () => {
    for (const { process } of children) process.kill('SIGKILL');
    rmSync(directory, { recursive: true });
    await harness.stop();
  });

  function start(overrides: object = {}): Running {
    const file = join(directory, 'wonderland.config.yaml');
    writeFileSync(file, JSON.stringify({ ...harness.config, ...overrides }));
    const env = { ...process.env, WONDERLAND_CONFIG: file, WONDERLAND_API_PORT: '0' };
    const child = spawnCaptured(process.execPath, [entry], { env });
    children.push(child);
    return child;
  }
  const ready = async (child: Running): Promise<Api> => {
    const line = await eventually('the ready line', () => /^\{"ready":true.*$/m.exec(child.stdout())?.[0]);
    const { url } = JSON.parse(line) as { url: string };
    const send: Api['send'] = (method, path, { body, headers, signal } = {}) =>
      fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${TOKENS.alice}`, 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
    return { url, send, stop: async () => void child.process.kill('SIGTERM') };
  };

  it('ends its streams and itself when asked to, so that clients resume elsewhere', async () => {
    const child = start();
    const api = await ready(child);
    const at = { service: freshName(), id: '1466583476' };
    const put = await api.send('PUT', deploymentPath(at.service, at.id), { body: { manifest: MANIFEST } });
    assert.equal(put.status, 202);
    const stream = await openStream(api, at);
    await eventually('the notice', () => stream.received.length === 1);
    const before = Date.now();
    child.process.kill('SIGTERM');
    await stream.ended;
    const { code, stdout, stderr } = await child.ended;
    assert.equal(code, 0, stderr);
    assert.ok(Date.now() - before < 5_000);
    assert.ok(!(stdout + stderr).includes('planted-value-4711') && !(stdout + stderr).includes(TOKENS.alice));
  });

  it('answers before Temporal does: alive, but unavailable', async () => {
    const api = await ready(start({ temporal: { address: '127.0.0.1:1' } }));
    assert.equal((await fetch(`${api.url}/healthz`)).status, 200);
    const response = await api.send('GET', deploymentPath('web', '1466583476'));
    assert.equal(response.status, 503);
    assert.equal(((await response.json()) as { code: string }).code, 'unavailable');
  });

  it('says what is wrong with its configuration and ends', async () => {
    const { code, stdout } = await start({ teams: [] }).ended;
    assert.equal(code, 1);
    assert.match(stdout, /teams/);
    assert.ok(!stdout.includes(harness.config['sealing-key']));
  });
});
