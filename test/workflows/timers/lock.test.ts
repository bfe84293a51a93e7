import assert from 'node:assert/strict';
import type { Moment } from '../support/script.ts';
import { complete, specOf, starting } from '../support/service.ts';
import { deploy, describeInSkippedTime, play } from '../support/skipping.ts';
import { assertLineAt } from '../support/told.ts';

describeInSkippedTime('the lock of a service', () => {
  it('lets the last call of a holder that was terminated come in: nine seconds', async () => {
    const told = await deploy({ terminatedSecondsAgo: 3 });
    assertLineAt(told, 'start', 'This is try 1', 6);
  });

  it('does not wait for what was terminated before that', async () => {
    const told = await deploy({ terminatedSecondsAgo: 9.5 });
    assertLineAt(told, 'start', 'This is try 1', 0);
  });

  it('is had within five seconds after its holder has ended without releasing it', async () => {
    const change = await play({ rollouts: [[[0, starting]], [[0, complete]]] });
    const holder = await change.deploy(specOf({ timeoutSeconds: 3_600 }));
    await change.skip(12);
    const waiter = await change.deploy();
    // Between two lines of the holder and two questions of the waiter.
    await change.skip(23);
    await change.terminate(holder);
    const told = await change.end(waiter);
    assertLineAt(told, 'start', 'This is try 1', 25);
    assert.equal(told.verdict.code, 'succeeded');
  });

  it('is had at once when its holder releases it', async () => {
    const rollout: Moment[] = [
      [0, starting],
      [62, complete],
    ];
    const change = await play({ rollouts: [rollout, [[0, complete]]] });
    const holder = await change.deploy();
    await change.skip(11);
    const waiter = await change.deploy();
    assertLineAt(await change.end(holder), 'start', 'Deployment successful', 67);
    assertLineAt(await change.end(waiter), 'start', 'This is try 1', 67 - 11);
  });
});
