import { Client, Connection } from '@temporalio/client';
import type { Stack } from '../../setup/stack.ts';

/** A client of the stack's Temporal, as an operator would use one; closed by `close`. */
export async function temporalOf({ client }: Stack): Promise<{ temporal: Client; close: () => Promise<void> }> {
  const connection = await Connection.connect({ address: client.temporalAddress });
  return { temporal: new Client({ connection }), close: () => connection.close() };
}

/** Runs `work` with a client of the stack's Temporal. */
export async function withTemporal<T>(stack: Stack, work: (temporal: Client) => Promise<T>): Promise<T> {
  const { temporal, close } = await temporalOf(stack);
  try {
    return await work(temporal);
  } finally {
    await close();
  }
}
