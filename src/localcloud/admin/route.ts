import type { WireRequest } from '../wire/message.ts';

/** What a caller of the admin endpoint did wrong, or found missing. */
export class AdminError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What a call came with. */
export interface Asked {
  /** @throws AdminError when it is no JSON object */
  body(): Record<string, unknown>;
  query: URLSearchParams;
  /** What stood for `{…}` in the path. */
  rest: string;
  request: WireRequest;
}

/** A call of the admin endpoint, as data: routed by it, and listed at `GET /_wonderland/`. */
export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/_wonderland/`; a last segment `{name}` takes whatever is left. */
  path: string;
  what: string;
  /** Members of the body or names of the query. */
  takes?: Record<string, string>;
  run(asked: Asked): unknown;
}

const isRest = (segment: string | undefined): boolean => segment?.startsWith('{') === true;

/** The rest of the path behind a route's fixed part; undefined when the route is another's. */
const restOf = (route: Route, path: string): string | undefined => {
  const fixed = route.path.split('/');
  if (!isRest(fixed.at(-1))) return path === route.path ? '' : undefined;
  const prefix = fixed.slice(0, -1).join('/');
  return path.startsWith(`${prefix}/`) && path.length > prefix.length + 1 ? path.slice(prefix.length + 1) : undefined;
};

const decode = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new AdminError(400, `${segment} is not percent-encoded as it has to be`);
  }
};

/** @throws AdminError 404 for a path nobody has, 405 for a method its path does not take */
export const findRoute = (routes: readonly Route[], method: string, path: string): { route: Route; rest: string } => {
  const found = routes.flatMap((route) => {
    const rest = restOf(route, path);
    return rest === undefined ? [] : [{ route, rest: decode(rest) }];
  });
  const fitting = found.filter(({ route }) => route.method === method);
  // A path in full goes before one that takes whatever is left.
  const best = fitting.find(({ route }) => route.path === path) ?? fitting[0];
  if (best !== undefined) return best;
  if (found.length === 0)
    throw new AdminError(404, `${method} ${path} is no admin endpoint: GET /_wonderland/ lists them`);
  throw new AdminError(405, `${path} takes ${found.map(({ route }) => route.method).join(', ')}, not ${method}`);
};
