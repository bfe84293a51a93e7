import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigSchema } from '../../src/config-schema.ts';
import type { DeployEvent } from '../../src/domain/events.ts';
import { ScriptedApi } from '../integration/cli/scripted-api.ts';
import { story } from '../integration/cli/story.ts';
import { runInTerminal, runWl, WL } from './wl-process.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/wonderland-autoscaler/wonderland.yaml', import.meta.url));

describe('wl without a server', () => {
  let home: string;
  before(() => {
    home = mkdtempSync(join(tmpdir(), 'wl home '));
  });
  after(() => rmSync(home, { recursive: true, force: true }));
  const wl = (argv: string[], env: Record<string, string> = {}) =>
    runWl(argv, { env: { HOME: home, ...env }, cwd: home });

  it('validates a good manifest', async () => {
    assert.deepEqual(await wl(['validate', EXAMPLE]), { exitCode: 0, stdout: `${EXAMPLE} is valid\n`, stderr: '' });
  });

  it('names file, line and column of every fault, and exits with 3', async () => {
    writeFileSync(
      join(home, 'wonderland.yaml'),
      'scale: 2\ncomponents:\n  - name: app\n    image: app:v1\n    env: {}\n    memroy: S\nscael: 1\n',
    );
    const { exitCode, stdout, stderr } = await wl(['validate', 'wonderland.yaml']);
    assert.deepEqual([exitCode, stdout], [3, '']);
    assert.equal(
      stderr,
      [
        'Error: wonderland.yaml has 2 faults',
        'wonderland.yaml:6:5 components.0: unknown key "memroy", did you mean "memory"? It goes under "capacity"',
        'wonderland.yaml:7:1 unknown key "scael", did you mean "scale"?',
        'Hint: Correct the file at the places named, then try again.',
        '',
      ].join('\n'),
    );
  });

  it('prints a failure as one JSON document on stdout', async () => {
    writeFileSync(join(home, 'bad.yaml'), 'scale: [\n');
    const { exitCode, stdout, stderr } = await wl(['validate', 'bad.yaml', '--output', 'json']);
    assert.deepEqual([exitCode, stderr], [3, '']);
    const { error } = JSON.parse(stdout);
    assert.equal(error.code, 'spec_invalid');
    assert.deepEqual([error.issues[0].file, error.issues[0].line], ['bad.yaml', 2]);
  });

  it('accepts keys without effect yet with a note, and fills variables', async () => {
    writeFileSync(
      join(home, 'more.yaml'),
      'components:\n  - name: app\n    image: app:${VERSION}\nnotifications:\n  slack: "#team"\n',
    );
    const good = await wl(['validate', 'more.yaml'], { VERSION: 'v1' });
    assert.deepEqual([good.exitCode, good.stdout], [0, 'more.yaml is valid\n']);
    assert.equal(good.stderr, 'Note: more.yaml:4:1 "notifications" has no effect yet; a deployment refuses it\n');
    const bad = await wl(['validate', 'more.yaml']);
    assert.equal(bad.exitCode, 3);
    assert.match(bad.stderr, /more\.yaml:3:16 the variable VERSION is not set/);
  });

  it('prints its version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    assert.deepEqual(await wl(['version']), { exitCode: 0, stdout: `wl ${version}\n`, stderr: '' });
  });

  it('makes a token, with an entry that the configuration takes', async () => {
    const { exitCode, stdout } = await wl(['token', 'new', '--name', 'ci', '--team', 'web', '--output', 'json']);
    assert.equal(exitCode, 0);
    const { token, entry } = JSON.parse(stdout) as { token: string; entry: { sha256: string } };
    assert.match(token, /^wl_[A-Za-z0-9_-]{43}$/);
    assert.deepEqual(entry, {
      name: 'ci',
      sha256: createHash('sha256').update(token).digest('hex'),
      team: 'web',
      admin: false,
    });
    assert.ok(ConfigSchema.shape.tokens.safeParse([entry]).success);
    const text = await wl(['token', 'new', '--name', 'ci', '--team', 'web', '--admin']);
    const [first = '', ...rest] = text.stdout.split('\n');
    assert.match(first, /^wl_[A-Za-z0-9_-]{43}$/);
    const sha256 = createHash('sha256').update(first).digest('hex');
    assert.equal(rest.join('\n'), `\ntokens:\n  - name: "ci"\n    sha256: ${sha256}\n    team: web\n    admin: true\n`);
  });

  it('offers the nearest name for an unknown command, and exits with 2', async () => {
    const { exitCode, stderr } = await wl(['delpoy']);
    assert.deepEqual([exitCode, stderr], [2, "Error: Unknown command 'delpoy'\nHint: Did you mean deploy?\n"]);
  });

  it('exits with 9 and a hint when the API does not answer', async () => {
    const { exitCode, stderr } = await wl(['list'], { WL_API_URL: 'http://127.0.0.1:9', WL_TOKEN: 'x' });
    assert.equal(exitCode, 9);
    assert.match(
      stderr,
      /^Error: The API at http:\/\/127\.0\.0\.1:9 does not answer: .+\nHint: Check --api-url or WL_API_URL/,
    );
  });

  it('exits with 2 when it knows no API', async () => {
    const { exitCode, stderr } = await wl(['status', 'app']);
    assert.equal(exitCode, 2);
    assert.match(stderr, /^Error: There is no API to talk to\nHint: Start one with `wl local start`/);
  });

  it('says what to do when it is not built', () => {
    const copy = join(home, 'clone', 'bin');
    mkdirSync(copy, { recursive: true });
    cpSync(WL, join(copy, 'wl.js'));
    writeFileSync(join(home, 'clone', 'package.json'), '{"type":"module"}');
    const { status, stderr } = spawnSync(process.execPath, [join(copy, 'wl.js'), '--help'], { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, /^Error: wl is not built yet\nHint: run `node scripts\/setup\.mjs`/);
  });
});

