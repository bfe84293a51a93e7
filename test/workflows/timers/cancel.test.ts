import assert from 'node:assert/strict';
import type { Moment } from '../support/script.ts';
import { complete, specOf, starting, withoutRecord, withoutRoom } from '../support/service.ts';
import { deployAndCancel, describeInSkippedTime } from '../support/skipping.ts';
import { assertEnteredAt, assertLineAt } from '../support/told.ts';

const NEVER: Moment[] = [[0, starting]];
const after60: Moment[] = [
  [0, starting],
  [60, complete],
];

describeInSkippedTime('a cancel', () => {
  it('is obeyed at once while room is waited for, and nothing was changed', async () => {
    const told = await deployAndCancel(42, { observed: [withoutRoom] });
    assertEnteredAt(told, 'start', 'cancelled', 42);
    assert.match(told.verdict.message, /cancelled by grace: Nothing was changed\.$/);
  });

  it('is obeyed at once while the rolling update is waited for', async () => {
    const told = await deployAndCancel(42, { rollouts: [NEVER, after60] });
    assertLineAt(told, 'rolling-update', 'Deployment cancelled by grace', 42);
    assertLineAt(told, 'rolling-update', 'Rolled back: web:7 serves again', 42 + 60 + 5);
    assert.equal(told.verdict.code, 'cancelled');
  });

  it('is obeyed at once while the release settles', async () => {
    const told = await deployAndCancel(42, {}, specOf({ settleSeconds: 600 }));
    assertLineAt(told, 'settling', 'Deployment cancelled by grace', 42);
    assert.equal(told.verdict.code, 'cancelled');
  });

  it('is noted, not obeyed, while something is put back', async () => {
    const told = await deployAndCancel(67, { rollouts: [NEVER, after60] }, specOf({ timeoutSeconds: 25 }));
    assertLineAt(told, 'rolling-update', '! grace asked to cancel', 67);
    assertLineAt(told, 'rolling-update', 'Rolled back: web:7 serves again', 25 + 60 + 5);
    assert.equal(told.verdict.code, 'deploy_failed_rolled_back');
  });

  it('is noted, not obeyed, once the release serves', async () => {
    const told = await deployAndCancel(67, { observed: [withoutRecord], inSyncSeconds: 120 });
    assertLineAt(told, 'settling', '! grace asked to cancel', 67);
    assert.equal(told.verdict.code, 'succeeded');
  });
});
