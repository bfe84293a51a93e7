/** Filter patterns of CloudWatch Logs: terms, or conditions on JSON or space-delimited events. */
import { compileFieldsPattern } from './pattern/fields.ts';
import { compileJsonPattern } from './pattern/json.ts';
import { compileRegex } from './pattern/operand.ts';
import { badParameter } from './store.ts';

const TERM = /([?-]?)("(?:[^"\\]|\\.)*"|%[^%]*%|\S+)/g;

const compileTerm = (term: string): ((message: string) => boolean) => {
  if (term.startsWith('"') && term.length > 1) {
    const phrase = term.slice(1, -1).replace(/\\(.)/g, '$1');
    // `" "` is AWS's own way to say everything.
    return phrase.trim() === '' ? () => true : (message) => message.includes(phrase);
  }
  if (term.startsWith('%') && term.length > 1) {
    const expression = compileRegex(term.slice(1, -1));
    return (message) => expression.test(message);
  }
  if (!/^[\p{L}\p{N}_]+$/u.test(term)) throw badParameter(`Invalid character(s) in term '${term}'`);
  return (message) => message.includes(term);
};

const compileTerms = (text: string): ((message: string) => boolean) => {
  const terms = [...text.matchAll(TERM)].map(([, sign = '', term = '']) => ({ sign, isIn: compileTerm(term) }));
  const optional = terms.filter(({ sign }) => sign === '?');
  // AWS passes over the optional ones when there are others.
  if (optional.length === terms.length && terms.length > 0)
    return (message) => optional.some(({ isIn }) => isIn(message));
  const counted = terms.filter(({ sign }) => sign !== '?');
  return (message) => counted.every(({ sign, isIn }) => isIn(message) === (sign !== '-'));
};

/**
 * Whether a message is one that the pattern means; without a pattern every one is.
 * @throws InvalidParameterException
 */
export const compilePattern = (pattern: string | undefined): ((message: string) => boolean) => {
  const text = (pattern ?? '').trim();
  if (/^\{.*\}$/s.test(text)) return compileJsonPattern(text.slice(1, -1));
  if (/^\[.*\]$/s.test(text)) return compileFieldsPattern(text.slice(1, -1));
  return compileTerms(text);
};
