/** `/_wonderland/…`: what a person or a test may see and do that AWS has no call for. */
import { FAULT_KINDS } from '../engine/contract.ts';
import { servePage } from '../page/page.ts';
import { SCENARIOS } from '../scenarios/scenarios.ts';
import type { WireRequest, WireResponse } from '../wire/message.ts';
import { bucketRoutes } from './buckets.ts';
import { clockRoutes } from './clock.ts';
import { faultRoutes } from './faults.ts';
import { findIntruder } from './guard.ts';
import { imageRoutes } from './images.ts';
import { parseBody } from './input.ts';
import { journalRoutes } from './journal.ts';
import type { AdminPorts } from './ports.ts';
import { AdminError, findRoute, type Route } from './route.ts';
import { scenarioRoutes } from './scenarios.ts';
import { sinkRoutes } from './sink.ts';
import { snsRoutes } from './sns.ts';
import { taskRoutes } from './tasks.ts';
import { describeEvents, worldRoutes } from './world.ts';

const respond = (status: number, body: unknown): WireResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

const describe = (routes: readonly Route[]) => ({
  calls: routes.map(({ method, path, what, takes }) => ({
    method,
    path,
    what,
    ...(takes === undefined ? {} : { takes }),
  })),
  faults: FAULT_KINDS,
  events: describeEvents(),
  scenarios: SCENARIOS.map(({ name, title }) => ({ name, title })),
});

export const createAdmin = (ports: AdminPorts): ((request: WireRequest) => Promise<WireResponse>) => {
  const routes: Route[] = [
    ...clockRoutes(ports),
    ...faultRoutes(ports),
    ...journalRoutes(ports),
    ...worldRoutes(ports),
    ...scenarioRoutes(ports),
    ...imageRoutes(ports),
    ...taskRoutes(ports),
    ...bucketRoutes(ports),
    ...snsRoutes(ports),
    ...sinkRoutes(ports),
  ];

  return async (received) => {
    // The answer to HEAD is the one to GET; its body is left out when it is sent.
    const request = received.method === 'HEAD' ? { ...received, method: 'GET' } : received;
    try {
      const intruder = findIntruder(request);
      if (intruder !== undefined) throw new AdminError(403, intruder);
      const path = request.path.replace(/^\/_wonderland\/?/, '').replace(/\/$/, '');
      const page = await servePage(ports, path, request);
      if (page !== undefined) return page;
      if (request.method === 'GET' && path === '') return respond(200, describe(routes));
      const { route, rest } = findRoute(routes, request.method, path);
      const answer = await route.run({ body: () => parseBody(request.body), query: request.query, rest, request });
      if (request.method !== 'GET') await ports.save();
      return respond(200, answer);
    } catch (error) {
      if (error instanceof AdminError) return respond(error.status, { error: error.message });
      ports.engine.log('an admin call failed', { error: error instanceof Error ? error.stack : String(error) });
      return respond(500, { error: 'internal error' });
    }
  };
};
