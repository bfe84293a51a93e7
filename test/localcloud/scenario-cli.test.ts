import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runLocal } from '../../src/embedded/commands.ts';
import { STATE, StateDir } from '../../src/embedded/state-dir.ts';
import { startSteppedCloud, type SteppedCloud } from './support/stepped.ts';

describe('wl local scenario', () => {
  let cloud: SteppedCloud;
  let dir: string;
  beforeEach(async () => {
    cloud = await startSteppedCloud();
    dir = join(mkdtempSync(join(tmpdir(), 'wonderland-')), 'local');
    const state = new StateDir(dir);
    state.create();
    state.writeJson(STATE.client, { awsEndpointUrl: cloud.url });
  });
  afterEach(async () => {
    await cloud.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  const wl = async (...args: string[]) => {
    const out: string[] = [];
    const err: string[] = [];
    const io = { out: (line: string) => void out.push(line), err: (line: string) => void err.push(line), isTTY: false };
    const code = await runLocal(['scenario', ...args, '--state-dir', dir], io);
    return { code, out, err };
  };

  it('plays one, lists it as played, and undoes it', async () => {
    const played = await wl('run', 'service-deleted');
    assert.equal(played.code, 0);
    assert.match(
      played.out[0] ?? '',
      /^service-deleted is played on scenario13-\d+: Somebody has deleted the ECS service by hand\.$/,
    );
    assert.equal(played.err.at(-1), 'Hint: `wl local scenario stop service-deleted` undoes it.');
    assert.ok(played.err.includes('  ServiceNotActiveException "Service was not ACTIVE."'));
    await cloud.pass(40);
    const { out } = await wl('list');
    assert.equal(out.length, 19);
    assert.match(out[13] ?? '', /^ +played on scenario13-\d+: the service drains/);
    const stopped = await wl('stop', 'service-deleted');
    assert.deepEqual([stopped.code, stopped.err, stopped.out.at(-1)], [0, [], 'service-deleted is over.']);
    assert.equal((await wl('list')).out.length, 18);
  });

  it('fails with what is wrong, and the exit code that says so', async () => {
    assert.deepEqual(await wl('run', 'dns-late', '--service', 'ghost'), {
      code: 5,
      out: [],
      err: ['Error: there is no service ghost in the cluster crims'],
    });
    assert.equal((await wl('stop', 'dns-late')).code, 5);
    assert.equal((await wl('run')).code, 2);
    new StateDir(dir).writeJson(STATE.client, { awsEndpointUrl: 'http://127.0.0.1:1' });
    const { code, err } = await wl('list');
    assert.deepEqual([code, err[0]], [9, 'Error: The local cloud at http://127.0.0.1:1 does not answer']);
  });
});
