import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config.ts';
import { run } from '../setup/process.ts';
import { pythonTool } from '../setup/python.ts';
import { root } from '../setup/stack.ts';

interface Service {
  image: string;
  command?: string[];
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, unknown>;
  profiles?: string[];
}

const composeFile = join(root, 'docker-compose.yml');
const text = readFileSync(composeFile, 'utf8');
const { services } = parse(text, { merge: true }) as { services: Record<string, Service> };

describe('docker-compose.yml', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'wonderland-compose-'));
  after(() => rmSync(scratch, { recursive: true, force: true }));

  describe('against the compose schema (needs check-jsonschema)', function () {
    this.timeout(60_000);
    const tool = pythonTool('check-jsonschema');
    const check = (file: string) => run(tool ?? '', ['--builtin-schema', 'vendor.compose-spec', file]);

    it('is valid', async function () {
      if (tool === undefined) this.skip();
      const { code, stdout } = await check(composeFile);
      assert.equal(code, 0, stdout);
    });

    it('would be refused with a misspelt key', async function () {
      if (tool === undefined) this.skip();
      const broken = join(scratch, 'docker-compose.yml');
      writeFileSync(broken, text.replaceAll('healthcheck:', 'healtcheck:'));
      const { code, stdout } = await check(broken);
      assert.equal(code, 1);
      assert.match(stdout, /healtcheck/);
    });
  });

  it('starts what design asks for: Temporal on PostgreSQL, its Web UI, API and worker; the local cloud by a profile', () => {
    assert.deepEqual(Object.keys(services).sort(), [
      'api',
      'local-cloud',
      'postgres',
      'temporal',
      'temporal-namespace',
      'temporal-schema',
      'temporal-ui',
      'worker',
    ]);
    const profiled = Object.entries(services).filter(([, { profiles }]) => profiles !== undefined);
    assert.deepEqual(
      profiled.map(([name]) => name),
      ['local-cloud'],
    );
  });

  it('pins every image to a version', () => {
    for (const [name, { image }] of Object.entries(services)) assert.match(image, /:\d+(\.\d+)*(-\w+)?$/, name);
  });

  it('publishes on the loopback only', () => {
    for (const port of Object.values(services).flatMap(({ ports = [] }) => ports)) assert.match(port, /^127\.0\.0\.1:/);
  });

  it('depends on and mounts only what exists', () => {
    for (const { depends_on = {}, volumes = [] } of Object.values(services)) {
      for (const name of Object.keys(depends_on)) assert.ok(name in services, name);
      for (const [source = ''] of volumes.map((volume) => volume.split(':')))
        if (source.startsWith('./')) assert.ok(existsSync(join(root, source)), source);
    }
  });

  it('runs entry points of the build', () => {
    const scripts = Object.values(services).flatMap(({ command = [] }) =>
      command.filter((word) => word.endsWith('.js')),
    );
    assert.equal(scripts.length, 3);
    for (const script of scripts) assert.ok(statSync(join(root, script)).isFile(), script);
  });

  describe('deploy/wonderland.config.example.yaml', () => {
    const example = readFileSync(join(root, 'deploy', 'wonderland.config.example.yaml'), 'utf8');
    const load = (content: string) => {
      const file = join(scratch, 'wonderland.config.yaml');
      writeFileSync(file, content);
      return loadConfig({ WONDERLAND_CONFIG: file });
    };

    it('is a configuration once its key is filled in', () => {
      const config = load(example.replace('REPLACE', randomBytes(32).toString('base64')));
      assert.equal(config.environment, 'staging');
    });

    it('cannot be used as it is: its key is no key', () => {
      assert.throws(() => load(example), { code: 'spec_invalid' });
    });
  });
});
