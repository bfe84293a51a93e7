import { WonderlandError } from '../domain/errors.ts';

/** @throws WonderlandError `usage` unless it is a positive number of seconds that a timer can hold. */
export function positiveSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== '' && seconds > 0 && seconds <= 2_000_000) return seconds;
  throw new WonderlandError('usage', `"${text}" is not a number of seconds`, { hint: 'Write e.g. --timeout 900.' });
}
