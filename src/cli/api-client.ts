import type {
  ChangeRequest,
  DeploymentRequest,
  DeploymentView,
  Problem,
  RollbackRequest,
  ScaleRequest,
  ServiceStatus,
  ServiceSummary,
} from '../domain/api.ts';
import { isErrorCode, isWonderlandError, WonderlandError } from '../domain/errors.ts';
import { withRetries } from './retry.ts';
import { readServerSentEvents, type ServerSentEvent } from './sse.ts';

/** The API answers within 10 s; more means that it is gone. */
const REQUEST_TIMEOUT_MS = 15_000;
/** A stream pings every 15 s; more than three missing pings mean that the connection is dead. */
const SILENCE_MS = 50_000;

export interface Endpoint {
  apiUrl: string;
  token: string;
  /** What to do when it cannot be reached. */
  hint: string;
}

/** The HTTP API. Every call is safe to repeat, so each is retried while the API is away for a moment. */
export interface ApiClient {
  /** The same body under the same id is the same deployment. */
  putDeployment(service: string, id: string, request: DeploymentRequest): Promise<DeploymentView>;
  /** As with `putDeployment`, the same request under the same id is the same change; so with the next three. */
  rollback(service: string, request: WithId<RollbackRequest>): Promise<DeploymentView>;
  scale(service: string, request: WithId<ScaleRequest>): Promise<DeploymentView>;
  restart(service: string, request: WithId<ChangeRequest>): Promise<DeploymentView>;
  deleteService(service: string, request: WithId<ChangeRequest>): Promise<DeploymentView>;
  cancelDeployment(service: string, id: string): Promise<void>;
  status(service: string): Promise<ServiceStatus>;
  services(): Promise<ServiceSummary[]>;
  /** One connection to the event stream; undefined for a ping. Not retried. */
  events(service: string, id: string, options: StreamOptions): AsyncGenerator<ServerSentEvent | undefined>;
}

type WithId<T> = T & { id: string };

export interface StreamOptions {
  /** Resume behind this event. */
  lastEventId?: number;
  signal: AbortSignal;
  /** The server has answered and the stream is open. */
  onOpen?: () => void;
}

export function createApiClient(endpoint: Endpoint): ApiClient {
  const json = <T>(method: string, path: string, body?: unknown) =>
    withRetries(async () => {
      const response = await send(endpoint, path, { method, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) }, body);
      return (await readJson(endpoint, response)) as T;
    });
  const servicePath = (service: string) => `/v1/services/${encodeURIComponent(service)}`;
  const deploymentPath = (service: string, id: string) =>
    `${servicePath(service)}/deployments/${encodeURIComponent(id)}`;
  return {
    putDeployment: (service, id, request) => json('PUT', deploymentPath(service, id), request),
    rollback: (service, request) => json('POST', `${servicePath(service)}/rollback`, request),
    scale: (service, request) => json('PATCH', `${servicePath(service)}/scale`, request),
    restart: (service, request) => json('POST', `${servicePath(service)}/restart`, request),
    deleteService: (service, request) => json('DELETE', servicePath(service), request),
    cancelDeployment: async (service, id) => void (await json('POST', `${deploymentPath(service, id)}/cancel`, {})),
    status: (service) => json('GET', `${servicePath(service)}/status`),
    services: async () => (await json<{ services: ServiceSummary[] }>('GET', '/v1/services')).services,
    events: (service, id, options) => openStream(endpoint, `${deploymentPath(service, id)}/events`, options),
  };
}

async function* openStream(endpoint: Endpoint, path: string, { lastEventId, signal, onOpen }: StreamOptions) {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), SILENCE_MS);
  const headers = {
    accept: 'text/event-stream',
    ...(lastEventId !== undefined && { 'last-event-id': String(lastEventId) }),
  };
  try {
    const response = await send(endpoint, path, { headers, signal: AbortSignal.any([signal, silence.signal]) });
    if (response.body === null) throw unreachable(endpoint, 'an empty answer');
    onOpen?.();
    for await (const message of readServerSentEvents(response.body)) {
      timer.refresh();
      yield message;
    }
  } catch (cause) {
    throw signal.aborted || isWonderlandError(cause) ? cause : unreachable(endpoint, 'the connection broke', cause);
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

/** @throws WonderlandError of the API's problem document, or `unavailable` when there is no answer. */
async function send(endpoint: Endpoint, path: string, init: RequestInit, body?: unknown): Promise<Response> {
  const headers = {
    accept: 'application/json',
    authorization: `Bearer ${endpoint.token}`,
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(init.headers as Record<string, string> | undefined),
  };
  let response: Response;
  try {
    response = await fetch(new URL(path, endpoint.apiUrl), {
      ...init,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  } catch (cause) {
    throw unreachable(endpoint, reasonOf(cause), cause);
  }
  if (response.ok) return response;
  throw problemOf(endpoint, response, await response.text().catch(() => ''));
}

async function readJson(endpoint: Endpoint, response: Response): Promise<unknown> {
  let text: string;
  try {
    text = await response.text();
  } catch (cause) {
    throw unreachable(endpoint, 'the connection broke', cause);
  }
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch (cause) {
    throw notTheApi(endpoint, response, cause);
  }
}

function problemOf(endpoint: Endpoint, response: Response, text: string): WonderlandError {
  let problem: Partial<Problem>;
  try {
    problem = JSON.parse(text) as Partial<Problem>;
  } catch (cause) {
    return response.status >= 500
      ? unreachable(endpoint, `HTTP ${response.status}`, cause)
      : notTheApi(endpoint, response, cause);
  }
  if (!isErrorCode(problem?.code)) return notTheApi(endpoint, response);
  const { code, detail = 'no reason given', hint, issues, requestId } = problem;
  const retryAfterSeconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const details = {
    ...problem.details,
    ...(requestId !== undefined && { requestId }),
    ...(Number.isFinite(retryAfterSeconds) && { retryAfterSeconds }),
  };
  return new WonderlandError(code, detail, {
    details,
    ...(hint !== undefined && { hint }),
    ...(issues !== undefined && { issues }),
  });
}

const unreachable = ({ apiUrl, hint }: Endpoint, reason: string, cause?: unknown): WonderlandError =>
  new WonderlandError('unavailable', `The API at ${apiUrl} does not answer: ${reason}`, { hint, cause });

const notTheApi = ({ apiUrl }: Endpoint, { status }: Response, cause?: unknown): WonderlandError =>
  new WonderlandError('upstream', `${apiUrl} answered HTTP ${status}, but not as the Wonderland API would`, {
    hint: 'Check the URL: --api-url, WL_API_URL, or the profile.',
    cause,
  });

function reasonOf(cause: unknown): string {
  const error = cause as { name?: string; message?: string; cause?: { code?: string; message?: string } };
  if (error.name === 'TimeoutError') return `no answer within ${REQUEST_TIMEOUT_MS / 1000} s`;
  return error.cause?.code ?? error.cause?.message ?? error.message ?? 'no reason given';
}
