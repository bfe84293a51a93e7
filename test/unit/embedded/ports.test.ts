import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { choosePorts, type Ports } from '../../../src/embedded/ports.ts';
import { eventually } from '../../setup/eventually.ts';
import { spawnCaptured } from '../../setup/process.ts';

const module = new URL('../../../src/embedded/ports.ts', import.meta.url).href;

describe('ports', function () {
  this.timeout(60_000);
  const cache = mkdtempSync(join(tmpdir(), 'wonderland-ports-'));
  const before = process.env.XDG_CACHE_HOME;
  beforeEach(() => void (process.env.XDG_CACHE_HOME = cache));
  afterEach(() => {
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
  });
  after(() => rmSync(cache, { recursive: true, force: true }));

  it('stay as they were, except one that was taken meanwhile', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    assert.ok(address !== null && typeof address === 'object');
    try {
      const free = { temporal: 27233, webUi: 28233, cloud: 24566, ingressHttp: 28080, ingressHttps: 28443 };
      const { api, ...others } = await choosePorts({ ...free, api: address.port });
      assert.notEqual(api, address.port);
      assert.deepEqual(others, free);
    } finally {
      taken.close();
    }
  });

  it('differ between stacks that choose at the same time', async () => {
    const script = `import { choosePorts } from '${module}';
      console.log(JSON.stringify(await choosePorts()));
      setInterval(() => {}, 1000);`;
    const env = { ...process.env, XDG_CACHE_HOME: cache };
    const choosers = [1, 2, 3].map(() =>
      spawnCaptured(process.execPath, ['--import=tsx', '--input-type=module', '--eval', script], { env }),
    );
    try {
      // Each keeps its ports for as long as it lives.
      await eventually('all have chosen', () => choosers.every(({ stdout }) => stdout().includes('}')));
    } finally {
      for (const { process: chooser } of choosers) chooser.kill('SIGKILL');
    }
    const ports = choosers.flatMap(({ stdout }) => Object.values(JSON.parse(stdout()) as Ports));
    assert.equal(ports.length, 18);
    assert.equal(new Set(ports).size, 18);
  });
});
