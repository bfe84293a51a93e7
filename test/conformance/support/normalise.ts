/** Answers as every client would show them: without what is a client's own way to say it. */
import type { Outcome } from './case.ts';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$/;

/** Python clients parse policies, the JavaScript one leaves them as they came; it numbers MaxItems, and has a word for no message. */
const isPolicyDocument = (key: string): boolean => key.endsWith('PolicyDocument');

const parsePolicy = (text: string): unknown => {
  try {
    return JSON.parse(decodeURIComponent(text));
  } catch {
    return text;
  }
};

const plain = (value: unknown, key: string): unknown => {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value === 'string') {
    if (isPolicyDocument(key)) return parsePolicy(value);
    if (key === 'MaxItems') return Number(value);
    if (key === 'message' && value === 'UnknownError') return '';
    return TIME.test(value) ? new Date(value).toISOString() : value;
  }
  if (Array.isArray(value)) return value.map((one) => plain(one, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== undefined && one !== null)
      .map(([name, one]) => [name, plain(one, name)]),
  );
};

/** `url`: where this client's cloud answers; another client's is elsewhere. */
export const normalise = (outcome: Outcome, url: string): unknown =>
  JSON.parse(JSON.stringify(plain(outcome, '')).replaceAll(new URL(url).host, '<cloud>'));
