import { getExternalWorkflowHandle, type SignalDefinition } from '@temporalio/workflow';
import type { Party } from './messages.ts';

/** Signals another change; false when it has ended. */
export async function tell<A extends unknown[]>(
  party: Party,
  signal: SignalDefinition<A>,
  ...args: A
): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(party.workflowId).signal(signal, ...args);
    return true;
  } catch {
    return false;
  }
}
