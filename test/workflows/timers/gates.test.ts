import assert from 'node:assert/strict';
import type { Moment } from '../support/script.ts';
import { complete, specOf, starting, unhealthy, withStopped } from '../support/service.ts';
import { deploy, describeInSkippedTime } from '../support/skipping.ts';
import { assertEnteredAt, assertLineAt } from '../support/told.ts';

const AT_ONCE: Moment[] = [[0, complete]];

describeInSkippedTime('the gates', () => {
  it('settle for five seconds', async () => {
    const rollout: Moment[] = [
      [0, starting],
      [20.5, complete],
    ];
    const told = await deploy({ rollouts: [rollout] });
    assertEnteredAt(told, 'settling', 'finishing', 5);
  });

  it('settle for as long as the manifest says', async () => {
    const told = await deploy({ rollouts: [AT_ONCE] }, specOf({ settleSeconds: 47 }));
    assertEnteredAt(told, 'settling', 'finishing', 47);
  });

  it('settle twice as long after a task of ours has stopped', async () => {
    const rollout: Moment[] = [
      [0, starting],
      [20.5, withStopped(complete, 1)],
    ];
    const told = await deploy({ rollouts: [rollout] });
    assertEnteredAt(told, 'settling', 'finishing', 10);
  });

  it('begin to settle anew, twice as long, when a task of ours stops meanwhile', async () => {
    const rollout: Moment[] = [
      [0, complete],
      [30, withStopped(complete, 1)],
    ];
    const told = await deploy({ rollouts: [rollout] }, specOf({ settleSeconds: 60 }));
    assertEnteredAt(told, 'settling', 'finishing', 30 + 120);
  });

  it('wait for an instance that left service, and settle anew when it is back', async () => {
    const rollout: Moment[] = [
      [0, complete],
      [30, unhealthy],
      [90, complete],
    ];
    const told = await deploy({ rollouts: [rollout] }, specOf({ settleSeconds: 60 }));
    assertEnteredAt(told, 'settling', 'finishing', 90 + 60);
    assert.equal(told.verdict.code, 'succeeded');
  });

  it('have a limit of their own', async () => {
    const rollout: Moment[] = [
      [0, starting],
      [100, complete],
      [130, unhealthy],
    ];
    const told = await deploy({ rollouts: [rollout, AT_ONCE] }, specOf({ settleSeconds: 60 }));
    const failed = 'Deployment failed: The service did not stay healthy within 180 s after the update';
    assertLineAt(told, 'health-gate', `${failed}: instance i-4 is OutOfService`, 180);
    assert.equal(told.verdict.code, 'deploy_failed_rolled_back');
  });
});
