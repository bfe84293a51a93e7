import type { Client } from '@temporalio/client';
import type { ServiceReader } from '../cloud/status.ts';
import { WonderlandError } from '../domain/errors.ts';
import { nearest } from '../domain/nearest.ts';
import { listRuns } from './deployments/list-runs.ts';
import type { Run } from './deployments/run.ts';
import type { Caller } from './locals.ts';

/** Looked through for the first change of a name. */
const RUNS_SEARCHED = 200;

interface Parts {
  services: ServiceReader;
  temporal: Client;
}

/**
 * The team a service belongs to: by the tag of its ECS service, else by the first change of that name since it was last
 * deleted that Temporal still keeps. Undefined when nobody has the name.
 */
export const findOwner = async (parts: Parts, service: string): Promise<string | undefined> =>
  (await owners(parts, service)).now;

/** The same, or the team that the service had belonged to before it was deleted. */
export async function findLastOwner(parts: Parts, service: string): Promise<string | undefined> {
  const { now, before } = await owners(parts, service);
  return now ?? before;
}

async function owners({ services, temporal }: Parts, service: string): Promise<{ now?: string; before?: string }> {
  const running = await services.find(service);
  if (running !== undefined) return { now: running.team };
  const runs = await listRuns(temporal, { service, limit: RUNS_SEARCHED });
  const deleted = runs.findIndex(isDeletion);
  const since = runs.slice(0, deleted < 0 ? runs.length : deleted).at(-1);
  return { ...(since !== undefined && { now: since.team }), ...(runs[0] !== undefined && { before: runs[0].team }) };
}

const isDeletion = ({ kind, phase }: Run): boolean => kind === 'delete' && phase === 'succeeded';

/** @throws WonderlandError `forbidden` unless the caller's team owns the service or the caller is an admin. */
export function requireTeam(caller: Caller, team: string, service: string): void {
  if (caller.admin || caller.team === team) return;
  throw new WonderlandError('forbidden', `The service ${service} belongs to the team ${team}, not to ${caller.team}`, {
    hint: `Use a token of ${team} or of an admin.`,
  });
}

/**
 * The owner of a service that has to exist, once the caller may speak for it.
 * @throws WonderlandError `not_found`, `forbidden`
 */
export async function requireOwned(
  { services }: Pick<Parts, 'services'>,
  { service, owner, caller }: { service: string; owner: string | undefined; caller: Caller },
): Promise<string> {
  if (owner === undefined) throw await unknownService(services, service);
  requireTeam(caller, owner, service);
  return owner;
}

/** The error for a name that nobody has taken. */
export async function unknownService(services: ServiceReader, service: string): Promise<WonderlandError> {
  const guess = nearest(service, await services.names());
  return new WonderlandError('not_found', `There is no service ${service}`, {
    hint: guess === undefined ? '`wl list` shows all services.' : `Did you mean ${guess}?`,
    ...(guess === undefined ? {} : { details: { nearest: guess } }),
  });
}
