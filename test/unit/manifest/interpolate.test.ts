import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatIssue, type WonderlandError } from '../../../src/domain/errors.ts';
import { interpolate } from '../../../src/manifest/interpolate.ts';

const ENV = { VERSION: 'v2', EMPTY: '', LINES: 'a\nb', PLACEHOLDER: '${VERSION}', DOLLARS: "$& $1 $'" };

describe('interpolate', () => {
  const filled: [text: string, expected: string][] = [
    ['image: app:${VERSION}', 'image: app:v2'],
    ['${VERSION}${VERSION}', 'v2v2'],
    ['[${EMPTY}]', '[]'],
    ['${EMPTY:-x}', 'x'],
    ['${NONE:-a b}', 'a b'],
    ['${NONE:-}', ''],
    ['${VERSION:-x}', 'v2'],
    ['$${VERSION}', '${VERSION}'],
    ['$$${VERSION}', '$${VERSION}'],
    ['$VERSION $ {VERSION} 100%', '$VERSION $ {VERSION} 100%'],
    ['${PLACEHOLDER}', '${VERSION}'],
    ['${DOLLARS}', "$& $1 $'"],
  ];
  for (const [text, expected] of filled) {
    it(`${JSON.stringify(text)} → ${JSON.stringify(expected)}`, () =>
      assert.equal(interpolate(text, ENV, 'f'), expected));
  }

  const refused: [text: string, issues: string[]][] = [
    ['a: 1\nb: ${NONE}', ['f:2:4 the variable NONE is not set, set it, or give a default as in ${NONE:-default}']],
    [
      '${A} ${B}',
      [
        'f:1:1 the variable A is not set, set it, or give a default as in ${A:-default}',
        'f:1:6 the variable B is not set, set it, or give a default as in ${B:-default}',
      ],
    ],
    ['x: ${LINES}', ['f:1:4 the variable LINES has more than one line, give it a single line']],
    ...['${', '${}', '${1A}', '${A-b}', '${A B}', '${A:-${VERSION}}'].map((text): [string, string[]] => [
      text,
      [`f:1:1 malformed variable, write \${NAME} or \${NAME:-default}; $\${ stands for a plain \${`],
    ]),
  ];
  for (const [text, issues] of refused) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => interpolate(text, ENV, 'f'),
        (error: WonderlandError) => {
          assert.equal(error.code, 'spec_invalid');
          assert.deepEqual(error.issues?.map(formatIssue), issues);
          return true;
        },
      );
    });
  }

  it('leaves a text without variables alone', () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes('${')),
        (text) => interpolate(text, ENV, 'f') === text,
      ),
    );
  });
});
