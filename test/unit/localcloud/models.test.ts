import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { botocoreData, modelFiles } from '../../../scripts/generate-models.ts';

describe('service models of the local cloud', () => {
  const data = botocoreData();
  if (data === undefined) {
    it.skip('are fresh (without botocore: Python 3 is missing)');
    return;
  }
  for (const [path, text] of Object.entries(modelFiles(data))) {
    it(`${path} is fresh; if not: node --import=tsx scripts/generate-models.ts`, () => {
      assert.ok(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8') === text, `${path} is stale`);
    });
  }
});
