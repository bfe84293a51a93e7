import assert from 'node:assert/strict';
import { WorkflowFailedError } from '@temporalio/client';
import { placeOf, requestHash, takeIn } from '../../../../src/api/deployments/intake.ts';
import type { Order } from '../../../../src/api/deployments/order.ts';
import { readOutcome, type Outcome } from '../../../../src/api/deployments/outcome.ts';
import { describeRun, type Run } from '../../../../src/api/deployments/run.ts';
import { startChange } from '../../../../src/api/deployments/start.ts';
import { ask, deploymentsPath, nextId } from '../api.ts';
import type { Kind } from './kinds.ts';
import { patiently, type Office } from './office.ts';

export interface Ended {
  run: Run;
  outcome: Outcome;
}

/** Carries a change out to its end. */
export type CarryOut = (kind: Kind, service: string) => Promise<Ended>;

/** Straight through Temporal, on a task queue of the test's choice, as the API would start it. */
export const withTemporal =
  (office: Office, taskQueue: string): CarryOut =>
  async (kind, service) => {
    const order = { ...orderOf(office, kind, service), id: nextId() };
    const hash = requestHash(office.config, [kind.name, service]);
    const { run } = await patiently(() => startChange(office.temporal, order, { taskQueue, hash }));
    return { run, outcome: await outcomeOf(office, run) };
  };

function orderOf({ config }: Office, { change, manifest }: Kind, service: string): Order {
  const team = config.teams[0] ?? '';
  const caller = { name: 'kill-matrix', team, admin: true };
  if (change === 'deploy') {
    const request = { manifest: manifest?.(service) ?? '' };
    return { kind: 'deploy', input: takeIn(request, { service, owner: undefined, caller, config }) };
  }
  assert.ok(change === 'rollback' || change === 'restart' || change === 'delete');
  return { kind: change, input: { service, team, actor: caller.name, ...placeOf(config), onConflict: 'queue' } };
}

async function outcomeOf({ temporal }: Office, run: Run): Promise<Outcome> {
  await patiently(async () => {
    try {
      await temporal.workflow.getHandle(run.workflowId, run.runId).result();
    } catch (error) {
      if (!(error instanceof WorkflowFailedError)) throw error;
    }
  });
  return patiently(() => readOutcome(temporal, run));
}

const PATHS: Partial<Record<Kind['change'], { method: string; path: (service: string) => string }>> = {
  rollback: { method: 'POST', path: (service) => `/v1/services/${service}/rollback` },
  delete: { method: 'DELETE', path: (service) => `/v1/services/${service}` },
};

/** Through an API of its own, followed by `wl`, which tells every line once whatever becomes of that API. */
export const withApi =
  (office: Office, apiUrl: string): CarryOut =>
  async (kind, service) => {
    const { stack, temporal } = office;
    const id = nextId();
    const { method, path } = PATHS[kind.change] ?? { method: 'PUT', path: () => `${deploymentsPath(service)}/${id}` };
    const body = kind.manifest === undefined ? { id } : { manifest: kind.manifest(service) };
    const { status, body: answer } = await ask(stack, path(service), { method, body, apiUrl });
    assert.equal(status, 202, JSON.stringify(answer));
    const env = { WL_API_URL: apiUrl, WL_TOKEN: stack.client.token };
    const run = await describeRun(temporal, service, id);
    const wl = await stack.wl(['follow', `${service}/${id}`], { env, limitSeconds: 300 });
    assert.equal(wl.code, 0, wl.stderr);
    const again = await stack.wl(['follow', `${service}/${id}`], { env });
    assert.equal(wl.stdout, again.stdout, 'every line once and in order');
    return { run, outcome: await readOutcome(temporal, run) };
  };
