import assert from 'node:assert/strict';
import fc from 'fast-check';
import { z } from 'zod';
import { isWonderlandError, type WonderlandError } from '../../src/domain/errors.ts';
import { parseManifest } from '../../src/manifest/parse.ts';
import { parseYamlDocument } from '../../src/yaml-document.ts';

const refusal = (text: string): WonderlandError => {
  try {
    parseYamlDocument(z.unknown(), text, 'f.yaml');
  } catch (error) {
    assert.ok(isWonderlandError(error), `threw ${String(error)}`);
    return error as WonderlandError;
  }
  return assert.fail('the text was accepted');
};

const message = (text: string): string | undefined => refusal(text).issues?.[0]?.message;

describe('parseYamlDocument', () => {
  it('refuses a text of more than 256 KiB before reading it', () => {
    assert.equal(message(`# ${'x'.repeat(5_000_000)}`), 'the file has 4883 KiB, more than the 256 KiB allowed');
  });

  it('refuses an alias bomb', () => {
    const lines = ['a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]'];
    for (let n = 1; n < 9; n++)
      lines.push(
        `a${n}: &a${n} [${Array(9)
          .fill(`*a${n - 1}`)
          .join(', ')}]`,
      );
    assert.equal(message(lines.join('\n')), 'aliases repeat more than 100 nodes');
  });

  it('allows a few aliases', () => {
    const shared = parseYamlDocument(z.unknown(), 'a: &a [1, 2]\nb: *a\nc: *a', 'f.yaml');
    assert.deepEqual(shared, { a: [1, 2], b: [1, 2], c: [1, 2] });
  });

  // The package composes recursively: nested this deep it ends the process, not the call.
  for (const opener of ['[', '{a: ', '- ', '? ', '- [{? ']) {
    it(`refuses 250 KB of "${opener}"`, () => {
      assert.equal(message(opener.repeat(250_000 / opener.length)), 'nested deeper than 100 levels');
    });
  }

  it('reads thousands of keys in linear time', () => {
    const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join('\n');
    const value = parseYamlDocument(z.record(z.string(), z.int()), keys, 'f.yaml');
    assert.equal(Object.keys(value).length, 20_000);
  });

  it('shows the first 50 of many faults', () => {
    const error = refusal(Array.from({ length: 60 }, () => 'a: 1').join('\n'));
    assert.equal(error.message, 'f.yaml has 59 faults, the first 50 follow');
    assert.equal(error.issues?.length, 50);
  });

  it('names the place of a fault behind an alias', () => {
    const schema = z.strictObject({ base: z.unknown(), list: z.array(z.strictObject({ name: z.string() })) });
    assert.throws(
      () => parseYamlDocument(schema, 'base: &b\n  name: 1\nlist:\n  - *b', 'f.yaml'),
      (error: WonderlandError) => {
        assert.deepEqual(error.issues, [
          {
            file: 'f.yaml',
            line: 2,
            column: 9,
            path: 'list.0.name',
            message: 'expected text, got a number',
            hint: 'put it in quotes',
          },
        ]);
        return true;
      },
    );
  });

  it('never throws anything but spec_invalid, whatever the text', () => {
    const words = fc.constantFrom(
      'components',
      'name',
      'env',
      'scale',
      ': ',
      '- ',
      '\n',
      '\n  ',
      '[',
      ']',
      '{',
      '}',
      '&a ',
      '*a',
      '!t ',
      '"',
      "'",
      '|\n',
      '? ',
      '#',
      '%',
      '\t',
      '1e9',
      '~',
      '<<',
      '---\n',
      '...\n',
      '\u0000',
      '__proto__',
      'constructor',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(words, { maxLength: 40 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (candidate) => {
        try {
          parseManifest(candidate, 'f.yaml');
        } catch (error) {
          assert.ok(
            isWonderlandError(error) && (error as WonderlandError).code === 'spec_invalid',
            String((error as Error).stack),
          );
          for (const { line, column, message: words_ } of (error as WonderlandError).issues ??
            assert.fail('no issues')) {
            assert.ok(line >= 1 && column >= 1 && words_ !== '');
          }
        }
      }),
      { numRuns: 600 },
    );
  });

  it('never throws anything but spec_invalid, whatever the values', () => {
    const keys = fc.constantFrom(
      'scale',
      'components',
      'name',
      'image',
      'env',
      'endpoint',
      'load-balancer',
      'ports',
      'port',
      'capacity',
      'healthcheck',
      'deployment',
      'links',
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        fc.string(),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(keys, tie('tree'), { maxKeys: 6 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        try {
          parseManifest(JSON.stringify(value), 'f.yaml');
        } catch (error) {
          assert.ok(isWonderlandError(error), String((error as Error).stack));
        }
      }),
      { numRuns: 300 },
    );
  });
});
