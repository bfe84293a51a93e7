/** Conditions joined by `&&` and `||`, with parentheses: what stands between the brackets of a filter pattern. */
import { badParameter } from '../store.ts';
import { compileComparison, type Comparator, type Scalar } from './operand.ts';

/** Values that a name stands for in one log event; undefined when the event has nothing of that name. */
export type Lookup = (name: string) => Scalar[] | undefined;
export type Condition = (lookup: Lookup) => boolean;

const TOKEN =
  /\s*(&&|\|\||!=|>=|<=|[=<>()]|"(?:[^"\\]|\\.)*"|%[^%]*%|\$(?:\.\['[^']*'\]|\['[^']*'\]|\[\d+\]|\[\*\]|\.[A-Za-z0-9_-]+|\.\*)*|[^\s&|=<>()"%!]+)/y;

const tokenize = (text: string): string[] => {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match?.[1] === undefined) throw badParameter(`Invalid filter pattern: near '${text.slice(from, from + 20)}'.`);
    tokens.push(match[1]);
  }
  return tokens;
};

const COMPARATORS: readonly string[] = ['=', '!=', '>', '>=', '<', '<='];
const IS: Record<string, Scalar> = { NULL: null, TRUE: true, FALSE: false };

interface ExpressionOptions {
  /** Texts that are numbers are compared as such. */
  areTextsNumbers: boolean;
  /** A name alone is a condition that always holds. */
  mayStandAlone: boolean;
  isName(token: string): boolean;
}

export const parseExpression = (
  text: string,
  { areTextsNumbers, mayStandAlone, isName }: ExpressionOptions,
): Condition => {
  const tokens = tokenize(text);
  let at = 0;
  const take = (): string => {
    const token = tokens[at];
    if (token === undefined) throw badParameter('Invalid filter pattern: it ends too early.');
    at += 1;
    return token;
  };
  const expect = (wanted: string): void => {
    if (take() !== wanted) throw badParameter(`Invalid filter pattern: ${wanted} expected.`);
  };

  const condition = (): Condition => {
    const name = take();
    if (name === '(') {
      const inner = alternatives();
      expect(')');
      return inner;
    }
    if (!isName(name)) throw badParameter(`Invalid filter pattern: '${name}' is no property selector.`);
    if (mayStandAlone && (at === tokens.length || tokens[at] === ')')) return () => true;
    const operator = take();
    if (operator === 'IS') {
      const word = take();
      if (!Object.hasOwn(IS, word)) throw badParameter('Invalid filter pattern: IS takes NULL, TRUE or FALSE.');
      return (lookup) => lookup(name)?.includes(IS[word] as Scalar) ?? false;
    }
    if (operator === 'NOT') {
      expect('EXISTS');
      return (lookup) => lookup(name) === undefined;
    }
    if (!COMPARATORS.includes(operator)) throw badParameter(`Invalid filter pattern: '${operator}' is no operator.`);
    const holds = compileComparison(operator as Comparator, take(), areTextsNumbers);
    return (lookup) => lookup(name)?.some(holds) ?? false;
  };
  const conjunction = (): Condition => {
    const all = [condition()];
    while (tokens[at] === '&&') {
      at += 1;
      all.push(condition());
    }
    return (lookup) => all.every((one) => one(lookup));
  };
  const alternatives = (): Condition => {
    const any = [conjunction()];
    while (tokens[at] === '||') {
      at += 1;
      any.push(conjunction());
    }
    return (lookup) => any.some((one) => one(lookup));
  };

  const whole = alternatives();
  if (at < tokens.length) throw badParameter(`Invalid filter pattern: near '${String(tokens[at])}'.`);
  return whole;
};
