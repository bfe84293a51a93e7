import assert from 'node:assert/strict';
import fc from 'fast-check';
import { editDistance, nearest } from '../../../src/domain/nearest.ts';

describe('editDistance', () => {
  const table: [string, string, number][] = [
    ['', '', 0],
    ['a', '', 1],
    ['memory', 'memory', 0],
    ['memroy', 'memory', 1],
    ['scal', 'scale', 1],
    ['kitten', 'sitting', 3],
  ];
  for (const [a, b, expected] of table) it(`${a}/${b} = ${expected}`, () => assert.equal(editDistance(a, b), expected));

  it('is symmetric, and zero only for equal words', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const distance = editDistance(a, b);
        return distance === editDistance(b, a) && (distance === 0) === (a === b);
      }),
    );
  });
});

describe('nearest', () => {
  const words = ['deploy', 'follow', 'status', 'list'];
  it('finds what was meant', () => assert.equal(nearest('delpoy', words), 'deploy'));
  it('ignores case', () => assert.equal(nearest('STATUS', words), 'status'));
  it('offers nothing far away', () => assert.equal(nearest('xyzzy', words), undefined));
  it('does not measure endless words', () => assert.equal(nearest('x'.repeat(100_000), words), undefined));
});
