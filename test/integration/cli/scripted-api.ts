import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DeploymentView, ServiceStatus } from '../../../src/domain/api.ts';
import type { ChangeKind } from '../../../src/domain/change.ts';
import type { DeployEvent } from '../../../src/domain/events.ts';

/** What one connection to the event stream does; the last script serves every further one. */
export type Connection = (stream: EventWriter, lastEventId: number) => void;

export interface EventWriter {
  events(events: DeployEvent[]): void;
  raw(text: string): void;
  /** As a proxy or an orderly stop does. */
  end(): void;
  /** As kill -9 does. */
  destroy(): void;
  /** Answers with an error instead. */
  refuse(status: number, problem: object): void;
}

export interface Received {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: unknown;
}

/** Kinds of changes by method and last word of the path. */
const KINDS: Record<string, ChangeKind> = {
  'POST rollback': 'rollback',
  'PATCH scale': 'scale',
  'POST restart': 'restart',
  'DELETE ': 'delete',
};

/** An API that plays a script over real HTTP. It may be stopped and started again on its port. */
export class ScriptedApi {
  readonly received: Received[] = [];
  connections: Connection[] = [];
  /** Ids that belong to another request. */
  readonly taken = new Set<string>();
  /** How many of the next changes are accepted but not answered. */
  lostAnswers = 0;
  waitingForWorker = false;
  status: Partial<ServiceStatus> = {};
  #server: Server | undefined;
  #port = 0;
  #accepted = new Map<string, string>();

  async start(): Promise<void> {
    this.#server = createServer((request, response) => void this.#handle(request, response));
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get deploymentIds(): string[] {
    return [...this.#accepted.keys()];
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const { method = '', url: path = '', headers } = request;
    this.received.push({ method, path, headers, body: text === '' ? undefined : JSON.parse(text) });
    const [, service = '', id = '', action] =
      /^\/v1\/services\/([^/]+)\/(?:deployments\/(\d+)(?:\/(\w+))?|status)$/.exec(path) ?? [];
    if (method === 'PUT') return this.#accept(response, { kind: 'deploy', service, id, text });
    const kind = KINDS[`${method} ${path.split('/')[4] ?? ''}`];
    if (kind !== undefined) {
      const asked = JSON.parse(text) as { id: string };
      return this.#accept(response, { kind, service: path.split('/')[3] ?? '', id: asked.id, text });
    }
    if (action === 'events') return this.#stream(request, response);
    if (action === 'cancel') return answer(response, 202, this.#view(service, id));
    if (path.endsWith('/status')) return answer(response, 200, { service, changes: [], tasks: [], ...this.status });
    return answer(response, 404, problem('not_found', 404, 'There is nothing here', { hint: 'Look elsewhere.' }));
  }

  #accept(
    response: ServerResponse,
    { kind, service, id, text }: { kind: ChangeKind; service: string; id: string; text: string },
  ): void {
    const known = this.#accepted.get(id);
    if (this.taken.has(id) || (known !== undefined && known !== text)) {
      return answer(response, 409, problem('conflict', 409, 'Taken', { details: { reason: 'id_taken' } }));
    }
    this.#accepted.set(id, text);
    if (this.lostAnswers > 0) {
      this.lostAnswers--;
      response.destroy();
      return;
    }
    answer(response, known === undefined ? 202 : 200, this.#view(service, id, kind));
  }

  #view(service: string, id: string, kind: ChangeKind = 'deploy'): DeploymentView {
    const self = `/v1/services/${service}/deployments/${id}`;
    return {
      service,
      id,
      kind,
      phase: 'queued',
      actor: 'test',
      startedAt: 0,
      waitingForWorker: this.waitingForWorker,
      account: { id: '123456789012', region: 'eu-west-1', environment: 'test' },
      links: { self, events: `${self}/events`, cancel: `${self}/cancel` },
    };
  }

  #stream(request: IncomingMessage, response: ServerResponse): void {
    const script = this.connections.length > 1 ? this.connections.shift() : this.connections[0];
    const open = () => response.headersSent || response.writeHead(200, { 'content-type': 'text/event-stream' });
    const raw = (text: string) => {
      open();
      response.write(text);
    };
    script?.(
      {
        raw,
        events: (events) => {
          for (const event of events) raw(`id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
        },
        end: () => {
          open();
          response.end();
        },
        destroy: () => response.destroy(),
        refuse: (status, body) => answer(response, status, body),
      },
      Number(request.headers['last-event-id'] ?? 0),
    );
  }
}

export const problem = (code: string, status: number, detail: string, more: object = {}) => ({
  type: `urn:wonderland:error:${code}`,
  title: code,
  status,
  detail,
  code,
  instance: '/',
  requestId: 'r-1',
  ...more,
});

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': status >= 400 ? 'application/problem+json' : 'application/json' });
  response.end(JSON.stringify(body));
}
