/** The right side of a comparison in a filter pattern: `"text*"`, `4*`, `1e3`, `%regex%`. */
import { badParameter } from '../store.ts';

export type Comparator = '=' | '!=' | '>' | '>=' | '<' | '<=';

/** What stands in a log event: of a JSON one as it is, of a space-delimited one always text. */
export type Scalar = string | number | boolean | null;

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/** All that AWS lets stand in a regular expression; no groups, no spaces. */
const REGEX = /^[A-Za-z0-9:_#=@/;,\-^$?[\]{}|\\*+.]+$/;

/** `source` without its percent signs. */
export const compileRegex = (source: string): RegExp => {
  if (!REGEX.test(source)) throw badParameter('Invalid filter pattern: unsupported regular expression.');
  try {
    return new RegExp(source);
  } catch {
    throw badParameter('Invalid filter pattern: malformed regular expression.');
  }
};

/** Asterisks stand for any text. */
const compileWildcards = (text: string): RegExp =>
  new RegExp(
    `^${text
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
    's',
  );

const compareNumbers = (value: number, comparator: Comparator, operand: number): boolean => {
  if (comparator === '=') return value === operand;
  if (comparator === '!=') return value !== operand;
  if (comparator === '>') return value > operand;
  if (comparator === '>=') return value >= operand;
  if (comparator === '<') return value < operand;
  return value <= operand;
};

/** Reads one: the answer says whether a value stands in that relation to it. `areTextsNumbers`: texts that are numbers count as such. */
export const compileComparison = (
  comparator: Comparator,
  operand: string,
  areTextsNumbers: boolean,
): ((value: Scalar) => boolean) => {
  const isQuoted = operand.startsWith('"');
  if (!isQuoted && NUMBER.test(operand)) {
    const number = Number(operand);
    return (value) => {
      const isNumber =
        typeof value === 'number' || (areTextsNumbers && typeof value === 'string' && NUMBER.test(value));
      if (isNumber) return compareNumbers(Number(value), comparator, number);
      return comparator === '!=' && typeof value === 'string';
    };
  }
  if (comparator !== '=' && comparator !== '!=')
    throw badParameter(`Invalid filter pattern: ${comparator} needs a number.`);
  const isRegex = operand.startsWith('%');
  const inner = isQuoted || isRegex ? operand.slice(1, -1) : operand;
  const expression = isRegex ? compileRegex(inner) : compileWildcards(inner.replaceAll('\\"', '"'));
  return (value) => {
    // In quotation marks a number is a text.
    if (typeof value !== 'string' && (isQuoted || typeof value !== 'number')) return false;
    return expression.test(String(value)) === (comparator === '=');
  };
};
