import assert from 'node:assert/strict';
import type { DeploymentView } from '../../src/domain/api.ts';
import { deployWorkflowId } from '../../src/domain/ids.ts';
import { startHarness, TOKENS, type Api, type Harness } from './support/harness.ts';
import { deploymentPath, freshName, MANIFEST, problemOf } from './support/requests.ts';

const SECRET = 'planted-value-4711';

describe('API: accepting deployments', function () {
  this.timeout(60_000);
  let harness: Harness;
  let api: Api;
  let other: Api;
  before(async () => {
    harness = await startHarness();
    [api, other] = await Promise.all([harness.startApi(), harness.startApi()]);
  });
  after(() => harness.stop());

  const put = (service: string, id: string, manifest = MANIFEST, token = TOKENS.alice, via = api) =>
    via.send('PUT', deploymentPath(service, id), { token, body: { manifest } });
  const started = async (service: string, id: string) =>
    harness.temporal.workflow
      .getHandle(deployWorkflowId(service, id))
      .describe()
      .then(() => true)
      .catch(() => false);

  it('makes a deployment durable without any worker, and says that it waits for one', async () => {
    const service = freshName();
    const response = await put(service, '1466583476');
    assert.equal(response.status, 202);
    assert.equal(response.headers.get('location'), deploymentPath(service, '1466583476'));
    assert.equal(response.headers.get('wonderland-account'), '123456789012 eu-west-1 test');
    const view = (await response.json()) as DeploymentView;
    assert.equal(view.phase, 'queued');
    assert.equal(view.actor, 'alice');
    assert.equal(view.waitingForWorker, true);
    assert.match(view.links.webUi ?? '', /namespaces\/default\/workflows\/deploy%2F/);
    const { typedSearchAttributes, staticSummary } = await harness.temporal.workflow
      .getHandle(deployWorkflowId(service, '1466583476'))
      .describe();
    const attributes = Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]));
    assert.deepEqual(
      { WlService: service, WlTeam: 'tea', WlEnvironment: 'test', WlPhase: 'queued', WlActor: 'alice' },
      Object.fromEntries(Object.entries(attributes).filter(([name]) => !['WlDeployment', 'BuildIds'].includes(name))),
    );
    assert.equal(await staticSummary(), `Deploy ${service}: web:v1 ×1 by alice`);
  });

  it('takes the same body under the same id for the same deployment, another body for a conflict', async () => {
    const service = freshName();
    assert.equal((await put(service, '1466583476')).status, 202);
    const again = await put(service, '1466583476', MANIFEST, TOKENS.alice, other);
    assert.equal(again.status, 200);
    assert.equal(((await again.json()) as DeploymentView).id, '1466583476');
    const problem = await problemOf(await put(service, '1466583476', `scale: 2\n${MANIFEST}`), 409, 'conflict');
    assert.equal(problem.details?.reason, 'id_taken');
  });

  it('lets one of 50 different bodies have an id that two processes are asked for at once', async () => {
    const service = freshName();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        put(service, '1466583476', `scale: ${n}\n${MANIFEST}`, TOKENS.alice, n % 2 === 0 ? api : other),
      ),
    );
    const statuses = answers.map(({ status }) => status).toSorted();
    assert.deepEqual(statuses, [202, ...Array.from({ length: 49 }, () => 409)]);
  });

  it('finds an id of its own for each of 20 equal POSTs to two processes', async () => {
    const service = freshName();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        (n % 2 === 0 ? api : other).send('POST', `/v1/services/${service}/deployments`, {
          body: { manifest: MANIFEST },
        }),
      ),
    );
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([202]));
    const ids = await Promise.all(answers.map(async (answer) => ((await answer.json()) as DeploymentView).id));
    assert.equal(new Set(ids).size, 20);
  });

  it('knows nobody without a known token, and starts nothing for them', async () => {
    const service = freshName();
    for (const token of ['', 'wl_wrong', `${TOKENS.alice}x`]) {
      const response = await put(service, '1466583476', MANIFEST, token);
      assert.match(response.headers.get('www-authenticate') ?? '', /^Bearer/);
      const problem = await problemOf(response, 401, 'unauthenticated');
      if (token !== '') assert.ok(!JSON.stringify(problem).includes(token));
    }
    for (const path of ['/v1/services', '/v1/openapi.json', '/nowhere']) {
      await problemOf(await api.send('GET', path, { token: '' }), 401, 'unauthenticated');
    }
    assert.equal((await api.send('GET', '/healthz', { token: '' })).status, 200);
    assert.equal(await started(service, '1466583476'), false);
  });

  it('keeps a name for the team that deployed it first', async () => {
    const service = freshName();
    assert.equal((await put(service, '1466583476', MANIFEST, TOKENS.bob)).status, 202);
    const view = await api.send('GET', deploymentPath(service, '1466583476'));
    await problemOf(view, 403, 'forbidden');
    await problemOf(await put(service, '1466583477'), 403, 'forbidden');
    await problemOf(
      await api.send('POST', `${deploymentPath(service, '1466583476')}/cancel`, { body: {} }),
      403,
      'forbidden',
    );
    assert.equal(await started(service, '1466583477'), false);
    assert.equal((await put(service, '1466583478', MANIFEST, TOKENS.root)).status, 202);
  });

  it('lets nobody but an admin deploy for another team, and nobody for an unknown one', async () => {
    await problemOf(await put(freshName(), '1466583476', `team: rabbits\n${MANIFEST}`), 403, 'forbidden');
    assert.equal((await put(freshName(), '1466583476', `team: tea\n${MANIFEST}`)).status, 202);
    assert.equal((await put(freshName(), '1466583476', `team: rabbits\n${MANIFEST}`, TOKENS.root)).status, 202);
    const unknown = await put(freshName(), '1466583476', `team: rabbit\n${MANIFEST}`, TOKENS.root);
    const { issues } = await problemOf(unknown, 422, 'spec_invalid');
    assert.deepEqual(
      issues?.map(({ line, path, hint }) => [line, path, hint]),
      [[1, 'team', 'did you mean "rabbits"?']],
    );
  });

  it('refuses what is no sane manifest, with the places, and starts nothing', async () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'.split('').map((key, n) => {
        const before = 'abcdefg'[n];
        return `${key}: &${key} [${Array.from({ length: 9 }, () => `*${before}`).join(',')}]`;
      }),
    ].join('\n');
    const bad: [string, RegExp][] = [
      ['components: [', /not valid YAML/],
      [bomb, /aliases repeat/],
      ['components: []', /components/],
      [`${MANIFEST}memroy: 1\n`, /memroy/],
      ['', /empty/],
      [`components:\n  - name: web\n    image: web:v1\n    env: { A: "${noise(40_000)}" }\n`, /8192/],
    ];
    for (const [manifest, expected] of bad) {
      const service = freshName();
      const { issues = [] } = await problemOf(await put(service, '1466583476', manifest), 422, 'spec_invalid');
      assert.match(JSON.stringify(issues), expected);
      assert.ok(issues.every(({ file, line, column }) => file === 'wonderland.yaml' && line > 0 && column > 0));
      assert.equal(await started(service, '1466583476'), false);
    }
  });

  it('refuses keys that have no effect yet instead of ignoring them', async () => {
    const manifest = `${MANIFEST}notifications: { slack: "#tea" }\n`;
    const { issues = [] } = await problemOf(await put(freshName(), '1466583476', manifest), 422, 'not_supported_yet');
    assert.deepEqual(
      issues.map(({ line }) => line),
      [5],
    );
    assert.match(issues[0]?.message ?? '', /notifications/);
  });

  it('refuses bodies that are too large, no JSON, or not what is described', async () => {
    const path = deploymentPath(freshName(), '1466583476');
    const json = { 'content-type': 'application/json' };
    const refused = async (body: string, headers: Record<string, string>, status: number) => {
      const problem = await problemOf(await api.send('PUT', path, { body, headers }), status, 'usage');
      assert.ok(!JSON.stringify(problem).includes(SECRET));
    };
    await refused(JSON.stringify({ manifest: 'x'.repeat(5_000_000) }), json, 413);
    await refused(MANIFEST, { 'content-type': 'text/plain' }, 415);
    await refused(MANIFEST, { 'content-type': 'application/yaml' }, 415);
    await refused(JSON.stringify({ manifest: MANIFEST }), { ...json, 'content-encoding': 'sauce' }, 415);
    await refused(`{"manifest": ${SECRET}`, json, 400);
    await refused(`["${SECRET}"]`, json, 400);
    await refused(JSON.stringify({ manifest: 7 }), json, 400);
    await refused(JSON.stringify({ manifest: MANIFEST, extra: true }), json, 400);
  });

  it('refuses names and ids that cannot be', async () => {
    for (const [service, id] of [
      ['Web', '1466583476'],
      ['web', '12'],
      ['web', 'latest'],
      ['a'.repeat(40), '1466583476'],
      ['web%22%20OR%20%22', '1466583476'],
    ] as const) {
      await problemOf(await put(service, id), 400, 'usage');
    }
    await problemOf(await api.send('GET', '/v1/services/%E0%A4%A'), 400, 'usage');
    await problemOf(await api.send('GET', '/v1/wrong'), 404, 'not_found');
  });

  it('leaves neither tokens nor values of env in history or logs', async () => {
    const service = freshName();
    assert.equal((await put(service, '1466583476')).status, 202);
    const handle = harness.temporal.workflow.getHandle(deployWorkflowId(service, '1466583476'));
    const { raw } = await handle.describe();
    const kept = readable(await handle.fetchHistory()) + readable(raw) + harness.logged.join('');
    assert.ok(kept.includes('GREETING'), 'names of variables are no secret, so the search looks at the right place');
    assert.ok(kept.includes('"path":"/v1/services'), 'requests are logged');
    for (const secret of [SECRET, Buffer.from(SECRET).toString('base64'), ...Object.values(TOKENS)]) {
      assert.ok(!kept.includes(secret));
    }
  });

  it('describes itself in OpenAPI, with every reference resolved', async () => {
    const document = (await (await api.send('GET', '/v1/openapi.json')).json()) as {
      openapi: string;
      paths: object;
      components: { schemas: Record<string, unknown> };
    };
    assert.equal(document.openapi, '3.1.0');
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
    assert.ok(references.length > 20);
    for (const [, name = ''] of references) assert.ok(document.components.schemas[name], name);
  });
});

/** Text that gzip cannot shorten much. */
const noise = (length: number): string => {
  let seed = 7;
  return Array.from({ length }, () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return String.fromCharCode(97 + (Math.floor(seed / 65_536) % 26));
  }).join('');
};

/** Everything in a protobuf message, payloads decoded. */
const readable = (message: unknown): string =>
  JSON.stringify(message, (key, value: unknown) =>
    key === 'data' && typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : value,
  );
