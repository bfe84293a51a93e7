import { Router, type Request, type Response } from 'express';
import type { ApiContext } from '../context.ts';
import { acceptChange, type Wish } from '../deployments/accept.ts';
import { callerOf } from '../locals.ts';
import { ChangeRequestSchema, check, RollbackRequestSchema, ScaleRequestSchema, ServiceName } from '../schemas.ts';
import { answerStarted } from './answer-started.ts';

const SERVICE = '/v1/services/:service';

/** The changes of a service besides deploying it; where nothing has to be said, no body has to be sent. */
export function changeRoutes(context: ApiContext): Router {
  const router = Router();

  router.post(`${SERVICE}/rollback`, async (request, response) => {
    await accept(request, response, {
      kind: 'rollback',
      request: check(RollbackRequestSchema, request.body ?? {}, 'body'),
    });
  });

  router.patch(`${SERVICE}/scale`, async (request, response) => {
    await accept(request, response, { kind: 'scale', request: check(ScaleRequestSchema, request.body ?? {}, 'body') });
  });

  router.post(`${SERVICE}/restart`, async (request, response) => {
    await accept(request, response, {
      kind: 'restart',
      request: check(ChangeRequestSchema, request.body ?? {}, 'body'),
    });
  });

  router.delete(SERVICE, async (request, response) => {
    await accept(request, response, {
      kind: 'delete',
      request: check(ChangeRequestSchema, request.body ?? {}, 'body'),
    });
  });

  async function accept(request: Request, response: Response, wish: Wish): Promise<void> {
    const service = check(ServiceName, request.params.service, 'service');
    await answerStarted(context, response, await acceptChange(context, { service, caller: callerOf(response) }, wish));
  }

  return router;
}
