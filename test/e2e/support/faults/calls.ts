import type { JournalEntry } from '../../../../src/localcloud/engine/contract.ts';
import type { Fault, Stack } from '../../../setup/stack.ts';

/** One mutating call of a change, by what tells it from every other. */
export interface Call {
  service: string;
  operation: string;
  /** What its parameters hold: the name of the service, or the number of its health check. */
  names: 'service' | 'health check';
  /** Of those calls of the change that are so far alike; from 0. */
  nth: number;
}

/** How a service is told from others in what is sent. */
export interface Identity {
  service: string;
  /** Of the health check that it had before the change. */
  healthCheck?: string;
}

const holds = ({ parameters }: JournalEntry, text: string | undefined): boolean =>
  text !== undefined && JSON.stringify(parameters).includes(text);

/** The worker's mutating calls about a service, oldest first. */
export async function mutationsBy(stack: Stack, of: Identity, after: number): Promise<JournalEntry[]> {
  const principal = stack.childEnv.AWS_ACCESS_KEY_ID ?? '';
  const entries = await stack.journal({ mutating: 'true', principal, after: String(after) });
  return entries.filter((entry) => holds(entry, of.service) || holds(entry, of.healthCheck));
}

/** Of an undisturbed change: what can go wrong in one like it. */
export function callsOf(entries: JournalEntry[], { service: name }: Identity): Call[] {
  const seen = new Map<string, number>();
  return entries.flatMap((entry): Call[] => {
    const { service, operation } = entry;
    const names = holds(entry, name) ? 'service' : 'health check';
    const alike = `${service} ${operation} ${names}`;
    const nth = seen.get(alike) ?? 0;
    seen.set(alike, nth + 1);
    // What is refused changes nothing: the retention of a log group that is still to be made.
    return entry.outcome === 'ok' ? [{ service, operation, names, nth }] : [];
  });
}

/** The fault that meets this call of another service. */
export function aimAt(call: Call, at: Identity, how: Pick<Fault, 'kind' | 'count'>): Fault {
  const { service, operation, names, nth } = call;
  const parameters = names === 'service' ? at.service : at.healthCheck;
  if (parameters === undefined) throw new Error(`${at.service} has no health check`);
  return { service, operation, parameters, spared: nth, ...how };
}

export const nameCall = ({ operation, nth }: Call): string => (nth === 0 ? operation : `${operation} #${nth + 1}`);
