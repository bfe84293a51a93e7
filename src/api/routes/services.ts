import { Router } from 'express';
import type { ApiContext } from '../context.ts';
import { listRuns } from '../deployments/list-runs.ts';
import type { CloudStatus } from '../../cloud/status.ts';
import type { Run } from '../deployments/run.ts';
import type { OpenChange, ServiceStatus } from '../../domain/api.ts';
import { callerOf } from '../locals.ts';
import { findOwner, requireTeam, unknownService } from '../ownership.ts';
import { check, ServiceName } from '../schemas.ts';

const OPEN_CHANGES_SHOWN = 50;

export function serviceRoutes(context: ApiContext): Router {
  const { services, temporal } = context;
  const router = Router();

  router.get('/v1/services', async (_request, response) => {
    const caller = callerOf(response);
    const all = await services.list();
    response.json({ services: all.filter(({ team }) => caller.admin || team === caller.team) });
  });

  router.get('/v1/services/:service', async (request, response) => {
    const service = check(ServiceName, request.params.service, 'service');
    const found = await services.find(service);
    if (found === undefined) throw await unknownService(services, service);
    requireTeam(callerOf(response), found.team, service);
    response.json(found);
  });

  router.get('/v1/services/:service/status', async (request, response) => {
    const service = check(ServiceName, request.params.service, 'service');
    const status = (await services.status(service)) ?? (await nothingRuns(service));
    requireTeam(callerOf(response), status.team, service);
    const open = await listRuns(temporal, { service, openOnly: true, limit: OPEN_CHANGES_SHOWN });
    response.json({ ...status, changes: openChanges(open), account: await context.account() } satisfies ServiceStatus);
  });

  /** The status of a service that has changes only: its first deployment, or its deletion, is on its way. */
  async function nothingRuns(service: string): Promise<CloudStatus> {
    const team = await findOwner(context, service);
    if (team === undefined) throw await unknownService(services, service);
    return { service, team, desiredScale: 0, tasks: [] };
  }

  return router;
}

/** Those that have not begun wait for the one that runs; with none that runs, the lock has not decided yet. */
function openChanges(runs: Run[]): OpenChange[] {
  const oneRuns = runs.some(({ phase }) => phase !== 'queued');
  return runs.map(({ id, kind, phase, actor, startedAt }) => ({
    id,
    kind,
    phase,
    actor,
    startedAt,
    pending: oneRuns && phase === 'queued',
  }));
}
