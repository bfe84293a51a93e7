import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { loadConfig } from '../../src/config.ts';
import { workerVersion } from '../../src/worker-version.ts';

const REQUIRED = {
  environment: 'test',
  clusters: [{ name: 'crims' }],
  teams: ['werkzeugschmiede'],
  'sealing-key': Buffer.alloc(32).toString('base64'),
};
const MAP = '\n//# sourceMappingURL=data:application/json;charset=utf-8;base64,';

describe('the version of a worker', () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'worker-version-'));
  });
  after(() => rmSync(directory, { recursive: true }));

  const write = (name: string, text: string): string => {
    const file = join(directory, name);
    writeFileSync(file, text);
    return file;
  };
  const versionWith = (versioning: object | undefined, code: string, env: NodeJS.ProcessEnv = {}) => {
    const temporal = versioning === undefined ? {} : { 'worker-versioning': versioning };
    const file = write('wonderland.config.yaml', stringify({ ...REQUIRED, temporal }));
    return workerVersion(loadConfig({ WONDERLAND_CONFIG: file, ...env }), write('workflow-bundle.js', code));
  };

  it('is there only when asked for', () => {
    assert.equal(versionWith(undefined, 'code'), undefined);
  });

  it('is what the configuration or, before that, the environment says', () => {
    const named = { 'deployment-name': 'staging', 'build-id': 'v1_2-3' };
    assert.deepEqual(versionWith(named, 'code'), { deploymentName: 'staging', buildId: 'v1_2-3' });
    const env = { WONDERLAND_TEMPORAL_BUILD_ID: 'other' };
    assert.deepEqual(versionWith(named, 'code', env), { deploymentName: 'staging', buildId: 'other' });
    assert.deepEqual(versionWith(undefined, 'code', env), { deploymentName: 'wonderland', buildId: 'other' });
    assert.throws(() => versionWith({ 'build-id': 'v1.2' }, 'code'), { code: 'spec_invalid' });
  });

  it('follows the code of the workflows, not the folder that they were built in', () => {
    const buildId = (code: string) => versionWith({}, code)?.buildId;
    assert.match(buildId('code') ?? '', /^[0-9a-f]{12}$/);
    assert.equal(buildId(`code${MAP}L2hvbWUvYQ==`), buildId(`code${MAP}L2hvbWUvYg==\n`));
    assert.notEqual(buildId(`code${MAP}L2hvbWUvYQ==`), buildId(`other${MAP}L2hvbWUvYQ==`));
  });
});
