import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CloudWatchLogsClient, CreateLogStreamCommand, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { parse, stringify } from 'yaml';
import { logGroup } from '../../src/domain/ids.ts';
import { eventually } from '../setup/eventually.ts';
import { sharedStack, type Stack } from '../setup/stack.ts';
import { ask, deploymentsPath, nextId, post, streamOf, view } from './support/api.ts';
import { assertExit } from './support/exit.ts';
import { leaksIn } from './support/look-into.ts';
import { manifestOf } from './support/manifest.ts';
import { meanwhile } from './support/side-by-side.ts';
import { startPart, type Part } from './support/part.ts';
import { withTemporal } from './support/temporal.ts';

/** Task queue of an API and a worker of this test's own, on the shared stack. */
const QUEUE = 'secrets';

const plant = (name: string): string => `${name}-${randomBytes(12).toString('hex')}`;

describe('Secrets', () => {
  const service = 'discreet';
  const planted = {
    interpolated: plant('interpolated'),
    literal: plant('literal'),
    misplaced: plant('misplaced'),
    'event key': plant('key'),
    token: '',
    'sealing key': '',
  };
  const heard: Record<string, unknown> = {};
  let stack: Stack;
  let directory: string;
  let parts: Part[] = [];
  let apiUrl = '';

  const manifest = (tag: string, more: object = {}): string =>
    manifestOf({
      service,
      tag,
      env: { API_PASSWORD: '${SECRET}', OTHER_PASSWORD: planted.literal },
      graceSeconds: 7200,
      ...more,
    });

  /** `wl` as a developer runs it whose shell holds the secret. */
  const deploy = (text: string) => {
    const file = join(directory, 'wonderland.yaml');
    writeFileSync(file, text);
    return stack.wl(['deploy', service, '-f', file, '--api-url', apiUrl], {
      env: { SECRET: planted.interpolated, WL_TOKEN: stack.client.token },
    });
  };

  const prepared = meanwhile('deployments with secrets', async () => {
    stack = await sharedStack();
    directory = mkdtempSync(join(tmpdir(), 'wonderland secrets-'));
    planted.token = stack.client.token;
    const config = parse(readFileSync(stack.childEnv.WONDERLAND_CONFIG ?? '', 'utf8')) as Record<string, unknown>;
    planted['sealing key'] = String(config['sealing-key']);
    // Nobody listens there: what fails talks most.
    const integrations = { 'datadog-url': `http://127.0.0.1:9/api/v1/events?api_key=${planted['event key']}` };
    const file = join(directory, 'wonderland.config.yaml');
    writeFileSync(file, stringify({ ...config, integrations }), { mode: 0o600 });
    const env = { WONDERLAND_CONFIG: file, WONDERLAND_TEMPORAL_TASK_QUEUE: QUEUE };
    parts = await Promise.all([startPart(stack, 'worker.js', env), startPart(stack, 'src/api/server.js', env)]);
    apiUrl = parts[1]?.ready.url ?? '';

    const good = await deploy(manifest('v1'));
    heard['wl, of a success'] = good;
    assertExit(good, 0);

    const failing = deploy(manifest('v2-slowstart1800', { timeout: 15 }));
    await logTheSecret();
    heard['wl, of a failure'] = await failing;
    assertExit(await failing, 7);

    const cancelled = await post(stack, service, {
      manifest: manifest('v3').replace('${SECRET}', planted.interpolated),
      apiUrl,
    });
    heard.cancel = await ask(stack, `${deploymentsPath(service)}/${cancelled}/cancel`, {
      method: 'POST',
      body: {},
      apiUrl,
    });
    heard['the stream of a cancelled one'] = await streamOf(stack, service, cancelled, apiUrl);

    const ids = [...new Set(JSON.stringify(heard).match(/(?<=discreet\/)\d{10}/g))];
    assert.ok(ids.length >= 2);
    for (const id of ids) {
      heard[`the stream of ${id}`] = await streamOf(stack, service, id, apiUrl);
      heard[`the view of ${id}`] = await view(stack, service, id);
    }
    heard.list = await ask(stack, deploymentsPath(service), { apiUrl });
    heard.status = await ask(stack, `/v1/services/${service}/status`, { apiUrl });
  });
  before(() => prepared());
  after(async () => {
    await Promise.all(parts.map((part) => part.stop()));
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  });

  /** The app of the failing revision writes its environment into its log, as apps do. */
  async function logTheSecret(): Promise<void> {
    const taskArn = await eventually('a task of the failing revision', async () => {
      const { tasks } = await stack.admin<{ tasks: { taskArn: string; family: string; revision: number }[] }>(
        'GET',
        'tasks',
      );
      return tasks.find(({ family, revision }) => family === `service-${service}` && revision === 2)?.taskArn;
    });
    const logs = new CloudWatchLogsClient({
      endpoint: stack.client.awsEndpointUrl,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'AKIAWONDERLANDOTHER1', secretAccessKey: 'other-secret-key' },
    });
    const stream = { logGroupName: logGroup(service), logStreamName: `web/web/${taskArn.split('/').at(-1)}` };
    await logs.send(new CreateLogStreamCommand(stream)).catch(() => undefined);
    const { cloudTime } = await stack.admin<{ cloudTime: number }>('GET', 'health');
    const message = `cannot log in with ${planted.interpolated} nor ${planted.literal}`;
    await logs.send(new PutLogEventsCommand({ ...stream, logEvents: [{ timestamp: Math.floor(cloudTime), message }] }));
  }

  it('are found by the search that looks for them, however they are wrapped', () => {
    const wrapped = {
      plain: { a: ['x', `a ${planted.literal} b`] },
      key: { [planted.literal]: 1 },
      bytes: new Uint8Array(Buffer.from(planted.literal)),
      base64: Buffer.from(`{"a":"${planted.literal}"}`).toString('base64'),
      packed: new Uint8Array(Buffer.from(gzipSync(`env: ${planted.literal}`).toString('base64'))),
    };
    for (const [how, value] of Object.entries(wrapped)) assert.deepEqual(leaksIn({ value }, planted), ['literal'], how);
    assert.deepEqual(leaksIn({ nothing: 'to see' }, planted), []);
  });

  it('are in nothing that wl prints and the API answers, though the app logged them', () => {
    for (const [what, said] of Object.entries(heard)) assert.deepEqual(leaksIn(said, planted), [], what);
    const failure = heard['wl, of a failure'] as { stderr: string };
    assert.match(failure.stderr, /log: cannot log in with \[redacted\] nor \[redacted\]/);
    const success = heard['wl, of a success'] as { stderr: string };
    assert.match(success.stderr, /^Warning: .*API_PASSWORD.*secret/m);
    assert.match(success.stderr, /^Warning: \[Datadog\] The event endpoint does not answer$/m);
  });

  it('are in no history, memo, search attribute or summary of Temporal', async () => {
    await withTemporal(stack, async (temporal) => {
      let histories = 0;
      for await (const run of temporal.workflow.list({ query: `TaskQueue = '${QUEUE}'` })) {
        assert.deepEqual(leaksIn(run.raw, planted), [], run.workflowId);
        const handle = temporal.workflow.getHandle(run.workflowId, run.runId);
        assert.deepEqual(leaksIn((await handle.describe()).raw, planted), [], `${run.workflowId}, described`);
        const history = await handle.fetchHistory();
        assert.ok((history.events?.length ?? 0) > 3);
        assert.deepEqual(leaksIn(history, planted), [], `history of ${run.workflowId}`);
        histories += 1;
      }
      assert.ok(histories >= 6, `three deployments and their locks, found ${histories}`);
    });
  });

  it('are in no problem document', async () => {
    const line = (text: string) => manifest('v4').replace(/OTHER_PASSWORD: .*/, text);
    const bodies: unknown[] = [
      { manifest: line(`OTHER_PASSWORD: [${planted.misplaced}]`) },
      { manifest: line(`OTHER_PASSWORD: { value: ${planted.misplaced} }`) },
      { manifest: line(`OTHER_PASSWORD: "${planted.misplaced}`) },
      { manifest: line(`OTHER_PASSWORD: ${planted.misplaced}: ${planted.misplaced}`) },
      { manifest: line(`OTHER_PASSWORD: *${planted.misplaced}`) },
      { manifest: line(`OTHER_PASSWORD: !${planted.misplaced} x`) },
      { manifest: manifest('v4').replace('scale: 1', `scale: ${planted.misplaced}`) },
      { manifest: manifest('v4').replace('v4', `v4@${planted.misplaced}`) },
      { manifest: { password: planted.misplaced } },
      { manifest: manifest('v4'), file: [planted.misplaced] },
      `{"manifest": "${planted.misplaced}`,
    ];
    for (const body of bodies) {
      const path = `${deploymentsPath(service)}/${nextId()}`;
      const answer = await ask(stack, path, { method: 'PUT', body, apiUrl });
      assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} for ${JSON.stringify(body)}`);
      assert.deepEqual(leaksIn(answer.body, planted), [], `${JSON.stringify(body)} → ${JSON.stringify(answer.body)}`);
    }
    const wrong = await ask(stack, '/v1/services', { token: planted.misplaced, apiUrl });
    assert.equal(wrong.status, 401);
    assert.deepEqual(leaksIn(wrong.body, planted), []);
  });

  it('are in no log, and in no file but those that are made to hold them', () => {
    for (const part of parts) assert.deepEqual(leaksIn([part.stdout(), part.stderr()], planted), []);
    const configuration = ['client.json', 'secrets.json', 'wonderland.config.yaml'];
    // What AWS itself would hold in task definitions, and in the log that the app wrote to.
    const cloud = ['cloud.json'];
    let searched = 0;
    for (const entry of readdirSync(stack.stateDir, { recursive: true, withFileTypes: true })) {
      const file = relative(stack.stateDir, join(entry.parentPath, entry.name));
      if (!entry.isFile() || /^(ports|manifests)/.test(file)) continue;
      const text = readFileSync(join(stack.stateDir, file), 'latin1');
      const found = Object.keys(planted).filter((name) => text.includes(planted[name as keyof typeof planted]));
      const allowed = configuration.includes(file)
        ? ['token', 'sealing key']
        : cloud.some((name) => file.startsWith(name))
          ? ['interpolated', 'literal']
          : [];
      assert.deepEqual(
        found.filter((name) => !allowed.includes(name)),
        [],
        file,
      );
      searched += 1;
    }
    assert.ok(searched >= 10, `only ${searched} files`);
  });
});
