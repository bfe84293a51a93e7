import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { ERRORS, isWonderlandError, type WonderlandError } from '../domain/errors.ts';

/** AWS refuses some calls only for the moment, and says so with a client error. */
const TRY_AGAIN =
  /Too many concurrent attempts|Unable to Start a service that is still Draining|PriorRequestNotComplete/;

/**
 * Runs the work of an activity and turns a WonderlandError into the failure Temporal understands: our code as its type.
 * What AWS calls the caller's own fault is not tried again; throttling waits longer than other failures.
 */
export async function asFailure<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isWonderlandError(error)) throw error;
    throw toFailure(error);
  }
}

/** So many tries are for a crowd that passes; later ones for a limit that somebody has used up for minutes. */
const CROWDED_TRIES = 8;

/** With jitter, because calls that were throttled together would come back together. */
function throttledMilliseconds(attempt: number): number {
  const [least, most] = attempt <= CROWDED_TRIES ? [1_000, 4_000] : [5_000, 15_000];
  return Math.round(least + Math.random() * (most - least));
}

function toFailure(error: WonderlandError): ApplicationFailure {
  const { retryable, benign } = ERRORS[error.code];
  const refused = error.code === 'upstream' && error.details?.fault === 'client' && !TRY_AGAIN.test(error.message);
  return ApplicationFailure.create({
    type: error.code,
    message: error.message,
    nonRetryable: !retryable || refused,
    details: [{ hint: error.hint, ...error.details }],
    ...(benign ? { category: ApplicationFailureCategory.BENIGN } : {}),
    ...(error.code === 'rate_limited' ? { nextRetryDelay: throttledMilliseconds(activityInfo().attempt) } : {}),
  });
}
