import type { DeploymentRequest } from '../../domain/api.ts';
import { isWonderlandError, WonderlandError } from '../../domain/errors.ts';
import type { ApiContext } from '../context.ts';
import type { Caller } from '../locals.ts';
import { findOwner, requireTeam } from '../ownership.ts';
import { requestHash, takeIn } from './intake.ts';
import { startDeployment, type Started } from './start.ts';

/** Seconds that `POST` looks ahead for a free id. */
const IDS_TRIED = 60;

/** A request for a deployment of a service; without an id the next free second is taken. */
export interface Acceptance {
  service: string;
  id?: string;
  request: DeploymentRequest;
  caller: Caller;
}

/** Authorises and checks a request, and makes it durable. */
export async function acceptDeployment(context: ApiContext, asked: Acceptance): Promise<Started> {
  const { config, temporal } = context;
  const { service, id, request, caller } = asked;
  const owner = await findOwner(context, service);
  if (owner !== undefined) requireTeam(caller, owner, service);
  const intake = takeIn(request, { service, owner, caller, config });
  const how = { taskQueue: config.temporal['task-queue'], hash: requestHash(service, request, config) };
  if (id !== undefined) return startDeployment(temporal, { ...intake, id }, how);

  const now = Math.floor(Date.now() / 1_000);
  for (let ahead = 0; ahead < IDS_TRIED; ahead += 1) {
    try {
      const started = await startDeployment(temporal, { ...intake, id: String(now + ahead) }, how);
      // Asking twice without an id means two deployments, also when the bodies are equal.
      if (started.created) return started;
    } catch (error) {
      if (!(isWonderlandError(error) && error.details?.reason === 'id_taken')) throw error;
    }
  }
  throw new WonderlandError('rate_limited', `${service} has a deployment for each of the next ${IDS_TRIED} seconds`, {
    hint: 'Deploy it less often.',
  });
}
