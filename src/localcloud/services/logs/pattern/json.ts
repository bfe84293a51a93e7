/** Filter patterns for JSON events: `{ $.level = "error" && $.took > 100 }`. */
import { parseExpression, type Lookup } from './expression.ts';
import type { Scalar } from './operand.ts';

const STEP = /\.?\['([^']*)'\]|\[(\d+|\*)\]|\.([A-Za-z0-9_-]+|\*)/g;

/** All that a selector leads to; an asterisk stands for every element or field. */
const select = (root: unknown, selector: string): unknown[] =>
  [...selector.matchAll(STEP)].reduce<unknown[]>(
    (found, [, quoted, index, name]) =>
      found.flatMap((value) => {
        if (typeof value !== 'object' || value === null) return [];
        const key = quoted ?? index ?? name ?? '';
        if (key === '*' && quoted === undefined) return Object.values(value);
        const isFitting = (index !== undefined) === Array.isArray(value);
        return isFitting && Object.hasOwn(value, key) ? [(value as Record<string, unknown>)[key]] : [];
      }),
    [root],
  );

const isScalar = (value: unknown): value is Scalar => typeof value !== 'object' || value === null;

/** `text` without its braces. */
export const compileJsonPattern = (text: string): ((message: string) => boolean) => {
  const holds = parseExpression(text, {
    areTextsNumbers: false,
    mayStandAlone: false,
    isName: (token) => token.startsWith('$') && token.length > 1,
  });
  return (message) => {
    let event: unknown;
    try {
      event = JSON.parse(message);
    } catch {
      return false;
    }
    if (typeof event !== 'object' || event === null) return false;
    const lookup: Lookup = (selector) => {
      const found = select(event, selector);
      return found.length === 0 ? undefined : found.filter(isScalar);
    };
    return holds(lookup);
  };
};
