import type { Problem } from '../domain/api.ts';
import { ERRORS, isWonderlandError, WonderlandError } from '../domain/errors.ts';

/** Statuses that HTTP has for a wrong request, beside the 400 of `usage`. */
type RefusalStatus = 413 | 415;

/** A `usage` error with a status of its own. */
export const refusal = (status: RefusalStatus, message: string, hint: string): WonderlandError & { status: number } =>
  Object.assign(new WonderlandError('usage', message, { hint }), { status });

const statusOf = (error: WonderlandError): number =>
  (error as { status?: RefusalStatus }).status ?? ERRORS[error.code].status;

/** What anything thrown tells the caller. Of what is not a WonderlandError nothing is told: its text may hold anything. */
export function toWonderlandError(error: unknown): WonderlandError {
  if (isWonderlandError(error)) return error;
  const { type, status } = (error ?? {}) as { type?: string; status?: number };
  if (type === 'entity.too.large') {
    return refusal(413, 'The body has more than 1 MB', 'A manifest is a few KB; send the manifest and nothing else.');
  }
  if (status === 415) return refusal(415, 'The body has an unknown encoding', 'Send application/json in UTF-8.');
  if (type === 'entity.parse.failed') {
    return new WonderlandError('usage', 'The body is not valid JSON', { hint: 'Check the body with a JSON parser.' });
  }
  if (status !== undefined && status >= 400 && status < 500) {
    return new WonderlandError('usage', 'The request could not be read', { hint: 'Check its path and its body.' });
  }
  return new WonderlandError('internal', 'This is a bug in Wonderland', {
    hint: 'Report it with the request id; the log of the API has the rest.',
    cause: error,
  });
}

export function toProblem(error: WonderlandError, at: { instance: string; requestId: string }): Problem {
  return {
    type: `urn:wonderland:error:${error.code}`,
    title: ERRORS[error.code].summary,
    status: statusOf(error),
    detail: error.message,
    code: error.code,
    ...at,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.issues === undefined ? {} : { issues: error.issues }),
    ...(error.details === undefined ? {} : { details: error.details }),
  };
}
