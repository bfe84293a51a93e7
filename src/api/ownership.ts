import type { Client } from '@temporalio/client';
import type { ServiceReader } from '../cloud/status.ts';
import { WonderlandError } from '../domain/errors.ts';
import { nearest } from '../domain/nearest.ts';
import { listRuns } from './deployments/list-runs.ts';
import type { Caller } from './locals.ts';

/** Looked through for the first deployment of a name. */
const RUNS_SEARCHED = 200;

/**
 * The team a service belongs to: by the tag of its ECS service, else by the first deployment of that name that Temporal
 * still keeps. Undefined when nobody has taken the name.
 */
export async function findOwner(
  { services, temporal }: { services: ServiceReader; temporal: Client },
  service: string,
): Promise<string | undefined> {
  const running = await services.find(service);
  if (running !== undefined) return running.team;
  const runs = await listRuns(temporal, { service, limit: RUNS_SEARCHED });
  return runs.at(-1)?.team;
}

/** @throws WonderlandError `forbidden` unless the caller's team owns the service or the caller is an admin. */
export function requireTeam(caller: Caller, team: string, service: string): void {
  if (caller.admin || caller.team === team) return;
  throw new WonderlandError('forbidden', `The service ${service} belongs to the team ${team}, not to ${caller.team}`, {
    hint: `Use a token of ${team} or of an admin.`,
  });
}

/** The error for a name that nobody has taken. */
export async function unknownService(services: ServiceReader, service: string): Promise<WonderlandError> {
  const guess = nearest(service, await services.names());
  return new WonderlandError('not_found', `There is no service ${service}`, {
    hint: guess === undefined ? '`wl list` shows all services.' : `Did you mean ${guess}?`,
    ...(guess === undefined ? {} : { details: { nearest: guess } }),
  });
}
