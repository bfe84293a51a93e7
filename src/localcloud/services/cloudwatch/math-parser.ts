/** Metric math as a tree. Metrics Insights queries, anomaly bands and the rarer functions are not spoken. */
import { invalid } from './errors.ts';

export type Node =
  | { kind: 'number'; value: number }
  | { kind: 'text'; value: string }
  | { kind: 'name'; name: string }
  | { kind: 'list'; items: Node[] }
  | { kind: 'call'; name: string; items: Node[] }
  | { kind: 'binary'; operator: string; left: Node; right: Node };

/** Loosest first. */
const LEVELS = [['OR', '||'], ['AND', '&&'], ['==', '!=', '<=', '>=', '<', '>'], ['+', '-'], ['*', '/'], ['^']];
const TOKEN = /\s*(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[A-Za-z_]\w*|"[^"]*"|'[^']*'|&&|\|\||[=!<>]=|[-+*/^<>(),[\]])/y;
const DEEPEST = 50;

const tokensOf = (expression: string): string[] => {
  const tokens: string[] = [];
  const text = expression.trim();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const start = TOKEN.lastIndex;
    const [, token] = TOKEN.exec(text) ?? [];
    if (token === undefined) throw invalid(`Error in expression '${expression}': unexpected text at ${start + 1}.`);
    tokens.push(token);
  }
  return tokens;
};

/** @throws ValidationError */
export const parseExpression = (expression: string): Node => {
  const tokens = tokensOf(expression);
  let at = 0;
  const refuse = (): Error => {
    const where = tokens[at] === undefined ? 'its end' : `'${tokens[at]}'`;
    return invalid(`Error in expression '${expression}': unexpected ${where}.`);
  };
  const take = (token: string): void => {
    if (tokens[at] !== token) throw refuse();
    at += 1;
  };

  const items = (end: string, depth: number): Node[] => {
    const found: Node[] = [];
    while (tokens[at] !== end) {
      if (found.length > 0) take(',');
      found.push(binary(0, depth + 1));
    }
    take(end);
    return found;
  };
  const primary = (depth: number): Node => {
    const token = tokens[at];
    if (token === undefined || depth > DEEPEST) throw refuse();
    at += 1;
    if (token === '-') {
      const zero: Node = { kind: 'number', value: 0 };
      return { kind: 'binary', operator: '-', left: zero, right: primary(depth + 1) };
    }
    if (token === '(') {
      const inner = binary(0, depth + 1);
      take(')');
      return inner;
    }
    if (token === '[') return { kind: 'list', items: items(']', depth) };
    if (/^["']/.test(token)) return { kind: 'text', value: token.slice(1, -1) };
    if (/^\d/.test(token)) return { kind: 'number', value: Number(token) };
    if (!/^[A-Za-z_]/.test(token)) {
      at -= 1;
      throw refuse();
    }
    if (tokens[at] !== '(') return { kind: 'name', name: token };
    at += 1;
    return { kind: 'call', name: token.toUpperCase(), items: items(')', depth) };
  };
  const binary = (level: number, depth: number): Node => {
    const operators = LEVELS[level];
    if (operators === undefined) return primary(depth);
    let left = binary(level + 1, depth);
    for (let token = tokens[at]; token !== undefined && operators.includes(token); token = tokens[at]) {
      at += 1;
      left = { kind: 'binary', operator: token, left, right: binary(level + 1, depth) };
    }
    return left;
  };

  const tree = binary(0, 0);
  if (at < tokens.length) throw refuse();
  return tree;
};
