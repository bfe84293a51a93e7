import { readFileSync } from 'node:fs';
import {
  Client,
  Connection,
  isGrpcServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type ConnectionOptions,
} from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType, type SearchAttributePair } from '@temporalio/common';
import type { Config } from './config.ts';
import { isWonderlandError, WonderlandError } from './domain/errors.ts';
import { SEARCH_ATTRIBUTES, type SearchAttribute } from './domain/ids.ts';

/** gRPC statuses of a deadline that passed and of a server that is not there. */
const NO_ANSWER = [4, 14];
/** gRPC status of a thing that is there already. */
const ALREADY_EXISTS = 6;
/** Temporal's `IndexedValueType` for an exact-match text. */
const KEYWORD = 2;

/** Address, TLS and API key in the form that both `Connection` and the worker's `NativeConnection` take. */
export function connectionOptions({ temporal }: Pick<Config, 'temporal'>) {
  const { tls, 'api-key': apiKey } = temporal;
  const certificate = tls?.['cert-file'];
  const key = tls?.['key-file'];
  const authority = tls?.['ca-file'];
  return {
    address: temporal.address,
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(tls === undefined && apiKey === undefined
      ? {}
      : {
          tls: {
            ...(authority === undefined ? {} : { serverRootCACertificate: readFileSync(authority) }),
            ...(certificate === undefined || key === undefined
              ? {}
              : { clientCertPair: { crt: readFileSync(certificate), key: readFileSync(key) } }),
          },
        }),
  } satisfies ConnectionOptions;
}

/**
 * A client that connects with its first call and again whenever the connection is lost, at most 2 s apart, so that a
 * process can start before Temporal does and outlive its restarts.
 */
export function connectClient(config: Pick<Config, 'temporal'>): Client {
  const connection = Connection.lazy({
    ...connectionOptions(config),
    channelArgs: { 'grpc.initial_reconnect_backoff_ms': 200, 'grpc.max_reconnect_backoff_ms': 2_000 },
  });
  const { namespace } = config.temporal;
  // A closed run is read from its result: asking a worker for it would need one, and a replay.
  return new Client({ connection, namespace, workflow: { queryRejectCondition: 'NOT_OPEN' } });
}

/**
 * Runs calls to Temporal with a common time limit.
 * @throws WonderlandError `unavailable` when Temporal does not answer in time or refuses the call; "not found" and "already
 * started" pass through as Temporal's own errors, because only the caller knows what they mean.
 */
export async function askTemporal<T>(client: Client, timeoutMs: number, calls: () => Promise<T>): Promise<T> {
  try {
    return await client.withDeadline(Date.now() + timeoutMs, calls);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || error instanceof WorkflowExecutionAlreadyStartedError) throw error;
    if (isWonderlandError(error)) throw error;
    const cause = error instanceof Error && isGrpcServiceError(error.cause) ? error.cause : error;
    if (!isGrpcServiceError(cause)) throw error;
    const what = NO_ANSWER.includes(Number(cause.code)) ? 'does not answer' : 'refused a call';
    throw new WonderlandError('unavailable', `Temporal ${what}: ${cause.details}`, {
      hint: 'Changes that were accepted go on by themselves; try again in a moment.',
      details: { grpcStatus: cause.code },
      cause,
    });
  }
}

export const searchAttributeKey = (name: SearchAttribute) =>
  defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);

/** Search attributes in the form a workflow is started with. */
export const searchAttributes = (values: Partial<Record<SearchAttribute, string>>): SearchAttributePair[] =>
  Object.entries(values).map(([name, value]) => ({ key: searchAttributeKey(name as SearchAttribute), value }));

/**
 * Registers our search attributes in the namespace; those that exist are left alone. Temporal Cloud does not offer
 * this call: there they are created with its own tools.
 */
export async function registerSearchAttributes(client: Client, timeoutMs: number): Promise<void> {
  const { namespace } = client.options;
  const { operatorService } = client.connection as Connection;
  const { customAttributes } = await askTemporal(client, timeoutMs, () =>
    operatorService.listSearchAttributes({ namespace }),
  );
  const missing = SEARCH_ATTRIBUTES.filter((name) => !Object.hasOwn(customAttributes, name));
  if (missing.length === 0) return;
  try {
    await client.withDeadline(Date.now() + timeoutMs, () =>
      operatorService.addSearchAttributes({
        namespace,
        searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
      }),
    );
  } catch (error) {
    if (!(isGrpcServiceError(error) && Number(error.code) === ALREADY_EXISTS)) throw error;
  }
}
