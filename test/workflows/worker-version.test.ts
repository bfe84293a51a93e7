import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { settleVersion, type WorkerVersion } from '../../src/worker-version.ts';
import { haveWorker, readWorkers, UNVERSIONED } from '../../src/workers.ts';
import { eventually } from '../setup/eventually.ts';
import { bundle, startTemporal } from '../setup/temporal.ts';

const QUEUE = 'versions';
const version = (buildId: string): WorkerVersion => ({ deploymentName: 'wonderland', buildId });

describe('versions of workers', function () {
  this.timeout(60_000);
  let temporal: TestWorkflowEnvironment;
  let code: WorkflowBundleWithSourceMap;
  const running: { worker: Worker; ended: Promise<void> }[] = [];

  before(async () => {
    temporal = await startTemporal();
    code = (await bundle(fileURLToPath(new URL('../../src/workflows/lock.ts', import.meta.url)))).bundle;
  });
  after(async () => {
    for (const { worker } of running) worker.shutdown();
    await Promise.all(running.map(({ ended }) => ended));
    await temporal.teardown();
  });

  const start = async (buildId?: string): Promise<void> => {
    const worker = await Worker.create({
      connection: temporal.nativeConnection,
      taskQueue: QUEUE,
      workflowBundle: code,
      ...(buildId !== undefined && {
        workerDeploymentOptions: {
          useWorkerVersioning: true,
          version: version(buildId),
          defaultVersioningBehavior: 'PINNED' as const,
        },
      }),
    });
    running.push({ worker, ended: worker.run() });
  };
  const workers = () => readWorkers(temporal.client, QUEUE);
  const polls = (name: string) =>
    eventually(`${name} polls`, async () => {
      const found = await workers();
      return found.polling.has(name) && found;
    });

  it('are not needed: without any, new changes go to workers that have none', async () => {
    assert.equal(haveWorker(await workers()), false);
    await start();
    const found = await polls(UNVERSIONED);
    assert.deepEqual([haveWorker(found), haveWorker(found, 'wonderland:one')], [true, false]);
  });

  it('become current by themselves only when there never was another, not when an operator wants none', async () => {
    await start('one');
    assert.equal(await settleVersion(temporal.client, version('one')), true);
    assert.equal(await settleVersion(temporal.client, version('one')), true, 'once more, as after a restart');
    assert.equal((await workers()).current, 'wonderland:one');

    await start('two');
    assert.equal(await settleVersion(temporal.client, version('two')), false);
    const found = await polls('wonderland:two');
    assert.deepEqual(
      [found.current, haveWorker(found), haveWorker(found, 'wonderland:two')],
      ['wonderland:one', true, true],
    );

    const { workflowService, options } = temporal.client;
    const { namespace, identity } = options;
    const none = { namespace, identity, deploymentName: 'wonderland', buildId: '' };
    await workflowService.setWorkerDeploymentCurrentVersion({ ...none, ignoreMissingTaskQueues: true });
    assert.equal(await settleVersion(temporal.client, version('one')), false);
    const isUnversioned = async () => (await workers()).current === UNVERSIONED;
    await eventually('no version is current', isUnversioned);
  });
});
