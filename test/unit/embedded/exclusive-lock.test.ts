import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryLock, withLock } from '../../../src/embedded/exclusive-lock.mjs';
import { identify, isAlive } from '../../../src/embedded/process-identity.mjs';
import { eventually } from '../../setup/eventually.ts';
import { run, spawnCaptured } from '../../setup/process.ts';

const module = new URL('../../../src/embedded/exclusive-lock.mjs', import.meta.url).href;

describe('exclusive lock', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'wonderland-lock-'));
  after(() => rmSync(directory, { recursive: true, force: true }));
  const fileFor = (name: string): string => join(directory, name, 'x.lock');

  /** A process that takes the lock, says so, and keeps it for as long as it lives. */
  const holder = (file: string) =>
    spawnCaptured(process.execPath, [
      '--input-type=module',
      '--eval',
      `import { tryLock } from '${module}'; console.log(tryLock(process.argv[1]) ? 'held' : 'refused'); setInterval(() => {}, 1000);`,
      file,
    ]);

  it('is had by one, and free again after its release', () => {
    const file = fileFor('release');
    const release = tryLock(file);
    assert.ok(release);
    assert.equal(tryLock(file), undefined);
    release();
    assert.ok(!existsSync(file));
    tryLock(file)?.();
  });

  it('is refused while another process has it, and free once that was killed', async () => {
    const file = fileFor('killed');
    const { process: child, stdout, ended } = holder(file);
    await eventually('it holds the lock', () => stdout().includes('held'));
    assert.equal(tryLock(file), undefined);
    child.kill('SIGKILL');
    await ended;
    const release = tryLock(file);
    assert.ok(release);
    release();
  });

  it('does not mistake a later process with the same pid for the holder', () => {
    const file = fileFor('reused');
    tryLock(file)?.();
    writeFileSync(file, JSON.stringify({ pid: process.pid, startedAt: 'another time' }));
    const release = tryLock(file);
    assert.ok(release);
    release();
  });

  it('waits for its turn, and says once that it does', async () => {
    const file = fileFor('turn');
    const order: string[] = [];
    let waited = 0;
    const first = withLock(file, {}, async () => {
      await eventually('the second one waits', () => waited > 0);
      order.push('first');
    });
    const second = withLock(file, { onWait: () => waited++ }, async () => void order.push('second'));
    await Promise.all([first, second]);
    assert.deepEqual({ order, waited }, { order: ['first', 'second'], waited: 1 });
  });

  it('lets one process in at a time, though holders are killed in the middle', async () => {
    const file = fileFor('crowd');
    const log = join(directory, 'crowd.log');
    writeFileSync(log, '');
    const script = `
      import { appendFileSync } from 'node:fs';
      import { withLock } from '${module}';
      const [file, log, dies] = process.argv.slice(1);
      for (let round = 0; round < 20; round++) await withLock(file, {}, async () => {
        appendFileSync(log, 'in ' + process.pid + '\\n');
        if (dies === 'dies' && round === 5) process.kill(process.pid, 'SIGKILL');
        await new Promise((resolve) => setTimeout(resolve, 1));
        appendFileSync(log, 'out ' + process.pid + '\\n');
      });`;
    const start = (dies: string) => run(process.execPath, ['--input-type=module', '--eval', script, file, log, dies]);
    await Promise.all(['dies', 'lives', 'dies', 'lives'].map(start));
    assertNeverTwoInside(readFileSync(log, 'utf8').trim().split('\n'));
    tryLock(file)?.();
    assert.deepEqual(readdirSync(join(directory, 'crowd')), []);
  });

  it('notices two inside: the check above can fail', () => {
    assert.throws(() => assertNeverTwoInside(['in 1', 'in 2', 'out 1', 'out 2']));
  });
});

/** Somebody who comes in while another is inside must have come after that one's death. */
function assertNeverTwoInside(lines: string[]): void {
  let inside: string | undefined;
  for (const [index, line] of lines.entries()) {
    const [what, pid] = line.split(' ');
    if (what === 'out') assert.equal(pid, inside, `line ${index}`);
    else if (inside !== undefined)
      assert.ok(!lines.slice(index).includes(`out ${inside}`), `line ${index}: ${inside} is inside`);
    inside = what === 'in' ? pid : undefined;
  }
}

describe('process identity', () => {
  it('tells a living process from an ended one', async () => {
    const { process: child, ended } = spawnCaptured(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const identity = identify(child.pid ?? 0);
    assert.ok(identity);
    assert.ok(isAlive(identity));
    child.kill('SIGKILL');
    await ended;
    assert.ok(!isAlive(identity));
  });

  it('knows another process by its start', () => {
    const mine = identify(process.pid);
    assert.ok(mine);
    assert.ok(isAlive(mine));
    assert.ok(!isAlive({ ...mine, startedAt: `${mine.startedAt}1` }));
  });
});
