import assert from 'node:assert/strict';
import { missing, running, runningAlready, withoutRecord, withoutRoom, withoutService } from '../support/service.ts';
import { deploy, describeInSkippedTime } from '../support/skipping.ts';
import { assertEnteredAt, assertLineAt, assertTellsNot, linesOf } from '../support/told.ts';

describeInSkippedTime('the patience of a deployment', () => {
  it('looks for room three times, thirty seconds apart', async () => {
    const told = await deploy({ observed: [withoutRoom] });
    assertLineAt(told, 'start', 'This is try 1', 0);
    assertLineAt(told, 'start', 'This is try 2', 30);
    assertLineAt(told, 'start', 'This is try 3', 60);
    assertEnteredAt(told, 'start', 'failed', 60);
    assert.equal(told.verdict.code, 'capacity');
  });

  it('goes on when there is room at the second try', async () => {
    const told = await deploy({ observed: [withoutRoom, running] });
    assertEnteredAt(told, 'start', 'acting', 30);
    assert.equal(told.verdict.code, 'succeeded');
  });

  it('looks once more when what it found, and left as it was, is gone', async () => {
    const told = await deploy({ observed: [runningAlready, withoutService], standing: missing });
    assertLineAt(told, 'start', '! The ECS service is MISSING', 30);
    const lines = linesOf(told, ['observing', 'preflight', 'acting']);
    assert.ok(lines.some(([, text]) => text.startsWith('Creating ECS service')));
    assert.equal(told.verdict.code, 'succeeded');
  });

  it('looks no third time', async () => {
    const told = await deploy({ observed: [runningAlready], standing: missing });
    assertEnteredAt(told, 'start', 'failed', 60);
    assert.equal(told.verdict.code, 'deploy_failed');
  });

  it('gives up reading after two minutes', async () => {
    const told = await deploy({ failing: ['observe'] });
    // Tries are 0.5, 1, 2, 4, 8 and then 10 s apart; the next one would be too late.
    assertEnteredAt(told, 'observing', 'failed', 115.5);
    assert.equal(told.verdict.code, 'upstream');
  });

  it('gives up writing after five minutes, and putting back after five more', async () => {
    const told = await deploy({ failing: ['updateService'] });
    assertLineAt(told, 'acting', 'Deployment failed: updateService: AWS answers 500', 295.5);
    assertLineAt(told, 'rolling-back', 'Rolling back failed: updateService: AWS answers 500', 295.5);
    // ECS may still be set to it.
    assertTellsNot(told, 'Deleting old ECS Task Definition');
    assert.match(told.verdict.hint ?? '', /^`wl status web` .*; `wl rollback web` goes to the last release/);
    assert.equal(told.verdict.code, 'deploy_failed');
  });

  it('waits after the gates until the record is INSYNC, asking every five seconds', async () => {
    const told = await deploy({ observed: [withoutRecord], inSyncSeconds: 37.5 });
    assertLineAt(told, 'settling', 'Marking deployment', 5 + 35);
    assert.equal(told.verdict.code, 'succeeded');
  });

  it('warns, and succeeds, when the record is not INSYNC within ten minutes', async () => {
    const told = await deploy({ observed: [withoutRecord], inSyncSeconds: 3_600 });
    // Asked every 5 s; the next time would be too late.
    assertLineAt(told, 'settling', '! The DNS change: ', 5 + 595);
    assertLineAt(told, 'settling', 'Deployment successful', 5 + 595);
    assert.equal(told.verdict.code, 'succeeded');
  });
});
