import { createHash, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { pino } from 'pino';
import { createApp } from '../../../src/api/app.ts';
import { listen } from '../../../src/api/listen.ts';
import { createClients } from '../../../src/cloud/clients.ts';
import { ConfigSchema, type Config } from '../../../src/config-schema.ts';
import { connectClient } from '../../../src/temporal.ts';
import { bundle, startTemporal } from '../../setup/temporal.ts';
import { startLocalCloud, type LocalCloud } from './local-cloud.ts';

process.env.AWS_ACCESS_KEY_ID ??= 'AKIAWONDERLANDLOCAL1';
process.env.AWS_SECRET_ACCESS_KEY ??= 'local-secret-key';

/** Tokens of the tests' installation: two teams and an admin. */
export const TOKENS = { alice: 'wl_alice-token', bob: 'wl_bob-token', root: 'wl_root-token' };

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const scriptedChanges = fileURLToPath(new URL('../fixtures/scripted-changes.ts', import.meta.url));
let bundled: Promise<WorkflowBundleWithSourceMap> | undefined;

export interface Request {
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** One API process's worth of API. */
export interface Api {
  url: string;
  send: (method: string, path: string, request?: Request) => Promise<Response>;
  /** As SIGTERM does: streams end, then it stops listening. */
  stop: () => Promise<void>;
}

/** A real Temporal, a local cloud, and as many APIs and workers as a test starts. */
export interface Harness {
  env: TestWorkflowEnvironment;
  cloud: LocalCloud;
  config: Config;
  temporal: Client;
  /** Lines of all APIs' logs. */
  logged: string[];
  startApi: () => Promise<Api>;
  startWorker: () => Promise<{ stop: () => Promise<void> }>;
  stop: () => Promise<void>;
}

export async function startHarness(): Promise<Harness> {
  const [env, cloud] = await Promise.all([startTemporal(), startLocalCloud()]);
  const config = configFor(env, cloud);
  const temporal = connectClient(config);
  const logged: string[] = [];
  const stops: (() => Promise<void>)[] = [];
  const startApi = async () => {
    const api = await serve(config, logged);
    stops.push(api.stop);
    return api;
  };
  const startWorker = async () => {
    const worker = await Worker.create({
      connection: env.nativeConnection,
      taskQueue: config.temporal['task-queue'],
      workflowBundle: await (bundled ??= bundle(scriptedChanges).then((made) => made.bundle)),
    });
    const ended = worker.run();
    const stop = async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await ended;
    };
    stops.push(stop);
    return { stop };
  };
  const stop = async () => {
    for (const each of stops.toReversed()) await each();
    await temporal.connection.close();
    await Promise.all([env.teardown(), cloud.stop()]);
  };
  return { env, cloud, config, temporal, logged, startApi, startWorker, stop };
}

const configFor = (env: TestWorkflowEnvironment, cloud: LocalCloud): Config =>
  ConfigSchema.parse({
    environment: 'test',
    'aws-endpoint-url': cloud.url,
    clusters: [{ name: 'crims' }],
    teams: ['tea', 'rabbits', 'platform'],
    tokens: [
      { name: 'alice', sha256: sha256(TOKENS.alice), team: 'tea' },
      { name: 'bob', sha256: sha256(TOKENS.bob), team: 'rabbits' },
      { name: 'root', sha256: sha256(TOKENS.root), team: 'platform', admin: true },
    ],
    'sealing-key': randomBytes(32).toString('base64'),
    temporal: { address: env.address, namespace: env.namespace, 'web-ui-url': 'http://127.0.0.1:8233' },
  });

async function serve(config: Config, logged: string[]): Promise<Api> {
  const temporal = connectClient(config);
  const shutdown = new AbortController();
  const logger = pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) });
  const app = createApp({ config, temporal, clients: createClients(config), logger, shutdown: shutdown.signal });
  const { url, stop } = await listen(app, { host: '127.0.0.1', port: 0 });
  const close = () => {
    const stopped = stop();
    shutdown.abort();
    return stopped.then(() => temporal.connection.close());
  };
  let closed: Promise<void> | undefined;
  return {
    url,
    send: (method, path, request = {}) => send(url, method, path, request),
    stop: () => (closed ??= close()),
  };
}

function send(url: string, method: string, path: string, { token = TOKENS.alice, body, headers, signal }: Request) {
  return fetch(url + path, {
    method,
    headers: {
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
}
