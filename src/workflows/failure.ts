import { ApplicationFailureCategory } from '@temporalio/common';
import { ActivityFailure, ApplicationFailure, rootCause } from '@temporalio/workflow';
import { ERRORS, isErrorCode, type ErrorCode } from '../domain/errors.ts';

export interface Explained {
  code: ErrorCode;
  message: string;
  hint?: string;
}

/** A failure of our own, as the workflow throws it and the API reads it. */
export function fail(code: ErrorCode, message: string, details: Record<string, unknown> = {}): ApplicationFailure {
  return ApplicationFailure.create({
    type: code,
    message,
    nonRetryable: true,
    details: [details],
    ...(ERRORS[code].benign ? { category: ApplicationFailureCategory.BENIGN } : {}),
  });
}

/** What went wrong, in our own code: of the activity's last failure, or of a failure thrown here. */
export function explain(error: unknown): Explained {
  const inner = error instanceof ActivityFailure ? error.cause : error;
  if (inner instanceof ApplicationFailure && isErrorCode(inner.type)) {
    const hint = (inner.details?.[0] as { hint?: unknown } | undefined)?.hint;
    return { code: inner.type, message: inner.message, ...(typeof hint === 'string' ? { hint } : {}) };
  }
  const activity = error instanceof ActivityFailure ? ` in ${error.activityType}` : '';
  return {
    code: 'unavailable',
    message: `${rootCause(error) ?? 'unknown failure'}${activity}`,
    hint: 'Look at the workflow in the Temporal Web UI.',
  };
}

/** Set on failures that end the workflow with its verdict: they pass through every catch unchanged. */
export const isConcluded = (error: unknown): boolean =>
  (error as { details?: [{ progress?: unknown }] } | undefined)?.details?.[0]?.progress !== undefined;
