import { Router, type Request, type Response } from 'express';
import type { ApiContext } from '../context.ts';
import { acceptDeployment } from '../deployments/accept.ts';
import { cancelDeployment } from '../deployments/cancel.ts';
import { listRuns } from '../deployments/list-runs.ts';
import { acceptedView, findRun, readView } from '../deployments/read.ts';
import { callerOf } from '../locals.ts';
import { findLastOwner, requireOwned } from '../ownership.ts';
import { check, DeploymentId, DeploymentRequestSchema, LimitSchema, ServiceName } from '../schemas.ts';
import { answerStarted } from './answer-started.ts';
import { streamDeployment } from './deployment-events.ts';

const ONE = '/v1/services/:service/deployments/:id';
const ALL = '/v1/services/:service/deployments';

export function deploymentRoutes(context: ApiContext): Router {
  const router = Router();

  router.put(ONE, async (request, response) => {
    const at = place(request, response);
    const body = check(DeploymentRequestSchema, request.body, 'body');
    await answerStarted(context, response, await acceptDeployment(context, { ...at, request: body }));
  });

  router.post(ALL, async (request, response) => {
    const service = check(ServiceName, request.params.service, 'service');
    const body = check(DeploymentRequestSchema, request.body, 'body');
    const asked = { service, caller: callerOf(response), request: body };
    await answerStarted(context, response, await acceptDeployment(context, asked));
  });

  router.get(ALL, async (request, response) => {
    const service = check(ServiceName, request.params.service, 'service');
    const limit = check(LimitSchema, request.query.limit ?? undefined, 'limit');
    const owner = await findLastOwner(context, service);
    await requireOwned(context, { service, owner, caller: callerOf(response) });
    const runs = await listRuns(context.temporal, { service, limit });
    response.json({ deployments: await Promise.all(runs.map((run) => readView(context, run))) });
  });

  router.get(ONE, async (request, response) => {
    response.json(await readView(context, await findRun(context, place(request, response))));
  });

  router.get(`${ONE}/events`, async (request, response) => {
    const run = await findRun(context, place(request, response));
    await streamDeployment(context, run, { request, response });
  });

  router.post(`${ONE}/cancel`, async (request, response) => {
    const at = place(request, response);
    const run = await findRun(context, at);
    await cancelDeployment(context.temporal, run, at.caller.name);
    response.status(202).json(await acceptedView(context, run));
  });

  return router;
}

const place = (request: Request, response: Response) => ({
  service: check(ServiceName, request.params.service, 'service'),
  id: check(DeploymentId, request.params.id, 'id'),
  caller: callerOf(response),
});
