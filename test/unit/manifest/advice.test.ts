import assert from 'node:assert/strict';
import { formatIssue } from '../../../src/domain/errors.ts';
import { looksSecret } from '../../../src/manifest/advice.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';

describe('looksSecret', () => {
  const secret: [string, string][] = [
    ['PASSWORD', 'x'],
    ['DB_PASSWORD', 'x'],
    ['API_KEY', 'x'],
    ['apikey', 'x'],
    ['GITHUB_TOKEN', 'x'],
    ['CLIENT_SECRET', 'x'],
    ['AWS_SECRET_ACCESS_KEY', 'x'],
    ['CREDENTIALS', 'x'],
    ['SETTING', 'AKIAABCDEFGHIJKLMNOP'],
    ['DATABASE_URL', 'postgres://app:hunter2@db.example.com/app'],
    ['CERT', '-----BEGIN RSA PRIVATE KEY-----'],
    ['X', `ghp_${'a'.repeat(36)}`],
  ];
  const harmless: [string, string][] = [
    ['DYNAMODB_TABLE_NAME', 'wonderland-autoscaling-configs'],
    ['TOKEN_TTL', '60'],
    ['SECRET_ARN', 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:x'],
    ['DB_PASSWORD', ''],
    ['DB_PASSWORD', 'arn:aws:ssm:eu-west-1:123456789012:parameter/p'],
    ['DATABASE_URL', 'postgres://db.example.com/app'],
    ['MONKEY', 'banana'],
    ['KEYBOARD', 'us'],
  ];
  for (const [name, value] of secret) it(`${name}=${value.slice(0, 12)}`, () => assert.ok(looksSecret(name, value)));
  for (const [name, value] of harmless)
    it(`not ${name}=${value.slice(0, 12)}`, () => assert.ok(!looksSecret(name, value)));
});

describe('warnings of parseManifest', () => {
  it('name a secret in env by place and name, never by value', () => {
    const text = 'components:\n  - name: app\n    image: app\n    env:\n      DB_PASSWORD: hunter2\n';
    const { warnings } = parseManifest(text, 'f.yaml');
    assert.deepEqual(warnings.map(formatIssue), [
      'f.yaml:5:7 components.0.env: "DB_PASSWORD" looks like a secret, and env can be read by many, use "secrets" with the ARN of a secret',
      'f.yaml:3:12 components.0.image: the image has no tag, so what runs depends on when it is deployed, add a tag or a digest',
    ]);
    assert.ok(!JSON.stringify(warnings).includes('hunter2'));
  });

  for (const image of ['app:v1', 'registry.example.com:5000/app:1', `app@sha256:${'0'.repeat(64)}`]) {
    it(`none for ${image.slice(0, 40)}`, () => {
      assert.deepEqual(parseManifest(`components: [{ name: app, image: "${image}" }]`, 'f').warnings, []);
    });
  }
  it('one for a registry port that is no tag', () => {
    assert.equal(parseManifest('components: [{ name: app, image: "r.example.com:5000/app" }]', 'f').warnings.length, 1);
  });
});
