import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../src/config.ts';
import { writeInstallation } from '../../../src/embedded/installation.ts';
import { readFrom, rotate, sizeOf } from '../../../src/embedded/log-file.ts';
import { defaultStateDir } from '../../../src/embedded/paths.ts';
import { DEFAULT_PORTS } from '../../../src/embedded/ports.ts';
import { STATE, StateDir } from '../../../src/embedded/state-dir.ts';

describe('state directory', () => {
  let directory: string;
  beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'wonderland-state-'))));
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('is where the environment says', () => {
    assert.equal(defaultStateDir({ WONDERLAND_STATE_DIR: '/a', XDG_STATE_HOME: '/b' }), '/a');
    assert.equal(defaultStateDir({ XDG_STATE_HOME: '/b' }), '/b/wonderland/local');
    // The specification asks to ignore one that is not absolute.
    assert.match(defaultStateDir({ XDG_STATE_HOME: 'b' }), /\.local\/state\/wonderland\/local$/);
  });

  it('is made where there is nothing, and removed whole', () => {
    const state = new StateDir(join(directory, 'new', 'place'));
    state.create();
    state.create();
    assert.equal(statSync(state.path).mode & 0o777, 0o700);
    state.remove();
    assert.ok(!existsSync(state.path));
    state.remove();
  });

  it('is neither made in nor removed from a directory with something else in it', () => {
    writeFileSync(join(directory, 'thesis.txt'), 'years of work');
    const state = new StateDir(directory);
    assert.throws(() => state.create(), { code: 'conflict' });
    assert.throws(() => state.remove(), { code: 'conflict' });
    assert.ok(existsSync(join(directory, 'thesis.txt')));
  });

  it('holds a configuration that the parts accept, with tokens that stay the same', () => {
    const state = new StateDir(directory);
    state.create();
    const client = writeInstallation(state, DEFAULT_PORTS);
    const config = loadConfig({ WONDERLAND_CONFIG: state.file(STATE.config) });
    assert.equal(config['aws-endpoint-url'], 'http://127.0.0.1:4566');
    assert.deepEqual(config.teams, ['werkzeugschmiede', 'holzwerkstatt']);
    assert.deepEqual(config.tokens.filter(({ admin }) => admin).length, 1);
    const moved = writeInstallation(state, { ...DEFAULT_PORTS, api: 8310 });
    assert.equal(moved.apiUrl, 'http://127.0.0.1:8310');
    assert.deepEqual(moved.tokens, client.tokens);
    for (const name of [STATE.secrets, STATE.client, STATE.config, STATE.childEnv])
      assert.equal(statSync(state.file(name)).mode & 0o777, 0o600, name);
  });

  it('keeps tokens out of the configuration: only their hashes', () => {
    const state = new StateDir(directory);
    state.create();
    const { tokens } = writeInstallation(state, DEFAULT_PORTS);
    const text = readFileSync(state.file(STATE.config), 'utf8');
    for (const token of Object.values(tokens)) assert.ok(!text.includes(token));
  });
});

describe('logs', () => {
  const directory = mkdtempSync(join(tmpdir(), 'wonderland-logs-'));
  after(() => rmSync(directory, { recursive: true, force: true }));

  it('keeps those of the last four starts', () => {
    const file = join(directory, 'part.log');
    for (let start = 1; start <= 7; start++) {
      rotate(file);
      writeFileSync(file, `start ${start}`);
    }
    const kept = ['', '.1', '.2', '.3', '.4'].map((suffix) => readFileSync(`${file}${suffix}`, 'utf8'));
    assert.deepEqual(kept, ['start 7', 'start 6', 'start 5', 'start 4', 'start 3']);
    assert.ok(!existsSync(`${file}.5`));
  });

  it('reads what was written since', () => {
    const file = join(directory, 'since.log');
    assert.equal(sizeOf(file), 0);
    writeFileSync(file, 'before\n');
    const offset = sizeOf(file);
    writeFileSync(file, 'after\n', { flag: 'a' });
    assert.equal(readFrom(file, offset), 'after\n');
  });
});
