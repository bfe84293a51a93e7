import assert from 'node:assert/strict';
import type { Stack } from '../../setup/stack.ts';
import { eventually } from '../../setup/eventually.ts';
import { ask, deploymentsPath, nextId } from './api.ts';

/** What somebody wants of a service; the manifest is made for its name. */
export type Wish =
  | { kind: 'deploy'; manifest: (service: string) => string; takeOverDomain?: true }
  | { kind: 'scale'; desired: number }
  | { kind: 'rollback' | 'restart' | 'delete' };

/** Answers of an API that AWS does not let work just now; the same request again is the same change. */
const LATER = [429, 502, 503, 504];

/** Asks for a change and answers its id as soon as it is accepted. */
export async function askFor(stack: Stack, service: string, wish: Wish): Promise<string> {
  const id = nextId();
  const { method, path, body } = requestOf(service, id, wish);
  const answer = await eventually(`${method} ${path} is answered`, async () => {
    const given = await ask(stack, path, { method, body });
    return LATER.includes(given.status) ? false : given;
  });
  assert.equal(answer.status, 202, `${method} ${path}: ${JSON.stringify(answer.body)}`);
  return id;
}

function requestOf(service: string, id: string, wish: Wish): { method: string; path: string; body: unknown } {
  const path = `/v1/services/${service}`;
  if (wish.kind === 'deploy') {
    const { manifest, takeOverDomain } = wish;
    const body = { manifest: manifest(service), takeOverDomain };
    return { method: 'PUT', path: `${deploymentsPath(service)}/${id}`, body };
  }
  if (wish.kind === 'scale') return { method: 'PATCH', path: `${path}/scale`, body: { id, desired: wish.desired } };
  if (wish.kind === 'delete') return { method: 'DELETE', path, body: { id } };
  return { method: 'POST', path: `${path}/${wish.kind}`, body: { id } };
}