describe('the wl process', () => {
  let api: ScriptedApi;
  beforeEach(async () => {
    api = new ScriptedApi();
    await api.start();
  });
  afterEach(() => api.stop());
  const env = () => ({ HOME: tmpdir(), WL_API_URL: api.url, WL_TOKEN: 'wl_x', NO_COLOR: '1' });

  it('ends with the verdict, leaving no connection open', async () => {
    api.connections = [(stream) => stream.events(story(['Deployment successful']))];
    const { exitCode, stdout } = await runWl(['follow', 'app/1466583476'], { env: env() });
    assert.deepEqual([exitCode, stdout], [0, 'app/1466583476 Deployment successful\n']);
  });

  for (const [name, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    it(`stops watching on ${name}, and says how to go on`, async () => {
      api.connections = [(stream) => stream.events(story(['Waiting']).slice(0, 2))];
      const { exitCode, stderr } = await runWl(['follow', 'app/1466583476'], {
        env: env(),
        signal: { name, when: (stdout) => stdout.includes('Waiting') },
      });
      assert.equal(exitCode, code);
      assert.equal(
        stderr,
        'Stopped watching; the change app/1466583476 goes on.\nFollow it: wl follow app/1466583476   Cancel it: wl cancel app\n',
      );
    });
  }

  it('keeps a live line below the last line on a terminal, and leaves none behind', async function () {
    if (!hasScript()) return this.skip();
    const counts = { newTasks: 1, oldTasks: 2, wanted: 2, healthy: 0, secondsLeft: 179 };
    const [phase, waiting, ...rest] = story(['Waiting', 'Deployment successful']);
    const events = [phase, waiting, { type: 'rollout', counts }, ...rest].map((event, index) => ({
      ...event,
      seq: index + 1,
    }));
    api.connections = [(stream) => stream.events(events as DeployEvent[])];
    const output = await runInTerminal(['follow', 'app/1466583476'], env());
    assert.equal(
      output,
      [
        'app/1466583476 Waiting\r\n',
        '▒▒▒▒▒▒▒▒▒▒░░░░░░░░░░ new 1/2  old 2  healthy 0  179 s left',
        '\r\u001b[2Kapp/1466583476 Deployment successful\r\n',
        '▒▒▒▒▒▒▒▒▒▒░░░░░░░░░░ new 1/2  old 2  healthy 0  179 s left',
        '\r\u001b[2K',
      ].join(''),
    );
  });

  const deletion = [
    ['another name', 'ap\n', /Error: app is not deleted: another name was typed\r\nHint: Type app to delete it\./],
    ['no name', '', /\r\nError: app is not deleted: no name was typed\r\n/],
  ] as const;
  for (const [what, input, expected] of deletion) {
    it(`deletes nothing on a terminal when ${what} is typed`, async function () {
      if (!hasScript()) return this.skip();
      const output = await runInTerminal(['delete', 'app'], env(), input);
      assert.match(output, /This deletes app and everything of it\. Type its name to go on: /);
      assert.match(output, expected);
      assert.deepEqual(api.received, []);
    });
  }

  it('deletes on a terminal when the name is typed', async function () {
    if (!hasScript()) return this.skip();
    api.connections = [(stream) => stream.events(story(['Deleted']))];
    const output = await runInTerminal(['delete', 'app'], env(), 'app\n');
    assert.match(output, /app\/\d{10} Deleted\r\n/);
    assert.equal(api.received[0]?.method, 'DELETE');
  });

  it('deletes nothing without a terminal, also with the name on its input', async () => {
    for (const input of ['', 'app\n']) {
      const { exitCode, stdout, stderr } = await runWl(['delete', 'app'], { env: env(), input });
      assert.deepEqual([exitCode, stdout], [2, '']);
      assert.equal(
        stderr,
        'Error: app is not deleted: there is no terminal to ask on\nHint: To delete it without being asked: wl delete app --yes\n',
      );
    }
    assert.deepEqual(api.received, []);
  });
});

/** script(1) of util-linux, for a pseudo-terminal. */
const hasScript = (): boolean =>
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true;
