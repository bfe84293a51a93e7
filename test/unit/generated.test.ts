import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { generatedFiles } from '../../scripts/generate.ts';

describe('generated files', () => {
  for (const [path, text] of Object.entries(generatedFiles())) {
    it(`${path} is fresh; if not: npm run generate`, () => {
      assert.ok(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8') === text, `${path} is stale`);
    });
  }
});
