/** How often and how soon SNS tries again to reach an HTTP endpoint: delivery policies. */
import { invalid } from './model.ts';

export interface RetryPolicy {
  /** Seconds. */
  minDelayTarget: number;
  maxDelayTarget: number;
  numRetries: number;
  numNoDelayRetries: number;
  numMinDelayRetries: number;
  numMaxDelayRetries: number;
  backoffFunction: string;
}

/** AWS's default. */
const DEFAULT: RetryPolicy = {
  minDelayTarget: 20,
  maxDelayTarget: 20,
  numRetries: 3,
  numMaxDelayRetries: 0,
  numNoDelayRetries: 0,
  numMinDelayRetries: 0,
  backoffFunction: 'linear',
};

/** Longest delay in seconds, most retries. */
const LONGEST_DELAY = 3600;
const MOST_RETRIES = 100;

const wrong = (why: string) => invalid(`DeliveryPolicy: ${why}`);

const parse = (policy: string): Record<string, unknown> => {
  try {
    const parsed: unknown = JSON.parse(policy);
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // Answered below.
  }
  throw wrong('failed to parse JSON.');
};

/**
 * Of a subscription's policy (`healthyRetryPolicy`) or a topic's (`http.defaultHealthyRetryPolicy`); the default without either.
 * @throws InvalidParameter
 */
export const readRetryPolicy = (subscription: string | undefined, topic: string | undefined): RetryPolicy => {
  const http =
    topic === undefined ? undefined : (parse(topic).http as { defaultHealthyRetryPolicy?: object } | undefined);
  const own = subscription === undefined ? undefined : (parse(subscription).healthyRetryPolicy as object | undefined);
  const policy: RetryPolicy = { ...DEFAULT, ...http?.defaultHealthyRetryPolicy, ...own };
  const { minDelayTarget, maxDelayTarget, numRetries } = policy;
  if (!(minDelayTarget >= 1 && minDelayTarget <= maxDelayTarget && maxDelayTarget <= LONGEST_DELAY))
    throw wrong('healthyRetryPolicy.minDelayTarget must be less than or equal to maxDelayTarget');
  if (!(numRetries >= 0 && numRetries <= MOST_RETRIES))
    throw wrong('healthyRetryPolicy.numRetries must be at most 100');
  return policy;
};

/** Milliseconds before the retry of this number, from 1 on; undefined when there is none. */
export const retryDelay = (policy: RetryPolicy, retry: number): number | undefined => {
  const { minDelayTarget: least, maxDelayTarget: most, numRetries, numNoDelayRetries, numMinDelayRetries } = policy;
  if (retry > numRetries) return undefined;
  if (retry <= numNoDelayRetries) return 0;
  const step = retry - numNoDelayRetries - numMinDelayRetries;
  const steps = numRetries - numNoDelayRetries - numMinDelayRetries - policy.numMaxDelayRetries;
  if (step <= 0) return least * 1000;
  if (step > steps) return most * 1000;
  const isLinear = policy.backoffFunction === 'linear';
  const grown = isLinear ? least + ((most - least) * step) / steps : least * 2 ** (step - 1);
  return Math.min(most, grown) * 1000;
};
