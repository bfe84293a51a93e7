import { WonderlandError } from '../domain/errors.ts';
import { isDeploymentId } from '../domain/ids.ts';

/** @throws WonderlandError `usage` unless it is a positive number of seconds that a timer can hold. */
export function positiveSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== '' && seconds > 0 && seconds <= 2_000_000) return seconds;
  throw new WonderlandError('usage', `"${text}" is not a number of seconds`, { hint: 'Write e.g. --timeout 900.' });
}

/** @throws WonderlandError `usage` unless it is a whole number from 0 to 100. */
export function taskCount(text: string): number {
  if (/^\d{1,3}$/.test(text) && Number(text) <= 100) return Number(text);
  throw new WonderlandError('usage', `"${text}" is not a number of tasks`, {
    hint: 'Write a whole number from 0 to 100.',
  });
}

/** @throws WonderlandError `usage` unless it can be the id of a deployment. */
export function deploymentId(text: string): string {
  if (isDeploymentId(text)) return text;
  throw new WonderlandError('usage', `"${text}" is not the id of a deployment`, {
    hint: 'It is the number behind the slash, e.g. 1466583476 of autoscaler/1466583476.',
  });
}
