import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cloud } from '../../src/localcloud/cloud.ts';
import { run } from '../setup/process.ts';
import { startTestCloud } from './cloud-kit.ts';
import { ask } from './support/http.ts';
import { sendSigned } from './support/sign.ts';

const SERVER = fileURLToPath(new URL('../../src/localcloud/server.ts', import.meta.url));
const serve = (...args: string[]) => run(process.execPath, ['--import=tsx', SERVER, ...args], { limitSeconds: 60 });

describe('the local cloud as a program', function () {
  this.timeout(60_000);

  it('says what its flags are, and which of them is wrong', async () => {
    const cases: [string[], RegExp][] = [
      [['--speed', '1e9'], /--speed takes a number from 0\.001 to 1000, not 1e9/],
      [['--speed', '0'], /--speed takes a number/],
      [['--port', '70000'], /--port takes a number from 0 to 65535, not 70000/],
      [['--data-plane', 'maybe'], /--data-plane is on or off, not maybe/],
      [['--block', '300.1'], /--block takes two numbers up to 255/],
      [['--bogus'], /Unknown option '--bogus'/],
    ];
    const results = await Promise.all(cases.map(([args]) => serve(...args)));
    for (const [i, [args, message]] of cases.entries()) {
      const { code, stderr } = results[i]!;
      assert.equal(code, 1, args.join(' '));
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /\n {4}at /, 'a stack trace');
    }
    const help = await serve('--help');
    assert.equal(help.code, 0);
    assert.match(help.stdout, /--state-file PATH/);
  });

  it('leaves a file alone that is not its own', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'wonderland-state-'));
    const file = join(directory, 'package.json');
    for (const text of ['{"name":"precious"}', '{}', '[]', 'null', 'no JSON']) {
      writeFileSync(file, text);
      await assert.rejects(startTestCloud({ stateFile: file }), /package\.json is not one of this cloud/);
      assert.equal(readFileSync(file, 'utf8'), text);
    }
    await assert.rejects(startTestCloud({ stateFile: directory }), /the state file .* cannot be read: EISDIR/);
    rmSync(directory, { recursive: true });
  });
});

describe('the doors of the local cloud', () => {
  let cloud: Cloud;
  before(async () => {
    cloud = await startTestCloud({ speed: 'stepped', dataPlane: false });
  });
  after(() => cloud.stop());
  const hold = (headers: Record<string, string>) =>
    ask(Number(new URL(cloud.addresses.url).port), {
      method: 'POST',
      path: '/_wonderland/world/hold-dns',
      body: '{}',
      headers,
    });

  it('are closed to pages of others, and to names that others point here', async () => {
    const { host } = new URL(cloud.addresses.url);
    assert.equal((await hold({ host, origin: 'http://evil.example' })).status, 403);
    assert.equal((await hold({ host, origin: 'null' })).status, 403);
    assert.equal((await hold({ host: 'evil.example', origin: 'http://evil.example' })).status, 403);
    const open: Record<string, string>[] = [{ host }, { host, origin: `http://${host}` }, { host: 'localcloud:4566' }];
    for (const headers of open) assert.equal((await hold(headers)).status, 200, JSON.stringify(headers));
  });

  it('let no more than a month pass at once', async () => {
    const { status, body } = await ask(Number(new URL(cloud.addresses.url).port), {
      method: 'POST',
      path: '/_wonderland/clock/advance',
      body: '{"seconds":1e12}',
    });
    assert.equal(status, 400);
    assert.match(body, /seconds has to be a number from 0 to 2592000/);
  });

  it('name the version of a service that is not served', async () => {
    const { text } = await sendSigned(cloud.addresses.url, {
      service: 'elasticloadbalancing',
      body: 'Action=DescribeLoadBalancers&Version=2015-12-01',
    });
    assert.match(text, /API version 2015-12-01 of elasticloadbalancing is not served/);
  });
});
