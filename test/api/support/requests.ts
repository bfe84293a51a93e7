import assert from 'node:assert/strict';
import type { Problem } from '../../../src/domain/api.ts';
import type { ErrorCode } from '../../../src/domain/errors.ts';

let made = 0;

/** A service name that no other test uses. */
export const freshName = (word = 'svc'): string => `${word}-${process.pid % 10_000}-${(made += 1)}`;

export const MANIFEST = `components:
  - name: web
    image: web:v1
    env: { GREETING: planted-value-4711 }
`;

export const deploymentPath = (service: string, id: string): string => `/v1/services/${service}/deployments/${id}`;

/** The problem document in an answer that must have this status and code. */
export async function problemOf(response: Response, status: number, code: ErrorCode): Promise<Problem> {
  const text = await response.text();
  assert.equal(response.status, status, text);
  assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/);
  const problem = JSON.parse(text) as Problem;
  assert.equal(problem.code, code, text);
  assert.equal(problem.status, status);
  assert.equal(problem.requestId, response.headers.get('x-request-id'));
  assert.ok(problem.hint, 'a problem says what to do next');
  return problem;
}
