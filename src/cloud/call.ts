import { setTimeout as wait } from 'node:timers/promises';
import type { WonderlandError } from '../domain/errors.ts';
import { toWonderlandError } from './failures.ts';

/** What every SDK command has; its output's type is found through it. */
interface AwsCommand<Output> {
  resolveMiddleware(...parts: never[]): (request: never) => Promise<{ output: Output }>;
}

interface AwsClient {
  send(command: never, options?: { abortSignal?: AbortSignal }): Promise<unknown>;
  config: { serviceId: string };
}

/** Of one read, the first included. */
const READ_TRIES = 5;
/** Before the second try, and twice as long before each later one; less up to a half of it. */
const FIRST_PAUSE_MILLISECONDS = 150;
/** Of the 8 s that an activity has: a read that failed later than this is left to the activity's next attempt. */
const PATIENCE_MILLISECONDS = 3_000;

/**
 * Sends one command and translates what it throws, naming the call. A read that is throttled or not answered is sent
 * again at once: an activity that makes a dozen of them would otherwise begin anew at each refusal, and where AWS refuses
 * every third call it would never end. A call that changes something is sent once; what to do then is Temporal's to say.
 * @throws WonderlandError, see `toWonderlandError`.
 */
export async function call<Output>(
  client: AwsClient,
  command: AwsCommand<Output>,
  signal?: AbortSignal,
): Promise<Output> {
  const operation = command.constructor.name.replace(/Command$/, '');
  const tries = /^(Describe|List|Get)/.test(operation) ? READ_TRIES : 1;
  const startedAt = Date.now();
  for (let left = tries - 1; ; left -= 1) {
    try {
      return (await client.send(command as never, signal === undefined ? {} : { abortSignal: signal })) as Output;
    } catch (error) {
      const translated = toWonderlandError(error, { service: client.config.serviceId, operation });
      const isLate = Date.now() - startedAt > PATIENCE_MILLISECONDS;
      if (left === 0 || isLate || !isWorthAnother(translated)) throw translated;
      await pause(tries - left, signal);
      if (signal?.aborted === true) throw translated;
    }
  }
}

const isWorthAnother = ({ code }: WonderlandError): boolean => code === 'rate_limited' || code === 'unavailable';

/** Jittered: calls that were refused together shall not come back together. */
async function pause(n: number, signal: AbortSignal | undefined): Promise<void> {
  const milliseconds = FIRST_PAUSE_MILLISECONDS * 2 ** (n - 1) * (1 - Math.random() / 2);
  await wait(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}

/** The vendor's name of an error that `call` threw, e.g. `LoadBalancerNotFound`. */
export const awsCodeOf = (error: unknown): string | undefined =>
  (error as { details?: { awsCode?: string } } | undefined)?.details?.awsCode;
