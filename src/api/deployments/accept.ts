import type { ChangeRequest, DeploymentRequest, RollbackRequest, ScaleRequest } from '../../domain/api.ts';
import { isWonderlandError, WonderlandError } from '../../domain/errors.ts';
import { deploymentRef } from '../../domain/ids.ts';
import type { ApiContext } from '../context.ts';
import type { Caller } from '../locals.ts';
import { findLastOwner, findOwner, requireOwned, requireTeam } from '../ownership.ts';
import { DEFAULT_FILE, placeOf, requestHash, takeIn } from './intake.ts';
import type { Order } from './order.ts';
import { startChange, type Started } from './start.ts';

/** Seconds that are looked ahead for a free id. */
const IDS_TRIED = 60;

/** Who asks for a change of which service; without an id the next free second is taken. */
export interface Asked {
  service: string;
  id?: string;
  caller: Caller;
}

/** Authorises and checks a request for a deployment, and makes it durable. */
export async function acceptDeployment(
  context: ApiContext,
  asked: Asked & { request: DeploymentRequest },
): Promise<Started> {
  const { config } = context;
  const { service, id, request, caller } = asked;
  const owner = await findOwner(context, service);
  if (owner !== undefined) requireTeam(caller, owner, service);
  const input = takeIn(request, { service, owner, caller, config });
  const { manifest, file = DEFAULT_FILE } = request;
  const hash = requestHash(config, ['deploy', service, input.onConflict, manifest, file, input.takeOverDomain]);
  return start(context, { kind: 'deploy', input }, { hash, ...(id === undefined ? {} : { id }) });
}

/** A change other than a deployment, as it was asked for. */
export type Wish =
  | { kind: 'rollback'; request: RollbackRequest }
  | { kind: 'scale'; request: ScaleRequest }
  | { kind: 'restart' | 'delete'; request: ChangeRequest };

/**
 * Authorises a request for a change of a service that exists, and makes it durable. Deleting is also for what is left of
 * a service that was deleted before, by whomever.
 */
export async function acceptChange(
  context: ApiContext,
  { service, caller }: Omit<Asked, 'id'>,
  { kind, request }: Wish,
): Promise<Started> {
  const { config } = context;
  const owner = kind === 'delete' ? await findLastOwner(context, service) : await findOwner(context, service);
  const team = await requireOwned(context, { service, owner, caller });
  const { id, onConflict = 'queue', ...rest } = request;
  const input = { service, team, actor: caller.name, ...placeOf(config), onConflict, ...rest };
  const hash = requestHash(config, [kind, service, onConflict, rest]);
  return start(context, { kind, input } as Order, { hash, ...(id === undefined ? {} : { id }) });
}

/** Takes the id that was asked for, or the next free second. */
async function start(
  { config, temporal, inTurn }: ApiContext,
  order: Order,
  { hash, id }: { hash: string; id?: string },
): Promise<Started> {
  const { service } = order.input;
  const how = { taskQueue: config.temporal['task-queue'], hash };
  const startAs = (chosen: string) =>
    inTurn(deploymentRef(service, chosen), () => startChange(temporal, { ...order, id: chosen }, how));
  if (id !== undefined) return startAs(id);

  const now = Math.floor(Date.now() / 1_000);
  for (let ahead = 0; ahead < IDS_TRIED; ahead += 1) {
    try {
      const started = await startAs(String(now + ahead));
      // Asking twice without an id means two changes, also when the bodies are equal.
      if (started.created) return started;
    } catch (error) {
      if (!(isWonderlandError(error) && error.details?.reason === 'id_taken')) throw error;
    }
  }
  throw new WonderlandError('rate_limited', `${service} has a change for each of the next ${IDS_TRIED} seconds`, {
    hint: 'Change it less often.',
  });
}
