import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../../../src/cli/program.ts';
import { captureIo } from '../../unit/cli/capture.ts';
import { type Connection, problem, ScriptedApi } from './scripted-api.ts';
import { story } from './story.ts';

const MANIFEST = 'components: [{ name: app, image: "registry.example.com/app:${VERSION}" }]\n';

const play =
  (...args: Parameters<typeof story>): Connection =>
  (stream, lastEventId) => {
    stream.events(story(...args).slice(lastEventId));
    stream.end();
  };

describe('wl against an API', () => {
  let api: ScriptedApi;
  let directory: string;
  let manifest: string;
  beforeEach(async () => {
    api = new ScriptedApi();
    await api.start();
    directory = mkdtempSync(join(tmpdir(), 'wl-'));
    manifest = join(directory, 'wonderland.yaml');
    writeFileSync(manifest, MANIFEST);
  });
  afterEach(async () => {
    await api.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const run = async (argv: string[], interruptWhen?: (stderr: string, stdout: string) => boolean) => {
    const { io, stdout, stderr } = captureIo();
    let interrupt: ((exitCode: number) => void) | undefined;
    const watched = {
      ...io,
      out: (line: string) => {
        io.out(line);
        if (interruptWhen?.(stderr(), stdout())) interrupt?.(130);
      },
    };
    const exitCode = await runCli(argv, {
      io: watched,
      env: { HOME: directory, WL_API_URL: api.url, WL_TOKEN: 'wl_test', VERSION: 'v2' },
      onInterrupt: (listener) => {
        interrupt = listener;
        return () => undefined;
      },
    });
    return { exitCode, stdout: stdout(), stderr: stderr() };
  };
  const deploy = (...more: string[]) => run(['deploy', 'app', '-f', manifest, ...more]);
  const id = () => api.deploymentIds.at(-1) ?? '';

  describe('deploy', () => {
    it('sends the filled manifest, prints the transcript, and exits with 0', async () => {
      api.connections = [play(['This is try 1', 'Deployment successful'])];
      const before = Math.floor(Date.now() / 1000);
      const { exitCode, stdout, stderr } = await deploy('--take-over-domain');
      assert.equal(exitCode, 0);
      assert.equal(stdout, `app/${id()} This is try 1\napp/${id()} Deployment successful\n`);
      assert.equal(stderr, 'Account 123456789012 (eu-west-1), environment test\n');
      assert.ok(Number(id()) >= before && Number(id()) <= before + 5);
      assert.deepEqual(api.received[0]?.body, {
        manifest: MANIFEST.replace('${VERSION}', 'v2'),
        file: 'wonderland.yaml',
        takeOverDomain: true,
      });
    });

    it('takes the next second when an id is taken', async () => {
      const now = Math.floor(Date.now() / 1000);
      for (let second = now; second < now + 5; second++) api.taken.add(String(second));
      api.connections = [play([])];
      assert.equal((await deploy()).exitCode, 0);
      assert.ok(Number(id()) >= now + 5);
      assert.equal(api.deploymentIds.length, 1);
    });

    it('makes one deployment when an answer is lost', async () => {
      api.lostAnswers = 2;
      api.connections = [play(['Deployment successful'])];
      assert.equal((await deploy()).exitCode, 0);
      assert.equal(api.deploymentIds.length, 1);
      assert.equal(api.received.filter(({ method }) => method === 'PUT').length, 3);
    });

    const verdicts: [
      code: 'deploy_failed_rolled_back' | 'deploy_failed' | 'cancelled' | 'superseded' | 'capacity',
      exit: number,
    ][] = [
      ['deploy_failed_rolled_back', 7],
      ['cancelled', 7],
      ['deploy_failed', 8],
      ['superseded', 6],
      ['capacity', 9],
    ];
    for (const [code, exit] of verdicts) {
      it(`exits with ${exit} for ${code}`, async () => {
        const diagnosis = { cause: 'It crashed', facts: ['exit code 1'], hint: 'Look at the log.' };
        api.connections = [play(['Waiting'], { ok: false, code, message: 'It failed', diagnosis })];
        const { exitCode, stdout, stderr } = await deploy();
        assert.equal(exitCode, exit);
        assert.equal(stdout, `app/${id()} Waiting\n`);
        assert.match(stderr, /\nError: It failed\nCause: It crashed\n {2}exit code 1\nHint: Look at the log\.\n$/);
      });
    }

    it('exits with 0 when nothing had to change', async () => {
      api.connections = [play(['Deployment successful'], { code: 'no_change' })];
      assert.equal((await deploy()).exitCode, 0);
    });

    it('says once that it waits for a worker', async () => {
      api.connections = [
        (stream) => {
          stream.raw('event: waiting-for-worker\ndata: {}\n\nevent: waiting-for-worker\ndata: {}\n\n');
          stream.events(story(['Deployment successful']));
        },
      ];
      const { stderr } = await deploy();
      assert.equal(stderr.match(/waiting for a worker/g)?.length, 1);
    });

    it('--detach prints the id, and how to follow', async () => {
      api.waitingForWorker = true;
      const { exitCode, stdout, stderr } = await deploy('--detach');
      assert.equal(exitCode, 0);
      assert.equal(stdout, `app/${id()}\n`);
      assert.match(stderr, /waiting for a worker/);
      assert.match(stderr, new RegExp(`\\nFollow it: wl follow app/${id()}\\n$`));
    });

    it('--timeout ends the watching with 124, and says how to go on', async () => {
      api.connections = [(stream) => stream.events(story(['Waiting']).slice(0, 2))];
      const { exitCode, stdout, stderr } = await deploy('--timeout', '0.5');
      assert.equal(exitCode, 124);
      assert.equal(stdout, `app/${id()} Waiting\n`);
      assert.equal(
        stderr.split('\n').slice(1).join('\n'),
        `Stopped watching after 0.5 s; the deployment app/${id()} goes on.\nFollow it: wl follow app/${id()}   Cancel it: wl cancel app\n`,
      );
    });

    it('Ctrl-C ends the watching with 130, and says how to go on', async () => {
      api.connections = [(stream) => stream.events(story(['Waiting']).slice(0, 2))];
      const { exitCode, stderr } = await run(['deploy', 'app', '-f', manifest], (_, stdout) =>
        stdout.includes('Waiting'),
      );
      assert.equal(exitCode, 130);
      assert.match(
        stderr,
        new RegExp(
          `Stopped watching; the deployment app/${id()} goes on\\.\\nFollow it: wl follow app/${id()} {3}Cancel it: wl cancel app\\n$`,
        ),
      );
    });

    it('--output json prints one document, on failure too', async () => {
      api.connections = [play(['Waiting'])];
      const good = await deploy('--output', 'json');
      assert.deepEqual(JSON.parse(good.stdout), {
        service: 'app',
        id: id(),
        exitCode: 0,
        verdict: { ok: true, code: 'succeeded', message: 'Deployment successful' },
        lines: ['Waiting'],
        warnings: [],
      });
      api.connections = [play([], { ok: false, code: 'deploy_failed', message: 'Bad', hint: 'Look.' })];
      const bad = await deploy('--output', 'json');
      assert.equal(bad.exitCode, 8);
      assert.deepEqual(JSON.parse(bad.stdout).error, { code: 'deploy_failed', message: 'Bad', hint: 'Look.' });
    });

    it('--output jsonl prints one event a line, the result last', async () => {
      const events = story(['Waiting']);
      api.connections = [(stream) => stream.events(events)];
      const lines = (await deploy('--output', 'jsonl')).stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      assert.deepEqual(lines.slice(0, -1), events);
      assert.deepEqual(
        [lines.at(-1).type, lines.at(-1).exitCode, lines.at(-1).verdict.code],
        ['result', 0, 'succeeded'],
      );
    });

    const refused: [what: string, text: string, exit: number, stderr: RegExp][] = [
      [
        'a wrong manifest',
        'scale: x',
        3,
        /^Error: .*wonderland\.yaml has 2 faults\n.*wonderland\.yaml:1:1 the key "components" is missing\n.*wonderland\.yaml:1:8 scale: expected a number, got text\nHint: /,
      ],
      ['a missing variable', 'scale: ${NONE}', 3, /wonderland\.yaml:1:8 the variable NONE is not set/],
      [
        'keys without effect yet',
        `${MANIFEST}iam: { role-arn: "arn:aws:iam::1:role/a" }`,
        3,
        /^Error: .* uses keys that have no effect yet\n.*wonderland\.yaml:2:1 "iam" has no effect yet/,
      ],
    ];
    for (const [what, text, exit, stderr] of refused) {
      it(`refuses ${what} before anything is sent`, async () => {
        writeFileSync(manifest, text);
        const result = await deploy();
        assert.equal(result.exitCode, exit);
        assert.match(result.stderr, stderr);
        assert.deepEqual(api.received, []);
      });
    }

    it('refuses a manifest that is not there', async () => {
      const { exitCode, stderr } = await run(['deploy', 'app', '-f', join(directory, 'none.yaml')]);
      assert.equal(exitCode, 5);
      assert.match(stderr, /^Error: There is no file .*none\.yaml\nHint: /);
    });
  });

  describe('follow', () => {
    it("ends with the deployment's own exit code", async () => {
      api.connections = [play(['Waiting'], { ok: false, code: 'deploy_failed_rolled_back', message: 'Bad' })];
      const { exitCode, stdout } = await run(['follow', 'app/1466583476']);
      assert.deepEqual([exitCode, stdout], [7, 'app/1466583476 Waiting\n']);
    });

    it('tells how many events are lost for good', async () => {
      api.connections = [(stream) => stream.events(story(['a', 'b', 'c']).slice(2))];
      const { stdout, stderr } = await run(['follow', 'app/1466583476']);
      assert.equal(stderr, '2 earlier events are no longer kept.\n');
      assert.equal(stdout, 'app/1466583476 b\napp/1466583476 c\n');
    });
  });

  describe('cancel', () => {
    const change = (changeId: string, phase: 'queued' | 'acting', startedAt: number) => ({
      id: changeId,
      kind: 'deploy' as const,
      phase,
      actor: 'a',
      startedAt,
      pending: false,
    });

    it('cancels the running one of several, and says which', async () => {
      api.status = { changes: [change('1466583477', 'queued', 2), change('1466583476', 'acting', 1)] };
      const { exitCode, stdout, stderr } = await run(['cancel', 'app']);
      assert.deepEqual([exitCode, stdout], [0, 'Cancelling app/1466583476\n']);
      assert.equal(stderr, 'Still queued, and next in turn: app/1466583477\nFollow it: wl follow app/1466583476\n');
      assert.equal(api.received.at(-1)?.path, '/v1/services/app/deployments/1466583476/cancel');
    });

    it('cancels the newest when all wait', async () => {
      api.status = { changes: [change('1466583476', 'queued', 1), change('1466583477', 'queued', 2)] };
      assert.equal((await run(['cancel', 'app'])).stdout, 'Cancelling app/1466583477\n');
    });

    it('exits with 5 when nothing runs', async () => {
      const { exitCode, stderr } = await run(['cancel', 'app']);
      assert.deepEqual(
        [exitCode, stderr],
        [5, 'Error: No change of app is running\nHint: See what it runs: wl status app\n'],
      );
    });
  });

  it('prints what the API refuses, with its hint', async () => {
    const { exitCode, stderr } = await run(['list']);
    assert.deepEqual([exitCode, stderr], [5, 'Error: There is nothing here\nHint: Look elsewhere.\n']);
  });

  it('never prints the token', async () => {
    api.connections = [(stream) => stream.refuse(403, problem('forbidden', 403, 'Not yours'))];
    for (const argv of [['list'], ['status', 'app'], ['follow', 'app/1466583476'], ['deploy', 'app', '-f', manifest]]) {
      const { stdout, stderr } = await run(argv);
      assert.ok(!`${stdout}${stderr}`.includes('wl_test'), argv.join(' '));
    }
  });
});
