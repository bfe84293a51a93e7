import assert from 'node:assert/strict';
import { assertGolden } from '../../golden/golden.ts';
import { COMMANDS } from '../../../src/cli/command-table.ts';
import { parseArguments, runCli } from '../../../src/cli/program.ts';
import { captureIo } from './capture.ts';

const parse = async (line: string) => {
  const invocation = await parseArguments(line.split(' '), captureIo().io);
  return invocation && { command: invocation.command.name, args: invocation.args, options: invocation.options };
};

const run = async (argv: string[]) => {
  const { io, stdout, stderr } = captureIo();
  const exitCode = await runCli(argv, { io, env: {}, onInterrupt: () => () => undefined });
  return { exitCode, stdout: stdout(), stderr: stderr() };
};

describe('the command line', () => {
  const text = { output: 'text' };
  const file = { file: 'wonderland.yaml' };
  const table: [line: string, command: string, args: string[], options: object][] = [
    ['deploy app', 'deploy', ['app'], { ...text, ...file }],
    ['deploy app -f a.yaml --detach', 'deploy', ['app'], { ...text, file: 'a.yaml', detach: true }],
    ['deploy --timeout 2.5 --output jsonl app', 'deploy', ['app'], { ...file, output: 'jsonl', timeout: 2.5 }],
    ['deploy app --take-over-domain', 'deploy', ['app'], { ...text, ...file, takeOverDomain: true }],
    ['deploy app --on-conflict fail', 'deploy', ['app'], { ...text, ...file, onConflict: 'fail' }],
    ['rollback app --to 1466583476', 'rollback', ['app'], { ...text, to: '1466583476' }],
    ['rollback app --on-conflict queue --detach', 'rollback', ['app'], { ...text, onConflict: 'queue', detach: true }],
    ['scale app 4 --timeout 60', 'scale', ['app', '4'], { ...text, timeout: 60 }],
    ['restart app --output jsonl', 'restart', ['app'], { output: 'jsonl' }],
    ['delete app', 'delete', ['app'], text],
    ['delete app --yes', 'delete', ['app'], { ...text, yes: true }],
    ['cancel app --pending', 'cancel', ['app'], { ...text, pending: true }],
    ['deploy app --profile staging', 'deploy', ['app'], { ...text, ...file, profile: 'staging' }],
    ['follow app/1466583476 --timeout 60', 'follow', ['app/1466583476'], { ...text, timeout: 60 }],
    ['cancel app --api-url http://a --token t', 'cancel', ['app'], { ...text, apiUrl: 'http://a', token: 't' }],
    ['status app --output=json', 'status', ['app'], { output: 'json' }],
    ['list', 'list', [], text],
    ['validate a.yaml', 'validate', ['a.yaml'], text],
    ['token new --name ci --team web --admin', 'token new', [], { ...text, name: 'ci', team: 'web', admin: true }],
    ['version', 'version', [], text],
    ['local start --speed 5 --help', 'local', ['start', '--speed', '5', '--help'], {}],
    ['local --help', 'local', ['--help'], {}],
  ];
  for (const [line, command, args, options] of table) {
    it(`wl ${line}`, async () => assert.deepEqual(await parse(line), { command, args, options }));
  }

  const wrong: [line: string, stderr: string][] = [
    ['deplo app', "Error: Unknown command 'deplo'\nHint: Did you mean deploy?\n"],
    ['xyzzy', "Error: Unknown command 'xyzzy'\nHint: See `wl --help`.\n"],
    ['token', 'Error: `wl token` needs one more word\nHint: See `wl token --help`.\n'],
    ['token nwe', "Error: Unknown command 'nwe'\nHint: Did you mean new?\n"],
    ['token new --name ci', "Error: Required option '--team <team>' not specified\nHint: See `wl token new --help`.\n"],
    ['deploy', "Error: Missing required argument 'name'\nHint: See `wl deploy --help`.\n"],
    [
      'deploy a b',
      "Error: Too many arguments for 'deploy'. Expected 1 argument but got 2.\nHint: See `wl deploy --help`.\n",
    ],
    ['deploy app --detahc', "Error: Unknown option '--detahc'\nHint: Did you mean --detach?\n"],
    ['deploy app --timeout soon', 'Error: "soon" is not a number of seconds\nHint: Write e.g. --timeout 900.\n'],
    ['deploy app --timeout 0', 'Error: "0" is not a number of seconds\nHint: Write e.g. --timeout 900.\n'],
    [
      'status app --output xml',
      "Error: Option '--output <format>' argument 'xml' is invalid. Allowed choices are text, json.\nHint: See `wl status --help`.\n",
    ],
    [
      'deploy app --on-conflict hurry',
      "Error: Option '--on-conflict <policy>' argument 'hurry' is invalid. Allowed choices are queue, supersede, fail.\nHint: See `wl deploy --help`.\n",
    ],
    [
      'rollback app --to v1',
      'Error: "v1" is not the id of a deployment\nHint: It is the number behind the slash, e.g. 1466583476 of autoscaler/1466583476.\n',
    ],
    ['scale app', "Error: Missing required argument 'tasks'\nHint: See `wl scale --help`.\n"],
    ['scale app 101', 'Error: "101" is not a number of tasks\nHint: Write a whole number from 0 to 100.\n'],
    ['scale app two', 'Error: "two" is not a number of tasks\nHint: Write a whole number from 0 to 100.\n'],
    [
      'status App',
      'Error: "App" cannot be the name of a service\nHint: A name has 2 to 21 lower-case letters, digits and dashes, begins with a letter and does not end with a dash.\n',
    ],
    [
      'follow app',
      'Error: "app" is not a change of a service\nHint: Write SERVICE/ID, e.g. `wl follow autoscaler/1466583476`.\n',
    ],
  ];
  for (const [line, stderr] of wrong) {
    it(`wl ${line} is wrong`, async () => {
      assert.deepEqual(await run(line.split(' ')), { exitCode: 2, stdout: '', stderr });
    });
  }

  it('says what is wrong as JSON where JSON is asked for', async () => {
    const { exitCode, stdout, stderr } = await run(['status', 'App', '--output', 'json']);
    assert.deepEqual([exitCode, stderr], [2, '']);
    assert.equal(JSON.parse(stdout).error.code, 'usage');
    const unknown = await run(['statsu', '--output', 'json']);
    assert.equal(JSON.parse(unknown.stdout).error.hint, 'Did you mean status?');
  });
});

describe('help', () => {
  for (const name of ['', ...COMMANDS.filter(({ passThrough }) => !passThrough).map((command) => command.name)]) {
    it(`of wl ${name}`, async () => {
      const { exitCode, stdout } = await run([...name.split(' ').filter(Boolean), '--help']);
      assert.equal(exitCode, 0);
      assertGolden(`help/${['wl', ...name.split(' ').filter(Boolean)].join('-')}.txt`, stdout);
    });
  }

  it('is what wl prints without a command', async () => {
    assert.deepEqual(await run([]), await run(['--help']));
  });

  it('has two examples for every command', () => {
    for (const { name, examples } of COMMANDS) assert.ok(examples.length >= 2, name);
  });
});
