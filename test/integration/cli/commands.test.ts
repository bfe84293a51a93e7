import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AskLine } from '../../../src/cli/ask.ts';
import { formatTime } from '../../../src/cli/output/time.ts';
import { runCli } from '../../../src/cli/program.ts';
import type { OpenChange } from '../../../src/domain/api.ts';
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

  const run = async (
    argv: string[],
    { interruptWhen, ask }: { interruptWhen?: (stdout: string) => boolean; ask?: AskLine } = {},
  ) => {
    const { io, stdout, stderr } = captureIo();
    let interrupt: ((exitCode: number) => void) | undefined;
    const watched = {
      ...io,
      out: (line: string) => {
        io.out(line);
        if (interruptWhen?.(stdout())) interrupt?.(130);
      },
    };
    const exitCode = await runCli(argv, {
      io: watched,
      env: { HOME: directory, WL_API_URL: api.url, WL_TOKEN: 'wl_test', VERSION: 'v2' },
      onInterrupt: (listener) => {
        interrupt = listener;
        return () => undefined;
      },
      ...(ask !== undefined && { ask }),
    });
    return { exitCode, stdout: stdout(), stderr: stderr() };
  };
  const deploy = (...more: string[]) => run(['deploy', 'app', '-f', manifest, ...more]);
  const id = () => api.deploymentIds.at(-1) ?? '';

  describe('deploy', () => {
    it('sends the filled manifest, prints the transcript, and exits with 0', async () => {
      api.connections = [play(['This is try 1', 'Deployment successful'])];
      const before = Math.floor(Date.now() / 1000);
      const { exitCode, stdout, stderr } = await deploy('--take-over-domain', '--on-conflict', 'supersede');
      assert.equal(exitCode, 0);
      assert.equal(stdout, `app/${id()} This is try 1\napp/${id()} Deployment successful\n`);
      assert.equal(stderr, 'Account 123456789012 (eu-west-1), environment test\n');
      assert.ok(Number(id()) >= before && Number(id()) <= before + 5);
      assert.deepEqual(api.received[0]?.body, {
        manifest: MANIFEST.replace('${VERSION}', 'v2'),
        file: 'wonderland.yaml',
        takeOverDomain: true,
        onConflict: 'supersede',
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

    it('exits with 0 when nothing had to change, and says so', async () => {
      const message = 'app/1466583476: nothing had to change';
      api.connections = [play(['Deployment successful'], { code: 'no_change', message })];
      const { exitCode, stderr } = await deploy();
      assert.equal(exitCode, 0);
      assert.ok(stderr.endsWith(`\n${message}\n`), stderr);
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
        `Stopped watching after 0.5 s; the change app/${id()} goes on.\nFollow it: wl follow app/${id()}   Cancel it: wl cancel app\n`,
      );
    });

    it('Ctrl-C ends the watching with 130, and says how to go on', async () => {
      api.connections = [(stream) => stream.events(story(['Waiting']).slice(0, 2))];
      const { exitCode, stderr } = await run(['deploy', 'app', '-f', manifest], {
        interruptWhen: (stdout) => stdout.includes('Waiting'),
      });
      assert.equal(exitCode, 130);
      assert.match(
        stderr,
        new RegExp(
          `Stopped watching; the change app/${id()} goes on\\.\\nFollow it: wl follow app/${id()} {3}Cancel it: wl cancel app\\n$`,
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
        `${MANIFEST}notifications: { slack: "#team" }`,
        3,
        /^Error: .* uses keys that have no effect yet\n.*wonderland\.yaml:2:1 "notifications" has no effect yet/,
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

  describe('the other changes', () => {
    const table: [argv: string[], method: string, path: string, body: object][] = [
      [['rollback', 'app'], 'POST', '/rollback', {}],
      [['rollback', 'app', '--to', '1466583476'], 'POST', '/rollback', { to: '1466583476' }],
      [['scale', 'app', '4'], 'PATCH', '/scale', { desired: 4 }],
      [['scale', 'app', '0', '--on-conflict', 'fail'], 'PATCH', '/scale', { desired: 0, onConflict: 'fail' }],
      [['restart', 'app', '--on-conflict', 'supersede'], 'POST', '/restart', { onConflict: 'supersede' }],
      [['delete', 'app', '--yes'], 'DELETE', '', {}],
    ];
    for (const [argv, method, path, body] of table) {
      it(`wl ${argv.join(' ')} asks once and watches to the verdict`, async () => {
        const undo = 'wl rollback app --to 1466583000';
        api.connections = [play(['Done'], { undo })];
        api.lostAnswers = 1;
        const { exitCode, stdout, stderr } = await run(argv);
        assert.deepEqual([exitCode, stdout], [0, `app/${id()} Done\n`]);
        assert.equal(stderr, `Account 123456789012 (eu-west-1), environment test\nUndo: ${undo}\n`);
        const [first, again, ...rest] = api.received;
        assert.deepEqual([first?.method, first?.path], [method, `/v1/services/app${path}`]);
        assert.deepEqual(first?.body, { id: id(), ...body });
        assert.deepEqual([again?.path, again?.body], [first?.path, first?.body], 'a lost answer is asked for again');
        assert.deepEqual(
          rest.map(({ path: one }) => one),
          [`/v1/services/app/deployments/${id()}/events`],
        );
      });
    }

    it('take the next second when an id is taken', async () => {
      const now = Math.floor(Date.now() / 1000);
      for (let second = now; second < now + 5; second++) api.taken.add(String(second));
      api.connections = [play([])];
      assert.equal((await run(['restart', 'app'])).exitCode, 0);
      assert.ok(Number(id()) >= now + 5);
    });

    it('exit with the code of the verdict, and print no way to undo what did not succeed', async () => {
      for (const [code, exit] of [
        ['locked', 6],
        ['precondition_failed', 6],
        ['cancelled', 7],
        ['deploy_failed', 8],
      ] as const) {
        api.connections = [play([], { ok: false, code, message: 'It failed', hint: 'Look.', undo: 'wl x' })];
        const { exitCode, stderr } = await run(['rollback', 'app']);
        assert.equal(exitCode, exit);
        assert.match(stderr, /\nError: It failed\nHint: Look\.\n$/);
      }
    });

    it('--output json and jsonl have the command that undoes it', async () => {
      const undo = 'wl scale app 2';
      api.connections = [play(['Done'], { undo })];
      assert.equal(JSON.parse((await run(['scale', 'app', '4', '--output', 'json'])).stdout).verdict.undo, undo);
      const lines = (await run(['scale', 'app', '4', '--output', 'jsonl'])).stdout.trimEnd().split('\n');
      assert.equal(JSON.parse(lines.at(-1) ?? '').verdict.undo, undo);
    });

    it('--detach and --timeout end the watching alone', async () => {
      const detached = await run(['restart', 'app', '--detach']);
      assert.deepEqual([detached.exitCode, detached.stdout], [0, `app/${id()}\n`]);
      api.connections = [(stream) => stream.events(story(['Waiting']).slice(0, 2))];
      const { exitCode, stderr } = await run(['scale', 'app', '2', '--timeout', '0.5']);
      assert.equal(exitCode, 124);
      assert.match(stderr, /Stopped watching after 0\.5 s; the change app\/\d+ goes on\./);
    });

    it('delete asks for the name on a terminal', async () => {
      api.connections = [play(['Deleted'])];
      const asked: string[] = [];
      const answers = (answer: string | undefined) => (question: string) => {
        asked.push(question);
        return Promise.resolve(answer);
      };
      for (const [answer, why] of [
        ['other', 'another name was typed'],
        ['', 'no name was typed'],
        [undefined, 'no name was typed'],
      ] as const) {
        const { exitCode, stderr } = await run(['delete', 'app'], { ask: answers(answer) });
        assert.deepEqual([exitCode, stderr], [2, `Error: app is not deleted: ${why}\nHint: Type app to delete it.\n`]);
      }
      assert.equal(api.received.length, 0);
      assert.equal((await run(['delete', 'app'], { ask: answers(' app ') })).exitCode, 0);
      assert.equal(api.received[0]?.method, 'DELETE');
      assert.equal((await run(['delete', 'app', '--yes'], { ask: answers('other') })).exitCode, 0);
      assert.equal(asked.length, 4);
    });

    it('delete wants --yes where nobody can be asked, and touches nothing', async () => {
      const { exitCode, stdout, stderr } = await run(['delete', 'app']);
      assert.deepEqual(
        [exitCode, stdout, stderr],
        [
          2,
          '',
          'Error: app is not deleted: there is no terminal to ask on\nHint: To delete it without being asked: wl delete app --yes\n',
        ],
      );
      assert.deepEqual(api.received, []);
    });
  });

  const change = (changeId: string, more: Partial<OpenChange> = {}): OpenChange => ({
    id: changeId,
    kind: 'deploy',
    phase: 'acting',
    actor: 'alice',
    startedAt: Number(changeId) * 1000,
    pending: false,
    ...more,
  });
  const waiting = (changeId: string) =>
    change(changeId, { kind: 'scale', phase: 'queued', actor: 'bob', pending: true });

  describe('cancel', () => {
    it('cancels the running one of several, and says which', async () => {
      api.status = { changes: [waiting('1466583477'), change('1466583476')] };
      const { exitCode, stdout, stderr } = await run(['cancel', 'app']);
      assert.deepEqual([exitCode, stdout], [0, 'Cancelling app/1466583476\n']);
      assert.equal(stderr, 'Still queued, and next in turn: app/1466583477\nFollow it: wl follow app/1466583476\n');
      assert.equal(api.received.at(-1)?.path, '/v1/services/app/deployments/1466583476/cancel');
    });

    it('--pending cancels the waiting one only', async () => {
      api.status = { changes: [waiting('1466583477'), change('1466583476')] };
      const { exitCode, stdout, stderr } = await run(['cancel', 'app', '--pending']);
      assert.deepEqual([exitCode, stdout], [0, 'Cancelling app/1466583477\n']);
      assert.equal(stderr, 'Still running: app/1466583476\nFollow it: wl follow app/1466583477\n');
      assert.equal(api.received.at(-1)?.path, '/v1/services/app/deployments/1466583477/cancel');
      const json = await run(['cancel', 'app', '--pending', '--output', 'json']);
      assert.deepEqual(JSON.parse(json.stdout), { service: 'app', id: '1466583477', kind: 'scale', cancelling: true });
    });

    it('cancels the newest when none has begun', async () => {
      const queued = { phase: 'queued' } as const;
      api.status = { changes: [change('1466583476', queued), change('1466583477', queued)] };
      assert.equal((await run(['cancel', 'app'])).stdout, 'Cancelling app/1466583477\n');
    });

    it('exits with 5 when there is none, and says what to do', async () => {
      const none = await run(['cancel', 'app']);
      assert.deepEqual(
        [none.exitCode, none.stderr],
        [5, 'Error: No change of app is running\nHint: See what it runs: wl status app\n'],
      );
      const nonePending = await run(['cancel', 'app', '--pending']);
      assert.deepEqual(
        [nonePending.exitCode, nonePending.stderr],
        [5, 'Error: No change of app is waiting\nHint: See what it runs: wl status app\n'],
      );
      api.status = { changes: [change('1466583476')] };
      const onlyRunning = await run(['cancel', 'app', '--pending']);
      assert.deepEqual(
        [onlyRunning.exitCode, onlyRunning.stderr],
        [
          5,
          'Error: No change of app waits for its turn\nHint: app/1466583476 runs; to cancel that one: wl cancel app\n',
        ],
      );
      assert.deepEqual(new Set(api.received.map(({ method }) => method)), new Set(['GET']));
    });
  });

  it('status says what runs and what waits, who asked for it, and since when', async () => {
    const changes = [waiting('1466583477'), change('1466583476')];
    api.status = { desiredScale: 2, changes };
    const { exitCode, stdout, stderr } = await run(['status', 'app']);
    assert.equal(exitCode, 0);
    assert.equal(stderr, '');
    assert.match(stdout, /^Current deployment: -\nDesired scale: 2\n/);
    assert.deepEqual(stdout.match(/^(?:In progress|Pending): .*\n/gm), [
      `In progress: app/1466583476 (deploy, acting, by alice since ${formatTime(1466583476000)})\n`,
      `Pending: app/1466583477 (scale, waiting for its turn, by bob since ${formatTime(1466583477000)})\n`,
    ]);
    assert.deepEqual(JSON.parse((await run(['status', 'app', '--output', 'json'])).stdout).changes, changes);
  });

  it('status says of a name without a service that nothing of it runs', async () => {
    api.status = { desiredScale: 0, changes: [] };
    const { exitCode, stderr } = await run(['status', 'app']);
    assert.equal(exitCode, 0);
    assert.match(stderr, /^Nothing of app runs, and no change of it is on its way\.\nHint: Deploy it .*\n$/);
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
