import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config.ts';
import type { WonderlandError } from '../../src/domain/errors.ts';

const CONFIG = `environment: test
clusters:
  - name: crims
    host-ports: { from: 11000, to: 11999 }
teams: [werkzeugschmiede]
sealing-key: ${Buffer.alloc(32).toString('base64')}
log-retention-days: 14
`;

describe('The configuration', () => {
  const directory = mkdtempSync(join(tmpdir(), 'wonderland-config-'));
  after(() => rmSync(directory, { recursive: true }));

  const file = join(directory, 'wonderland.config.yaml');
  const load = (text: string, env: NodeJS.ProcessEnv = {}) => {
    writeFileSync(file, text);
    return loadConfig({ WONDERLAND_CONFIG: file, ...env });
  };

  it('is the file, with defaults, and then what the environment says', () => {
    const config = load(CONFIG, { WONDERLAND_API_PORT: '8301', WONDERLAND_REGION: 'eu-central-1' });
    assert.equal(config['log-retention-days'], 14);
    assert.deepEqual(config.clusters[0]?.['host-ports'], { from: 11000, to: 11999 });
    assert.deepEqual(config.api, { host: '127.0.0.1', port: 8301 });
    assert.equal(config.region, 'eu-central-1');
    assert.equal(config.replacement['dns-wait-seconds'], 60);
  });

  for (const [what, text, at] of [
    [
      'a retention that CloudWatch Logs does not have',
      CONFIG.replace('14', '15'),
      ['7:21', 'log-retention-days', /^must be 1, 3, .* or 3653$/],
    ],
    [
      'host ports that end before they begin',
      CONFIG.replace('11999', '10999'),
      ['4:36', 'clusters.0.host-ports.to', /^must not be less than "from"$/],
    ],
    ['a key that nobody knows', `${CONFIG}log-retention: 3\n`, ['8:1', '', /^unknown key "log-retention"/]],
  ] as const) {
    it(`refuses ${what}, and says where`, () => {
      const [place, path, message] = at;
      assert.throws(
        () => load(text),
        ({ code, issues = [] }: WonderlandError) => {
          assert.equal(code, 'spec_invalid');
          const [issue] = issues;
          assert.deepEqual([`${issue?.line}:${issue?.column}`, issue?.path], [place, path]);
          assert.match(issue?.message ?? '', message);
          return true;
        },
      );
    });
  }

  it('refuses a wrong value in the environment', () => {
    assert.throws(() => load(CONFIG, { WONDERLAND_API_PORT: 'http' }), { code: 'spec_invalid', message: /api\.port/ });
  });
});
