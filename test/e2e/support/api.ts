import assert from 'node:assert/strict';
import type { DeploymentRequest, DeploymentView, Problem } from '../../../src/domain/api.ts';
import type { DeployEvent, Verdict } from '../../../src/domain/events.ts';
import type { Stack } from '../../setup/stack.ts';

export interface Answer<T> {
  status: number;
  type: string;
  body: T;
}

export interface Asked {
  method?: string;
  token?: string;
  /** Another API process of the same stack. */
  apiUrl?: string;
  headers?: Record<string, string>;
  /** Sent as it is when it is a text, else as JSON. */
  body?: unknown;
}

/** One request of the API, as any HTTP client would send it. */
export async function ask<T = Problem>({ client }: Stack, path: string, asked: Asked = {}): Promise<Answer<T>> {
  const { method = 'GET', token = client.token, apiUrl = client.apiUrl, headers = {}, body } = asked;
  const response = await fetch(new URL(path, apiUrl), {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  return { status: response.status, type, body: (type.includes('json') ? JSON.parse(text) : text) as T };
}

export const deploymentsPath = (service: string): string => `/v1/services/${service}/deployments`;

let lastId = 0;

/** A deployment id nobody in this process had before. */
export function nextId(): string {
  lastId = Math.max(lastId + 1, Math.floor(Date.now() / 1_000));
  return String(lastId);
}

/** Asks for a deployment and answers as soon as it is accepted. */
export async function post(
  stack: Stack,
  service: string,
  { manifest, id = nextId(), apiUrl, ...rest }: DeploymentRequest & { id?: string; apiUrl?: string },
): Promise<string> {
  const path = `${deploymentsPath(service)}/${id}`;
  const body = { manifest, ...rest };
  const { status, body: answer } = await ask(stack, path, { method: 'PUT', body, ...(apiUrl && { apiUrl }) });
  assert.equal(status, 202, `PUT ${path}: ${JSON.stringify(answer)}`);
  return id;
}

export const view = async (stack: Stack, service: string, id: string): Promise<DeploymentView> =>
  (await ask<DeploymentView>(stack, `${deploymentsPath(service)}/${id}`)).body;

export interface Stream {
  /** As it came over the wire. */
  text: string;
  events: DeployEvent[];
}

/** The whole event stream of a deployment; ends with its verdict. */
export async function streamOf(stack: Stack, service: string, id: string, apiUrl?: string): Promise<Stream> {
  const path = `${deploymentsPath(service)}/${id}/events`;
  const { status, body } = await ask<string>(stack, path, { ...(apiUrl && { apiUrl }) });
  assert.equal(status, 200, `${path}: ${JSON.stringify(body)}`);
  const data = body.split('\n').filter((line) => line.startsWith('data: '));
  const events = data.map((line) => JSON.parse(line.slice(6)) as DeployEvent);
  return { text: body, events: events.filter(({ seq }) => seq !== undefined) };
}

/** Waits for the verdict. */
export async function verdictOf(stack: Stack, service: string, id: string, apiUrl?: string): Promise<Verdict> {
  const last = (await streamOf(stack, service, id, apiUrl)).events.at(-1);
  assert.equal(last?.type, 'verdict', `${service}/${id}: the stream ended without a verdict`);
  return (last as { verdict: Verdict }).verdict;
}

/** Deploys and waits until it serves. */
export async function deployed(stack: Stack, service: string, manifest: string): Promise<string> {
  const id = await post(stack, service, { manifest });
  const verdict = await verdictOf(stack, service, id);
  assert.equal(verdict.code, 'succeeded', JSON.stringify(verdict));
  return id;
}
