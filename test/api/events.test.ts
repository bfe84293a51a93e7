import assert from 'node:assert/strict';
import type { DeploymentView } from '../../src/domain/api.ts';
import type { EventBody, Verdict } from '../../src/domain/events.ts';
import { deployWorkflowId } from '../../src/domain/ids.ts';
import { eventually } from '../setup/eventually.ts';
import { endSignal, tellSignal } from './fixtures/scripted-changes.ts';
import { startHarness, type Api, type Harness } from './support/harness.ts';
import { deploymentPath, freshName, MANIFEST, problemOf } from './support/requests.ts';
import { openStream, seqs } from './support/stream.ts';

const GOOD: Verdict = { ok: true, code: 'succeeded', message: 'all is well' };
const BAD: Verdict = { ok: false, code: 'deploy_failed_rolled_back', message: 'it crashed' };
const lines = (from: number, to: number): EventBody[] =>
  Array.from({ length: to - from + 1 }, (_, n) => ({ type: 'line', text: `line ${from + n}` }));

describe('API: following deployments', function () {
  this.timeout(60_000);
  let harness: Harness;
  let api: Api;
  let worker: { stop: () => Promise<void> };

  const deploy = async () => {
    const at = { service: freshName(), id: '1466583476' };
    const response = await api.send('PUT', deploymentPath(at.service, at.id), { body: { manifest: MANIFEST } });
    assert.equal(response.status, 202, await response.text());
    const handle = harness.temporal.workflow.getHandle(deployWorkflowId(at.service, at.id));
    return {
      ...at,
      handle,
      tell: (bodies: EventBody[]) => handle.signal(tellSignal, { bodies }),
      end: async (verdict: Verdict) => {
        await handle.signal(endSignal, { verdict });
        await handle.result().catch(() => undefined);
      },
    };
  };
  const view = async ({ service, id }: { service: string; id: string }) =>
    (await (await api.send('GET', deploymentPath(service, id))).json()) as DeploymentView;

  before(async () => {
    harness = await startHarness();
    api = await harness.startApi();
  });
  after(() => harness.stop());

  it('says once that it waits for a worker, and goes on by itself when one comes', async () => {
    const deployment = await deploy();
    const stream = await openStream(api, deployment);
    await eventually('the notice', () => stream.received.length > 0);
    assert.equal((await view(deployment)).waitingForWorker, true);
    worker = await harness.startWorker();
    await deployment.end(GOOD);
    await stream.ended;
    assert.equal(stream.received[0], 'waiting-for-worker');
    assert.equal(stream.received.filter((event) => event === 'waiting-for-worker').length, 1);
    assert.deepEqual(seqs(stream.received), [1, 2]);
  });

  it('shows every watcher every event once, in order, and ends with the verdict', async () => {
    const warnings: string[] = [];
    const warn = ({ name }: Error) => void warnings.push(name);
    process.on('warning', warn);
    const deployment = await deploy();
    const streams = await Promise.all(Array.from({ length: 20 }, () => openStream(api, deployment)));
    for (let n = 0; n < 12; n += 1) {
      await deployment.tell(lines(n * 3 + 2, n * 3 + 4));
      await eventually('it shows', () => seqs(streams[0]?.received ?? []).length === n * 3 + 4);
    }
    await deployment.end(GOOD);
    process.off('warning', warn);
    assert.ok(!warnings.includes('MaxListenersExceededWarning'), 'nothing is left behind by a poll or a watcher');
    const late = await openStream(api, deployment);
    for (const stream of [...streams, late]) {
      await stream.ended;
      assert.deepEqual(
        seqs(stream.received),
        Array.from({ length: 38 }, (_, n) => n + 1),
      );
      assert.deepEqual(stream.received.at(-1), {
        ...(stream.received.at(-1) as object),
        type: 'verdict',
        verdict: GOOD,
      });
    }
  });

  it('resumes at another process behind the last event, whichever process ends when', async () => {
    const deployment = await deploy();
    const received: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const process = await harness.startApi();
      const headers = { 'last-event-id': String(received.at(-1) ?? 0) };
      const stream = await openStream(process, deployment, received.length === 0 ? {} : { headers });
      await deployment.tell(lines(round * 20 + 2, round * 20 + 21));
      await eventually('some of it', () => stream.received.length >= 7);
      await process.stop();
      await stream.ended;
      received.push(...seqs(stream.received));
    }
    await deployment.end(BAD);
    const rest = await openStream(api, deployment, { query: `?after=${received.at(-1)}` });
    await rest.ended;
    assert.deepEqual(
      [...received, ...seqs(rest.received)],
      Array.from({ length: 102 }, (_, n) => n + 1),
    );
  });

  it('ends at once for a client that has the verdict, and refuses a wrong cursor', async () => {
    const deployment = await deploy();
    await deployment.end(GOOD);
    const stream = await openStream(api, deployment, { headers: { 'last-event-id': '2' } });
    await stream.ended;
    assert.deepEqual(stream.received, []);
    const path = `${deploymentPath(deployment.service, deployment.id)}/events?after=x`;
    await problemOf(await api.send('GET', path), 400, 'usage');
  });

  it('gives a deployment that was terminated by hand a verdict with the next number', async () => {
    const deployment = await deploy();
    await deployment.tell(lines(2, 5));
    const stream = await openStream(api, deployment);
    await eventually('five lines', () => stream.received.length === 5);
    await deployment.handle.terminate('by hand');
    await stream.ended;
    assert.deepEqual(seqs(stream.received), [1, 2, 3, 4, 5, 6]);
    const { phase, verdict, endedAt } = await view(deployment);
    assert.equal(phase, 'failed');
    assert.equal(verdict?.code, 'deploy_failed');
    assert.match(verdict?.message ?? '', /^terminated by hand in Temporal; nothing was put back$/);
    assert.ok(endedAt !== undefined);
  });

  it('passes a cancel on with its actor, and refuses it once the deployment has ended', async () => {
    const deployment = await deploy();
    const path = `${deploymentPath(deployment.service, deployment.id)}/cancel`;
    const stream = await openStream(api, deployment);
    const accepted = await api.send('POST', path, { body: {} });
    assert.equal(accepted.status, 202);
    await stream.ended;
    const { verdict, phase } = await view(deployment);
    assert.equal(phase, 'cancelled');
    assert.equal(verdict?.cancelledBy, 'alice');
    await problemOf(await api.send('POST', path), 409, 'conflict');
  });

  it('shows the phase of an open deployment and lists the newest first', async () => {
    const service = freshName();
    for (const id of ['1466583476', '1466583477', '1466583478']) {
      await api.send('PUT', deploymentPath(service, id), { body: { manifest: MANIFEST } });
    }
    const handle = harness.temporal.workflow.getHandle(deployWorkflowId(service, '1466583478'));
    await handle.signal(tellSignal, { bodies: [{ type: 'phase', phase: 'rolling-update' }] });
    const open = await view({ service, id: '1466583478' });
    assert.deepEqual([open.phase, open.waitingForWorker, open.verdict], ['rolling-update', false, undefined]);
    const listed = await eventually('visibility has caught up', async () => {
      const answer = await api.send('GET', `/v1/services/${service}/deployments`);
      if (answer.status !== 200) return undefined;
      const { deployments } = (await answer.json()) as { deployments: DeploymentView[] };
      return deployments.length === 3 ? deployments : undefined;
    });
    assert.deepEqual(
      listed.map(({ id }) => id),
      ['1466583478', '1466583477', '1466583476'],
    );
    const two = await api.send('GET', `/v1/services/${service}/deployments?limit=2`);
    assert.equal(((await two.json()) as { deployments: unknown[] }).deployments.length, 2);
  });

  it('answers unknown deployments with not_found', async () => {
    const at = { service: freshName(), id: '1466583476' };
    await problemOf(await api.send('GET', deploymentPath(at.service, at.id)), 404, 'not_found');
    await problemOf(await api.send('GET', `${deploymentPath(at.service, at.id)}/events`), 404, 'not_found');
    await problemOf(await api.send('POST', `${deploymentPath(at.service, at.id)}/cancel`), 404, 'not_found');
  });

  it('reads closed deployments without any worker', async () => {
    const [good, bad, open] = [await deploy(), await deploy(), await deploy()];
    const watching = await openStream(api, open);
    await eventually('a worker answers', () => watching.received.length === 1);
    await good.end(GOOD);
    await bad.end(BAD);
    await worker.stop();
    assert.deepEqual((await view(good)).verdict, GOOD);
    assert.deepEqual((await view(bad)).verdict, BAD);
    assert.equal((await view(bad)).phase, 'failed');
    for (const deployment of [good, bad]) {
      const stream = await openStream(api, deployment);
      await stream.ended;
      assert.deepEqual(seqs(stream.received), [1, 2]);
    }
    assert.equal((await view(open)).waitingForWorker, true);
    await eventually('the notice', () => watching.received.includes('waiting-for-worker'));
    watching.leave();
  });
});
