import assert from 'node:assert/strict';
import { countdown, oldTasks, tooLong, waiting } from '../support/lines.ts';
import type { Moment } from '../support/script.ts';
import {
  checkedOtherwise,
  complete,
  draining,
  missing,
  oneRuns,
  oneServes,
  specOf,
  starting,
  stoppingSlowly,
  unhealthy,
  withoutPlace,
  withStopped,
} from '../support/service.ts';
import { deploy, describeInSkippedTime } from '../support/skipping.ts';
import { assertLineAt, assertLines, linesOf } from '../support/told.ts';

const AT_ONCE: Moment[] = [[0, complete]];
const NEVER: Moment[] = [[0, starting]];

describeInSkippedTime('a rolling update', () => {
  it('says every ten seconds how long it is still waited for', async () => {
    const rollout: Moment[] = [
      [0, starting],
      [123.5, complete],
    ];
    const told = await deploy({ rollouts: [rollout] });
    assertLines(told, ['rolling-update'], [...countdown(180, 60), [123.5, 'Rolling update completed successfully.']]);
    assert.equal(told.verdict.code, 'succeeded');
  });

  it('ends at its timeout and goes back, with a countdown of its own', async () => {
    const back: Moment[] = [
      [0, starting],
      [31.5, complete],
    ];
    const told = await deploy({ rollouts: [NEVER, back] });
    assertLines(
      told,
      ['rolling-update', 'rolling-back'],
      [
        ...countdown(180, 10),
        [180, `Deployment failed: ${tooLong(180)}: 2 of 2 tasks never started (still PENDING)`],
        [180, 'Rolling back to web:7'],
        ...countdown(180, 150, 180),
        [211.5, 'The old revision is complete again.'],
      ],
    );
    assert.equal(told.verdict.code, 'deploy_failed_rolled_back');
  });

  it('is waited for no longer than its timeout when that is no multiple of ten', async () => {
    const told = await deploy({ rollouts: [NEVER, AT_ONCE] }, specOf({ timeoutSeconds: 25 }));
    const texts = linesOf(told, ['rolling-update']).map(([, text]) => text);
    assert.deepEqual(texts.slice(0, 3), [waiting(25), waiting(15), waiting(5)]);
    assert.ok(texts[3]?.startsWith('Deployment failed: '));
    assertLineAt(told, 'rolling-update', `Deployment failed: ${tooLong(25)}`, 25);
  });

  it('has another limit for old tasks, counted from when the new ones serve', async () => {
    const rollout: Moment[] = [
      [0, starting],
      [31.5, draining],
    ];
    const told = await deploy({ rollouts: [rollout, AT_ONCE] });
    const texts = linesOf(told, ['rolling-update']).map(([, text]) => text);
    const lefts = texts.flatMap((text) => /^Waiting for old tasks .*in (\d+)s/.exec(text)?.[1] ?? []).map(Number);
    assert.ok(lefts.length >= 41);
    for (const left of lefts) assertLineAt(told, 'rolling-update', oldTasks(left), 31.5 + 420 - left);
    assertLineAt(told, 'rolling-update', 'Deployment failed: Old tasks were not gone within 420 s', 31.5 + 420);
    assert.equal(told.verdict.code, 'deploy_failed_rolled_back');
  });

  it('gives old tasks as long as their own revision says', async () => {
    const told = await deploy({ observed: [stoppingSlowly], rollouts: [[[0, draining]], AT_ONCE] });
    assertLineAt(told, 'rolling-update', 'Deployment failed: Old tasks were not gone within 960 s', 960);
  });

  it('is put back within a limit of its own, and it is said when that was not enough', async () => {
    const told = await deploy({ rollouts: [NEVER, NEVER] }, specOf({ timeoutSeconds: 25 }));
    assertLineAt(told, 'rolling-update', 'Deployment failed: ', 25);
    assertLineAt(told, 'rolling-update', `Rolling back failed: ${tooLong(180)}`, 25 + 180);
    assertLineAt(told, 'rolling-update', 'Deleting old ECS Task Definition service-web:8', 25 + 180);
    assert.equal(told.verdict.code, 'deploy_failed');
  });

  it('that touches the load balancer alone is put back, and what ran before is watched all the same', async () => {
    const isSick = { observed: [checkedOtherwise], standing: unhealthy };
    const told = await deploy(isSick, specOf({ timeoutSeconds: 25 }));
    assertLineAt(told, 'rolling-update', 'Deployment failed: ', 25);
    assertLineAt(told, 'rolling-update', 'Rolling back failed: service-web:7 does not serve: ', 25 + 180);
    assert.equal(told.verdict.code, 'deploy_failed');
  });

  describe('that fails fast', () => {
    const crashing: Moment[] = [
      [0, starting],
      [12.5, withStopped(starting, 2)],
      [42.5, withStopped(starting, 3)],
      [72.5, withStopped(starting, 5)],
    ];

    it('ends with the third task that stops for one reason', async () => {
      const told = await deploy({ rollouts: [crashing, AT_ONCE] });
      assertLineAt(told, 'rolling-update', 'Deployment failed: 3 tasks stopped for one reason', 42.5);
    });

    it('ends with as many as the manifest says', async () => {
      const told = await deploy({ rollouts: [crashing, AT_ONCE] }, specOf({ failures: 4 }));
      assertLineAt(told, 'rolling-update', 'Deployment failed: 5 tasks stopped for one reason', 72.5);
    });

    it('ends when ECS finds no place and nothing has moved for three of its tries', async () => {
      const rollout: Moment[] = [
        [0, starting],
        [4, { ...oneServes, ours: { running: 1, pending: 0 }, stuck: withoutPlace.stuck ?? '' }],
      ];
      const told = await deploy({ rollouts: [rollout, AT_ONCE] });
      // After 34 s, which is seen at the next line.
      assertLineAt(
        told,
        'rolling-update',
        'Deployment failed: 1 of 2 tasks find no place: ECS was unable to place',
        40,
      );
    });

    it('does not end so while an old task is on its way out', async () => {
      const rollout: Moment[] = [
        [0, { ...withoutPlace, oldStopping: 1 }],
        [65.5, withoutPlace],
      ];
      const told = await deploy({ rollouts: [rollout, AT_ONCE] });
      assertLineAt(told, 'rolling-update', 'Deployment failed: 2 of 2 tasks find no place', 65.5);
    });

    it('ends when the service is not there for longer than DescribeServices may be behind', async () => {
      const told = await deploy({ rollouts: [[[0, missing]], AT_ONCE] });
      assertLineAt(told, 'rolling-update', 'Deployment failed: The ECS service is MISSING', 30);
    });

    it('goes on when the service shows up before that', async () => {
      const rollout: Moment[] = [
        [0, missing],
        [24.5, starting],
        [44.5, complete],
      ];
      const told = await deploy({ rollouts: [rollout] });
      assertLineAt(told, 'rolling-update', 'Rolling update completed successfully.', 44.5);
    });
  });

  describe('with a limit for no progress', () => {
    const spec = specOf({ progressTimeoutSeconds: 40 });
    const notMoved = 'Deployment failed: The rolling update has not moved on for 40 s';

    it('ends when nothing moves', async () => {
      const told = await deploy({ rollouts: [NEVER, AT_ONCE] }, spec);
      assertLineAt(told, 'rolling-update', notMoved, 40);
      assert.equal(told.verdict.code, 'deploy_failed_rolled_back');
    });

    it('ends so long after the last thing that moved', async () => {
      const rollout: Moment[] = [
        [0, starting],
        [33, oneRuns],
      ];
      const told = await deploy({ rollouts: [rollout, AT_ONCE] }, spec);
      assertLineAt(told, 'rolling-update', notMoved, 73);
    });

    it('does not count what is as it was before', async () => {
      const rollout: Moment[] = [
        [0, oneRuns],
        [15, starting],
        [30, oneRuns],
      ];
      const told = await deploy({ rollouts: [rollout, AT_ONCE] }, spec);
      assertLineAt(told, 'rolling-update', notMoved, 40);
    });

    it('takes as long as it moves', async () => {
      const rollout: Moment[] = [
        [0, starting],
        [35, oneRuns],
        [70, oneServes],
        [105, complete],
      ];
      const told = await deploy({ rollouts: [rollout] }, spec);
      assertLineAt(told, 'rolling-update', 'Rolling update completed successfully.', 105);
    });

    it('ends at its timeout although it moves', async () => {
      const rollout: Moment[] = [
        [0, starting],
        [35, oneRuns],
        [70, oneServes],
      ];
      const told = await deploy(
        { rollouts: [rollout, AT_ONCE] },
        specOf({ progressTimeoutSeconds: 40, timeoutSeconds: 80 }),
      );
      assertLineAt(told, 'rolling-update', `Deployment failed: ${tooLong(80)}`, 80);
    });

    it('does not hurry the way back', async () => {
      const back: Moment[] = [
        [0, starting],
        [100, complete],
      ];
      const told = await deploy({ rollouts: [NEVER, back] }, spec);
      assertLineAt(told, 'rolling-update', 'Rolled back: web:7 serves again', 40 + 100 + 5);
      assert.equal(told.verdict.code, 'deploy_failed_rolled_back');
    });

    it('keeps to its countdown', async () => {
      const rollout: Moment[] = [
        [0, starting],
        [42, oneRuns],
        [73.5, complete],
      ];
      const told = await deploy({ rollouts: [rollout] }, specOf({ progressTimeoutSeconds: 45 }));
      assertLines(told, ['rolling-update'], [...countdown(180, 110), [73.5, 'Rolling update completed successfully.']]);
    });
  });
});
