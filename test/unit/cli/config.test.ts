import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiOptions, resolveEndpoint } from '../../../src/cli/config.ts';
import type { WonderlandError } from '../../../src/domain/errors.ts';

describe('resolveEndpoint', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'wl-config-'));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const write = (path: string, text: string) => {
    mkdirSync(join(home, path, '..'), { recursive: true });
    writeFileSync(join(home, path), text);
  };
  const embedded = () =>
    write(
      '.local/state/wonderland/local/client.json',
      JSON.stringify({ apiUrl: 'http://127.0.0.1:1', token: 'wl_local' }),
    );
  const profiles = (head = '') =>
    write(
      '.config/wl/config.yaml',
      `${head}profiles:\n  staging: { api-url: "https://staging.example.com/", token: wl_staging }\n  bare: { api-url: "https://bare.example.com" }\n`,
    );
  const resolve = async (options: ApiOptions = {}, env: Record<string, string> = {}) => {
    const { apiUrl, token } = await resolveEndpoint(options, { HOME: home, ...env });
    return [apiUrl, token];
  };
  const refused = (code: string, message: RegExp) => (error: WonderlandError) =>
    error.code === code && message.test(error.message) && error.hint !== undefined;

  it('finds the embedded stack', async () => {
    embedded();
    assert.deepEqual(await resolve(), ['http://127.0.0.1:1', 'wl_local']);
  });

  it('finds the embedded stack elsewhere', async () => {
    write('state/wonderland/local/client.json', '{"apiUrl":"http://127.0.0.1:2","token":"a"}');
    write('other/client.json', '{"apiUrl":"http://127.0.0.1:3","token":"b"}');
    assert.deepEqual(await resolve({}, { XDG_STATE_HOME: join(home, 'state') }), ['http://127.0.0.1:2', 'a']);
    assert.deepEqual(await resolve({}, { WONDERLAND_STATE_DIR: join(home, 'other') }), ['http://127.0.0.1:3', 'b']);
  });

  it('prefers flag to variable to profile to embedded stack', async () => {
    embedded();
    profiles('profile: staging\n');
    assert.deepEqual(await resolve(), ['https://staging.example.com', 'wl_staging']);
    const env = { WL_API_URL: 'http://variable.example.com', WL_TOKEN: 'wl_variable' };
    assert.deepEqual(await resolve({}, env), ['http://variable.example.com', 'wl_variable']);
    assert.deepEqual(await resolve({ apiUrl: 'http://flag.example.com', token: 'wl_flag' }, env), [
      'http://flag.example.com',
      'wl_flag',
    ]);
  });

  it('takes the profile that is named, by flag before variable', async () => {
    embedded();
    profiles();
    assert.deepEqual(await resolve(), ['http://127.0.0.1:1', 'wl_local']);
    assert.deepEqual(await resolve({}, { WL_PROFILE: 'staging' }), ['https://staging.example.com', 'wl_staging']);
    assert.deepEqual(await resolve({ profile: 'staging' }, { WL_PROFILE: 'none' }), [
      'https://staging.example.com',
      'wl_staging',
    ]);
    assert.deepEqual(await resolve({ profile: 'bare' }, { WL_TOKEN: 'wl_own' }), [
      'https://bare.example.com',
      'wl_own',
    ]);
  });

  it('sends a kept token to its own URL only', async () => {
    embedded();
    await assert.rejects(
      resolve({ apiUrl: 'https://elsewhere.example.com' }),
      refused('unauthenticated', /^There is no token for https:\/\/elsewhere\.example\.com$/),
    );
    assert.deepEqual(await resolve({ apiUrl: 'http://127.0.0.1:1/' }), ['http://127.0.0.1:1', 'wl_local']);
  });

  it('refuses what it cannot resolve', async () => {
    await assert.rejects(resolve(), refused('usage', /^There is no API to talk to$/));
    await assert.rejects(resolve({ apiUrl: 'localhost' }), refused('usage', /^"localhost" is not a URL of an API$/));
    await assert.rejects(resolve({ profile: 'x' }), refused('usage', /^There is no profile "x": .* does not exist$/));
    profiles();
    await assert.rejects(resolve({ profile: 'stagin' }), refused('usage', /^There is no profile "stagin" in /));
    write('.config/wl/config.yaml', 'profils: {}');
    await assert.rejects(resolve(), refused('spec_invalid', /config\.yaml has 2 faults$/));
  });

  it('refuses a token that no header can carry, without repeating it', async () => {
    const options = { apiUrl: 'https://a.test', token: 'wl_secret\nmore' };
    await assert.rejects(resolve(options), refused('unauthenticated', /^The token holds (?!.*secret)/));
  });
});
