/** The grammar of the cluster query language. */
import { invalid } from './input.ts';

type Operator = '==' | '!=' | '>' | '>=' | '<' | '<=' | 'in' | '!in' | '=~' | '!~' | 'exists' | '!exists';

export interface Comparison {
  kind: 'comparison';
  subject: string;
  operator: Operator;
  values: string[];
  /** Of `=~` and `!~`. */
  pattern?: RegExp;
}

export type Expression = Comparison | { kind: 'and' | 'or'; of: Expression[] } | { kind: 'not'; of: Expression };

const SUBJECT = /^(?:attribute:[\w.\-/\\@:]+|task:group|\w+)/;
/** The longer of two that begin alike comes first. */
const SYMBOLS: readonly [RegExp, Operator][] = [
  [/^==/, '=='],
  [/^=~/, '=~'],
  [/^!=/, '!='],
  [/^!~/, '!~'],
  [/^>=/, '>='],
  [/^<=/, '<='],
  [/^>/, '>'],
  [/^</, '<'],
  [/^(?:!exists|not_exists)\b/i, '!exists'],
  [/^exists\b/i, 'exists'],
  [/^(?:!in|not_in)\b/i, '!in'],
  [/^in\b/i, 'in'],
  [/^equals\b/i, '=='],
  [/^not_equals\b/i, '!='],
  [/^greater_than_equal\b/i, '>='],
  [/^greater_than\b/i, '>'],
  [/^less_than_equal\b/i, '<='],
  [/^less_than\b/i, '<'],
  [/^matches\b/i, '=~'],
  [/^not_matches\b/i, '!~'],
];
const AND = /^(?:&&|and\b)/i;
const OR = /^(?:\|\||or\b)/i;
const NOT = /^(?:!|not\b)/i;

/** @throws InvalidParameterException with what is wrong and where. */
export const readExpression = (text: string): Expression => {
  let at = 0;

  const rest = (): string => text.slice(at);
  const skipSpace = (): void => {
    at += /^\s*/.exec(rest())?.[0].length ?? 0;
  };
  const refuse = (wanted: string): never => {
    throw invalid(`Invalid expression: ${wanted} expected at position ${at} of '${text}'.`);
  };
  const take = (pattern: RegExp): string | undefined => {
    skipSpace();
    const found = pattern.exec(rest())?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };

  const operator = (): Operator => {
    skipSpace();
    for (const [pattern, meaning] of SYMBOLS) if (take(pattern) !== undefined) return meaning;
    return refuse('an operator');
  };
  const value = (): string => {
    const quoted = take(/^(?:"[^"]*"|'[^']*')/);
    if (quoted !== undefined) return quoted.slice(1, -1);
    return take(/^[^\s()[\],&|]+/) ?? refuse('a value');
  };
  const list = (): string[] => {
    if (take(/^\[/) === undefined) refuse('[');
    const values = [value()];
    while (take(/^,/) !== undefined) values.push(value());
    if (take(/^\]/) === undefined) refuse(']');
    return values;
  };
  /** A pattern ends at a space, or at the parenthesis that closes the group around it. */
  const pattern = (): RegExp => {
    skipSpace();
    const start = at;
    let depth = 0;
    for (; at < text.length && !/\s/.test(text.charAt(at)); at += 1) {
      if (text.charAt(at) === '(') depth += 1;
      if (text.charAt(at) === ')' && (depth -= 1) < 0) break;
    }
    if (at === start) refuse('a pattern');
    try {
      return new RegExp(`^(?:${text.slice(start, at)})$`);
    } catch {
      return refuse('a regular expression');
    }
  };
  const comparison = (): Comparison => {
    const subject = take(SUBJECT) ?? refuse('a subject');
    const meaning = operator();
    const common = { kind: 'comparison', subject, operator: meaning } as const;
    if (meaning === 'exists' || meaning === '!exists') return { ...common, values: [] };
    if (meaning === '=~' || meaning === '!~') return { ...common, values: [], pattern: pattern() };
    return { ...common, values: meaning === 'in' || meaning === '!in' ? list() : [value()] };
  };

  const factor = (): Expression => {
    if (take(NOT) !== undefined) return { kind: 'not', of: factor() };
    if (take(/^\(/) === undefined) return comparison();
    const inner = anyOf();
    if (take(/^\)/) === undefined) refuse(')');
    return inner;
  };
  const chain = (kind: 'and' | 'or', separator: RegExp, part: () => Expression): Expression => {
    const first = part();
    const parts = [first];
    while (take(separator) !== undefined) parts.push(part());
    return parts.length === 1 ? first : { kind, of: parts };
  };
  const allOf = (): Expression => chain('and', AND, factor);
  const anyOf = (): Expression => chain('or', OR, allOf);

  const expression = anyOf();
  skipSpace();
  if (at < text.length) refuse('the end');
  return expression;
};
