import { toWonderlandError } from './failures.ts';

/** What every SDK command has; its output's type is found through it. */
interface AwsCommand<Output> {
  resolveMiddleware(...parts: never[]): (request: never) => Promise<{ output: Output }>;
}

interface AwsClient {
  send(command: never, options?: { abortSignal?: AbortSignal }): Promise<unknown>;
  config: { serviceId: string };
}

/**
 * Sends one command and translates what it throws, naming the call.
 * @throws WonderlandError, see `toWonderlandError`.
 */
export async function call<Output>(
  client: AwsClient,
  command: AwsCommand<Output>,
  signal?: AbortSignal,
): Promise<Output> {
  try {
    return (await client.send(command as never, signal === undefined ? {} : { abortSignal: signal })) as Output;
  } catch (error) {
    const operation = command.constructor.name.replace(/Command$/, '');
    throw toWonderlandError(error, { service: client.config.serviceId, operation });
  }
}

/** The vendor's name of an error that `call` threw, e.g. `LoadBalancerNotFound`. */
export const awsCodeOf = (error: unknown): string | undefined =>
  (error as { details?: { awsCode?: string } } | undefined)?.details?.awsCode;
