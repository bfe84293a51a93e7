import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findTemporal } from '../../../src/embedded/temporal-binary.ts';
import { checkTemporal } from '../../../src/embedded/temporal-version.ts';

describe('findTemporal', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'wonderland-temporal-'));
  after(() => rmSync(directory, { recursive: true, force: true }));

  /** A program that answers `--version` as a Temporal CLI does. */
  const program = (path: string, version: string): string => {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\necho '${version}'\n`);
    chmodSync(file, 0o755);
    return file;
  };
  const old = program('old/temporal', 'temporal version 1.3.0 (Server 1.27.1, UI 2.36.0)');
  const good = program('good/temporal', 'temporal version 1.6.2 (Server 1.30.1, UI 2.45.0)');
  const cached = program(
    'cache/wonderland/bin/temporal-1.5.1',
    'temporal version 0.0.0-DEV (Server 1.29.1, UI 2.42.1)',
  );
  const environment = (paths: string[], more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
    PATH: ['/usr/bin', '/bin', ...paths.map(dirname)].join(':'),
    XDG_CACHE_HOME: join(directory, 'cache'),
    ...more,
  });
  const find = (env: NodeJS.ProcessEnv) => findTemporal({ environment: env, log: (line) => assert.fail(line) });

  it('takes the one that is named', async () => {
    assert.equal(await find(environment([old], { WONDERLAND_TEMPORAL_BIN: good })), good);
  });

  it('refuses a named one that cannot be used, instead of taking another', async () => {
    const cases = {
      [old]: /its version is 1\.3\.0, and 1\.5 or newer is needed/,
      [join(directory, 'missing')]: /it is not an executable file/,
      [directory]: /it is not an executable file/,
      [program('broken/temporal', "'; exit 3; '")]: /it does not answer --version/,
    };
    for (const [file, message] of Object.entries(cases))
      await assert.rejects(find(environment([good], { WONDERLAND_TEMPORAL_BIN: file })), {
        code: 'unavailable',
        message,
      });
  });

  it('takes the one on the PATH', async () => {
    assert.equal(await find(environment([good])), good);
  });

  it('takes the one in the cache when the one on the PATH is too old, or there is none', async () => {
    assert.equal(await find(environment([old])), cached);
    assert.equal(await find(environment([])), cached);
  });
});

describe('checkTemporal', () => {
  const directory = mkdtempSync(join(tmpdir(), 'wonderland-version-'));
  after(() => rmSync(directory, { recursive: true, force: true }));

  const cases: [string, boolean][] = [
    ['temporal version 1.5.0 (Server 1.29.0, UI 2.41.0)', true],
    ['temporal version v1.5.1 (Server 1.29.1, UI 2.42.1)', true],
    ['temporal version 2.0.0 (Server 2.0.0, UI 3.0.0)', true],
    ['temporal version 0.0.0-DEV (Server 1.29.1, UI 2.42.1)', true],
    ['temporal version 1.4.9 (Server 1.29.1, UI 2.42.1)', false],
    ['temporal version 0.0.0-DEV (Server 1.28.0, UI 2.40.0)', false],
    ['temporal version 0.13.0 (server 1.29.0)', false],
    ['GNU hello 2.12', false],
  ];
  for (const [answer, usable] of cases) {
    it(`${usable ? 'takes' : 'refuses'} "${answer}"`, async () => {
      const file = join(directory, 'temporal');
      writeFileSync(file, `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 });
      assert.equal((await checkTemporal(file)).usable, usable);
    });
  }
});
