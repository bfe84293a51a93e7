import assert from 'node:assert/strict';
import { CreateServiceCommand, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { createClients } from '../../src/cloud/clients.ts';
import type { DeploymentView, OpenChange, ServiceStatus } from '../../src/domain/api.ts';
import { WORKFLOW_TYPES, type ChangeKind } from '../../src/domain/change.ts';
import type { Verdict } from '../../src/domain/events.ts';
import { changeWorkflowId } from '../../src/domain/ids.ts';
import { eventually } from '../setup/eventually.ts';
import { endSignal, tellSignal } from './fixtures/scripted-changes.ts';
import { startHarness, TOKENS, type Api, type Harness } from './support/harness.ts';
import { deploymentPath, freshName, MANIFEST, problemOf } from './support/requests.ts';
import { openStream } from './support/stream.ts';

const GOOD: Verdict = { ok: true, code: 'succeeded', message: 'all is well' };
const ID = '1466583476';

/** How each kind is asked for, and what its workflow gets besides what all get. */
const ASKED: Record<Exclude<ChangeKind, 'deploy'>, { method: string; path: string; body: object; input: object }> = {
  rollback: { method: 'POST', path: '/rollback', body: { to: '1466583000' }, input: { to: '1466583000' } },
  scale: { method: 'PATCH', path: '/scale', body: { desired: 3 }, input: { desired: 3 } },
  restart: { method: 'POST', path: '/restart', body: {}, input: {} },
  delete: { method: 'DELETE', path: '', body: {}, input: {} },
};
const KINDS = Object.keys(ASKED) as (keyof typeof ASKED)[];

describe('API: changes of a service', function () {
  this.timeout(60_000);
  let harness: Harness;
  let api: Api;
  let other: Api;
  before(async () => {
    harness = await startHarness();
    [api, other] = await Promise.all([harness.startApi(), harness.startApi()]);
    await harness.startWorker();
  });
  after(() => harness.stop());

  const put = (service: string, id: string, token = TOKENS.alice) =>
    api.send('PUT', deploymentPath(service, id), { token, body: { manifest: MANIFEST } });
  const change = (
    service: string,
    kind: keyof typeof ASKED,
    more: object = {},
    { token = TOKENS.alice, via = api } = {},
  ) => {
    const { method, path, body } = ASKED[kind];
    return via.send(method, `/v1/services/${service}${path}`, { token, body: { ...body, ...more } });
  };
  const handleOf = (kind: ChangeKind, service: string, id: string) =>
    harness.temporal.workflow.getHandle(changeWorkflowId(kind, service, id));
  const end = async (kind: ChangeKind, service: string, id: string, verdict = GOOD) => {
    await handleOf(kind, service, id).signal(endSignal, { verdict });
    await handleOf(kind, service, id)
      .result()
      .catch(() => undefined);
  };
  /** A name that the team tea has, with one deployment that has ended. */
  const taken = async () => {
    const service = freshName();
    assert.equal((await put(service, '1466583000')).status, 202);
    await end('deploy', service, '1466583000');
    await eventually('the name is taken', async () =>
      (await api.send('GET', `/v1/services/${service}/status`)).ok ? true : undefined,
    );
    return service;
  };
  const changesOf = async (service: string): Promise<OpenChange[]> =>
    ((await (await api.send('GET', `/v1/services/${service}/status`)).json()) as ServiceStatus).changes ?? [];

  for (const kind of KINDS) {
    it(`starts the workflow of a ${kind}, and serves it as a deployment`, async () => {
      const service = await taken();
      const response = await change(service, kind, { id: ID, onConflict: 'fail' });
      const text = await response.text();
      assert.equal(response.status, 202, text);
      assert.equal(response.headers.get('location'), deploymentPath(service, ID));
      const view = JSON.parse(text) as DeploymentView;
      assert.deepEqual([view.kind, view.id, view.actor, view.phase], [kind, ID, 'alice', 'queued']);

      const handle = handleOf(kind, service, ID);
      const { type, typedSearchAttributes, staticSummary, staticDetails } = await handle.describe();
      assert.equal(type, WORKFLOW_TYPES[kind]);
      const attributes = Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]));
      const { WlService, WlTeam, WlDeployment, WlActor } = attributes;
      assert.deepEqual([WlService, WlTeam, WlDeployment, WlActor], [service, 'tea', `${service}/${ID}`, 'alice']);
      assert.match((await staticSummary()) ?? '', new RegExp(`${service}.* by alice$`));
      assert.match((await staticDetails()) ?? '', new RegExp(`\\*\\*Change\\*\\*: ${service}/${ID}`));
      const { events } = await handle.fetchHistory();
      const [input] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
      assert.deepEqual(JSON.parse(Buffer.from(input?.data ?? []).toString()), {
        service,
        id: ID,
        team: 'tea',
        environment: 'test',
        cluster: 'crims',
        actor: 'alice',
        onConflict: 'fail',
        ...ASKED[kind].input,
      });

      const stream = await openStream(api, { service, id: ID });
      await end(kind, service, ID);
      await stream.ended;
      assert.equal(stream.received.length, 2);
      const ended = await eventually('its end shows', async () => {
        const answer = (await (await other.send('GET', deploymentPath(service, ID))).json()) as DeploymentView;
        return answer.endedAt === undefined ? undefined : answer;
      });
      assert.deepEqual([ended.kind, ended.verdict], [kind, GOOD]);
      const list = await eventually('the list has both', async () => {
        const answer = await api.send('GET', `/v1/services/${service}/deployments`);
        const { deployments } = (await answer.json()) as { deployments: DeploymentView[] };
        return deployments.length === 2 ? deployments : undefined;
      });
      assert.deepEqual(
        list.map((one) => [one.id, one.kind]),
        [
          [ID, kind],
          ['1466583000', 'deploy'],
        ],
      );
    });

    it(`cancels a ${kind}`, async () => {
      const service = await taken();
      assert.equal((await change(service, kind, { id: ID })).status, 202);
      const answer = await api.send('POST', `${deploymentPath(service, ID)}/cancel`, { body: {} });
      assert.equal(answer.status, 202);
      const verdict = await eventually('it is cancelled', async () => {
        const view = (await (await api.send('GET', deploymentPath(service, ID))).json()) as DeploymentView;
        return view.verdict;
      });
      assert.deepEqual([verdict.code, verdict.cancelledBy], ['cancelled', 'alice']);
    });
  }

  it('takes the same request under the same id for the same change, everything else for a conflict', async () => {
    const service = await taken();
    assert.equal((await change(service, 'scale', { id: ID })).status, 202);
    const again = await change(service, 'scale', { id: ID, onConflict: 'queue' }, { via: other });
    assert.equal(again.status, 200);
    assert.equal(again.headers.get('location'), deploymentPath(service, ID));
    for (const [kind, more] of [
      ['scale', { desired: 4 }],
      ['scale', { onConflict: 'supersede' }],
      ['restart', {}],
      ['delete', {}],
      ['rollback', {}],
    ] as const) {
      const problem = await problemOf(await change(service, kind, { id: ID, ...more }), 409, 'conflict');
      assert.equal(problem.details?.reason, 'id_taken');
      assert.match(problem.detail, /is a scale/);
    }
    const problem = await problemOf(await put(service, ID), 409, 'conflict');
    assert.equal(problem.details?.reason, 'id_taken');
    await problemOf(await change(service, 'restart', { id: '1466583000' }), 409, 'conflict');
  });

  it('gives one of several kinds an id that all are asked for at once', async () => {
    const service = await taken();
    const answers = await Promise.all([
      ...KINDS.map((kind) => change(service, kind, { id: ID })),
      put(service, ID),
      ...KINDS.map((kind) => change(service, kind, { id: ID })),
    ]);
    const statuses = answers.map(({ status }) => status).toSorted();
    assert.deepEqual(
      statuses.filter((status) => status === 202),
      [202],
    );
    assert.ok(statuses.filter((status) => status === 409).length >= 7, statuses.join(', '));
  });

  it('finds an id of its own for each change that comes without one, also without a body', async () => {
    const service = await taken();
    const answers = await Promise.all([
      ...Array.from({ length: 6 }, () => change(service, 'restart')),
      api.send('POST', `/v1/services/${service}/restart`),
      api.send('POST', `/v1/services/${service}/rollback`),
      api.send('DELETE', `/v1/services/${service}`),
      change(service, 'scale'),
    ]);
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([202]));
    const views = await Promise.all(answers.map(async (answer) => (await answer.json()) as DeploymentView));
    assert.equal(new Set(views.map(({ id }) => id)).size, views.length);
  });

  it('passes on what a deployment shall do about a conflict', async () => {
    const service = freshName();
    const body = { manifest: MANIFEST, onConflict: 'supersede' };
    assert.equal((await api.send('PUT', deploymentPath(service, ID), { body })).status, 202);
    const { events } = await handleOf('deploy', service, ID).fetchHistory();
    const [input] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    assert.equal(JSON.parse(Buffer.from(input?.data ?? []).toString()).onConflict, 'supersede');
  });

  it('changes no service of another team, and none that is not there', async () => {
    const service = await taken();
    for (const kind of KINDS) {
      await problemOf(await change(service, kind, { id: ID }, { token: TOKENS.bob }), 403, 'forbidden');
      await problemOf(await change(freshName('none'), kind, { id: ID }), 404, 'not_found');
      await assert.rejects(handleOf(kind, service, ID).describe());
    }
    assert.equal((await change(service, 'restart', { id: ID }, { token: TOKENS.root })).status, 202);
    const { typedSearchAttributes } = await handleOf('restart', service, ID).describe();
    const team = typedSearchAttributes.getAll().find(({ key }) => key.name === 'WlTeam');
    assert.equal(team?.value, 'tea', "the owner's team, not the administrator's");
  });

  it('names the nearest service that runs', async () => {
    const { ecs } = createClients(harness.config);
    const containerDefinitions = [{ name: 'web', image: 'web:v1', cpu: 32, memory: 32 }];
    await ecs.send(new RegisterTaskDefinitionCommand({ family: 'service-teapot', containerDefinitions }));
    await ecs.send(
      new CreateServiceCommand({
        cluster: 'crims',
        serviceName: 'teapot-1466583000',
        taskDefinition: 'service-teapot',
        desiredCount: 0,
        tags: Object.entries({ 'wonderland:service': 'teapot', 'wonderland:team': 'tea' }).map(([key, value]) => ({
          key,
          value,
        })),
      }),
    );
    const hint = await eventually('it is known', async () => {
      const problem = await problemOf(await change('teapt', 'delete'), 404, 'not_found');
      return problem.hint?.includes('teapot') ? problem.hint : undefined;
    });
    assert.equal(hint, 'Did you mean teapot?');
    assert.equal((await change('teapot', 'scale', { id: ID })).status, 202);
  });

  it('refuses requests that are not as described', async () => {
    const service = await taken();
    for (const [kind, more] of [
      ['scale', { desired: 101 }],
      ['scale', { desired: -1 }],
      ['scale', { desired: 1.5 }],
      ['scale', { desired: '3' }],
      ['rollback', { to: 'latest' }],
      ['restart', { onConflict: 'hurry' }],
      ['restart', { desired: 1 }],
      ['delete', { id: '12' }],
      ['delete', { yes: true }],
    ] as const) {
      await problemOf(await change(service, kind, more), 400, 'usage');
    }
    await problemOf(await api.send('PATCH', `/v1/services/${service}/scale`), 400, 'usage');
  });

  it('shows which change runs and which waits', async () => {
    const service = await taken();
    assert.equal((await change(service, 'restart', { id: '1466583500' })).status, 202);
    const [alone] = await eventually('it shows', async () => {
      const changes = await changesOf(service);
      return changes.length === 1 ? changes : undefined;
    });
    assert.deepEqual([alone?.kind, alone?.pending, alone?.phase], ['restart', false, 'queued']);
    await handleOf('restart', service, '1466583500').signal(tellSignal, {
      bodies: [{ type: 'phase', phase: 'rolling-update' }],
    });
    assert.equal((await change(service, 'scale', { id: '1466583501' }, { token: TOKENS.root })).status, 202);
    const shown = await eventually('both show', async () => {
      const changes = await changesOf(service);
      return changes.length === 2 && changes.some(({ phase }) => phase !== 'queued') ? changes : undefined;
    });
    assert.deepEqual(
      shown.map(({ id, kind, phase, actor, pending }) => [id, kind, phase, actor, pending]),
      [
        ['1466583501', 'scale', 'queued', 'root', true],
        ['1466583500', 'restart', 'rolling-update', 'alice', false],
      ],
    );
    assert.ok(shown.every(({ startedAt }) => startedAt > 1_000_000_000_000));
  });

  it('frees the name of a service that was deleted, and deletes what may be left of it once more', async () => {
    const service = await taken();
    assert.equal((await change(service, 'delete', { id: '1466583600' })).status, 202);
    await problemOf(await put(service, '1466583601', TOKENS.bob), 403, 'forbidden');
    await end('delete', service, '1466583600', { ok: false, code: 'upstream', message: 'AWS failed' });
    await problemOf(await put(service, '1466583601', TOKENS.bob), 403, 'forbidden');
    assert.equal((await change(service, 'delete', { id: '1466583602' })).status, 202);
    await end('delete', service, '1466583602');

    await eventually('the name is free', async () =>
      (await api.send('GET', `/v1/services/${service}/status`)).status === 404 ? true : undefined,
    );
    for (const kind of ['rollback', 'scale', 'restart'] as const) {
      await problemOf(await change(service, kind), 404, 'not_found');
    }
    assert.equal((await api.send('GET', `/v1/services/${service}/deployments`)).status, 200, 'its past can be read');
    await problemOf(await change(service, 'delete', {}, { token: TOKENS.bob }), 403, 'forbidden');
    assert.equal((await change(service, 'delete', { id: '1466583603' })).status, 202);
    await end('delete', service, '1466583603');

    await eventually('another team has it', async () =>
      (await put(service, '1466583604', TOKENS.bob)).status === 202 ? true : undefined,
    );
    await eventually('it is theirs', async () =>
      (await change(service, 'restart')).status === 403 ? true : undefined,
    );
    const mine = await api.send('GET', deploymentPath(service, '1466583602'));
    assert.equal(((await mine.json()) as DeploymentView).kind, 'delete');
  });
});
