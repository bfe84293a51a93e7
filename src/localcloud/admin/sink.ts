import type { AdminPorts } from './ports.ts';
import type { Route } from './route.ts';

/** Where integrations post to when there is nobody else. */
export const sinkRoutes = ({ sink, engine }: Pick<AdminPorts, 'sink' | 'engine'>): Route[] => [
  { method: 'GET', path: 'sink', what: 'What integrations have posted.', run: () => ({ received: sink.list() }) },
  {
    method: 'POST',
    path: 'sink/{path}',
    what: 'Keeps whatever is posted.',
    run: ({ rest, request }) => {
      sink.take({ path: `/${rest}`, time: engine.clock.now(), body: request.body });
      return {};
    },
  },
];
