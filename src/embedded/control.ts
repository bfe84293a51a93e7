import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isWonderlandError, WonderlandError, type ErrorCode } from '../domain/errors.ts';
import { isPartName } from './part.ts';
import { identify, isAlive, type ProcessIdentity } from './process-identity.mjs';
import { STATE, type StateDir } from './state-dir.ts';
import type { PartStatus, Supervisor } from './supervisor.ts';

/** How commands find the supervisor: `supervisor.json`. */
interface ControlFile extends ProcessIdentity {
  port: number;
  secret: string;
}

export interface StackStatus {
  speed: number;
  parts: PartStatus[];
}

/**
 * Lets commands in other processes steer the supervisor: HTTP on a free loopback port, with a secret that only those
 * have who can read the state directory.
 * @param onStopped called after a stop that came through here has been answered
 */
export async function serveControl(supervisor: Supervisor, state: StateDir, onStopped: () => void): Promise<Server> {
  const secret = randomBytes(24).toString('hex');
  const server = createServer((request, response) => {
    void answer(supervisor, secret, request).then(({ status, body, stopped }) => {
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
      response.end(JSON.stringify(body), () => stopped && onStopped());
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  state.writeJson(STATE.supervisor, { ...identify(process.pid), port, secret });
  return server;
}

interface Answer {
  status: number;
  body: unknown;
  stopped?: boolean;
}

async function answer(supervisor: Supervisor, secret: string, request: IncomingMessage): Promise<Answer> {
  if (!isAuthorized(request, secret)) return { status: 401, body: {} };
  try {
    if (request.url === '/status')
      return { status: 200, body: { speed: supervisor.speed, parts: supervisor.status() } };
    if (request.method === 'POST' && request.url === '/stop') {
      await supervisor.stop();
      return { status: 200, body: {}, stopped: true };
    }
    const [, part = '', verb] = /^\/parts\/([a-z]+)\/(start|kill)$/.exec(request.url ?? '') ?? [];
    if (request.method !== 'POST' || !isPartName(part)) return { status: 404, body: {} };
    await (verb === 'kill' ? supervisor.killPart(part) : supervisor.startPart(part));
    return { status: 200, body: {} };
  } catch (error) {
    if (!isWonderlandError(error)) return { status: 500, body: { code: 'internal', message: String(error) } };
    return { status: 503, body: { code: error.code, message: error.message, hint: error.hint } };
  }
}

function isAuthorized({ headers }: IncomingMessage, secret: string): boolean {
  const given = Buffer.from(headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${secret}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** The supervisor of a state directory, or undefined when none runs. It may still be starting, and not answer yet. */
export function runningSupervisor(state: StateDir): ProcessIdentity | undefined {
  const holder = state.readJson<ProcessIdentity>(STATE.supervisorLock);
  return holder !== undefined && isAlive(holder) ? holder : undefined;
}

/** Whether the supervisor can be asked. */
export const isSupervisorReachable = (state: StateDir): boolean => readControl(state) !== undefined;

function readControl(state: StateDir): ControlFile | undefined {
  const file = state.readJson<ControlFile>(STATE.supervisor);
  return file !== undefined && isAlive(file) ? file : undefined;
}

/**
 * Asks the supervisor.
 * @throws WonderlandError `unavailable` when none runs or it does not answer, else the supervisor's own error
 */
export async function callSupervisor<T>(state: StateDir, method: 'GET' | 'POST', path: string): Promise<T> {
  const file = readControl(state);
  if (file === undefined) throw notRunning(state);
  const response = await fetch(`http://127.0.0.1:${file.port}${path}`, {
    method,
    headers: { authorization: `Bearer ${file.secret}` },
    signal: AbortSignal.timeout(90_000),
  }).catch((cause: unknown) => {
    throw new WonderlandError('unavailable', 'The supervisor of the stack does not answer', {
      hint: 'Run `wl local stop`, which ends it and all parts.',
      cause,
    });
  });
  const body = (await response.json()) as T & { code?: ErrorCode; message?: string; hint?: string };
  if (response.ok) return body;
  throw new WonderlandError(body.code ?? 'internal', body.message ?? `The supervisor answers ${response.status}`, {
    ...(body.hint !== undefined && { hint: body.hint }),
  });
}

export const notRunning = (state: StateDir): WonderlandError =>
  new WonderlandError('unavailable', `No stack is running in ${state.path}`, { hint: 'Run `wl local start`.' });
