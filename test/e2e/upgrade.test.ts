import assert from 'node:assert/strict';
import { deployWorkflowId, serviceLockId } from '../../src/domain/ids.ts';
import { eventually } from '../setup/eventually.ts';
import { startStack, type Stack } from '../setup/stack.ts';
import { post, verdictOf, view } from './support/api.ts';
import { untilRolling } from './support/aws.ts';
import { assertExit } from './support/exit.ts';
import { assertServes } from './support/ingress.ts';
import { domainOf, manifestOf } from './support/manifest.ts';
import type { Part } from './support/part.ts';
import { buildsOf, isDrained, makeCurrent, move, startWorker } from './support/worker-versions.ts';

/** A rollout that outlasts whatever is done while cloud time goes slowly. */
const SLOW = { tag: 'v1-slowstart150', graceSeconds: 600 };

/** Cloud seconds in a real one. */
const FAST = 30;

/** In this order, each from where the one before has left the workers. */
describe('Upgrading workers with rollouts in flight', function () {
  this.timeout(180_000);
  let stack: Stack;
  let b: Part;
  let c: Part | undefined;

  before(async () => {
    stack = await startStack({ speed: FAST, buildId: 'A' });
  });
  after(async () => {
    await c?.stop();
  });

  const deploy = (service: string, more: Partial<Parameters<typeof manifestOf>[0]> = {}): Promise<string> =>
    post(stack, service, { manifest: manifestOf({ service, ...more }) });
  /** Begins slow rollouts, and holds them while `work` is done. */
  const during = async <T>(services: string[], work: (ids: string[]) => Promise<T>): Promise<T> => {
    const ids = await Promise.all(services.map((service) => deploy(service, SLOW)));
    await Promise.all(services.map((service) => untilRolling(stack, service)));
    await stack.admin('PUT', 'speed', { speed: 1 });
    const result = await work(ids);
    await stack.admin('PUT', 'speed', { speed: FAST });
    return result;
  };
  const buildsOfDeployment = (service: string, id: string) => buildsOf(stack, deployWorkflowId(service, id));

  it('ends each rollout on the build it began on, in turn, and lets go of the old build when it is drained', async () => {
    const upgrade = async ([first = '', unwanted = '']: string[]) => {
      b = await startWorker(stack, 'B');
      assert.deepEqual(b.ready, { ready: true, deploymentName: 'wonderland', buildId: 'B', current: false });
      await makeCurrent(stack, 'B');
      const next = await deploy('ours', { tag: 'v2' });
      const other = await deploy('other');
      const hasBegun = () => view(stack, 'ours', next).then(({ workerVersion }) => workerVersion === 'wonderland:B');
      await eventually('the next has begun on B', hasBegun);
      assert.equal((await view(stack, 'ours', next)).phase, 'queued');
      const running = await view(stack, 'ours', first);
      assert.deepEqual([running.waitingForWorker, running.workerVersion], [false, 'wonderland:A']);
      assert.equal(await isDrained(stack, 'A'), false);
      return { first, unwanted, next, other };
    };
    const { first, unwanted, next, other } = await during(['ours', 'unwanted'], upgrade);

    assertExit(await stack.wl(['cancel', 'unwanted']), 0);
    assert.equal((await verdictOf(stack, 'unwanted', unwanted)).code, 'cancelled');
    assertExit(await stack.wl(['follow', `ours/${first}`]), 0);
    assert.equal((await verdictOf(stack, 'ours', next)).code, 'succeeded');
    assert.equal((await verdictOf(stack, 'other', other)).code, 'succeeded');
    await assertServes(stack, domainOf('ours'), 'v2');

    await eventually('A is drained', () => isDrained(stack, 'A'));
    assert.deepEqual(await buildsOfDeployment('ours', first), [['A']]);
    assert.deepEqual(await buildsOfDeployment('unwanted', unwanted), [['A']]);
    assert.deepEqual(await buildsOfDeployment('ours', next), [['B']]);
    assert.deepEqual(await buildsOfDeployment('other', other), [['B']]);
    assert.deepEqual(await buildsOf(stack, serviceLockId('ours')), [['A'], ['B']]);
    await stack.kill('worker');
  });

  if (process.env.WL_TEST_FULL !== '1') return;

  it('shows a rollout whose build has no worker any more, and ends it on the build that it is moved to', async () => {
    const strand = async ([id = '']: string[]) => {
      c = await startWorker(stack, 'C');
      await makeCurrent(stack, 'C');
      await b.stop();
      const isStranded = async () => (await view(stack, 'stranded', id)).waitingForWorker;
      await eventually('it waits for a worker', isStranded, 90);
      assert.equal((await view(stack, 'stranded', id)).workerVersion, 'wonderland:B');
      return { id, successor: await deploy('stranded', { tag: 'v2' }) };
    };
    const { id, successor } = await during(['stranded'], strand);

    await move(stack, 'B', 'C');
    assert.equal((await verdictOf(stack, 'stranded', id)).code, 'succeeded');
    assert.equal((await verdictOf(stack, 'stranded', successor)).code, 'succeeded');
    assert.deepEqual(await buildsOfDeployment('stranded', id), [['B', 'C']]);
  });
});
