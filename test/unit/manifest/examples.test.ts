import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { interpolate } from '../../../src/manifest/interpolate.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';

const EXAMPLES = new URL('../../../examples/', import.meta.url);

/** Fenced YAML blocks of a page that hold a whole manifest. */
const manifestsOf = (markdown: string): string[] =>
  [...markdown.matchAll(/```yaml\n([\s\S]*?)```/g)]
    .map((match) => match[1] ?? '')
    .filter((text) => /^components:/m.test(text));

describe('examples', () => {
  for (const name of readdirSync(EXAMPLES)) {
    it(`${name} is valid, deployable, and names its schema in the first line`, () => {
      const file = new URL(`${name}/wonderland.yaml`, EXAMPLES);
      const text = readFileSync(file, 'utf8');
      const { unsupported, warnings } = parseManifest(interpolate(text, {}, name), name);
      assert.deepEqual([unsupported, warnings], [[], []]);
      const schema = /^# yaml-language-server: \$schema=(.+)\n/.exec(text)?.[1];
      assert.ok(schema !== undefined && existsSync(new URL(schema, file)), 'the schema does not exist');
    });
  }

  it('of docs/manifest.md are valid', () => {
    const manifests = manifestsOf(readFileSync(new URL('../docs/manifest.md', EXAMPLES), 'utf8'));
    assert.ok(manifests.length >= 2);
    for (const manifest of manifests)
      parseManifest(interpolate(manifest, { VERSION: 'v2' }, 'manifest.md'), 'manifest.md');
  });
});
