import assert from 'node:assert/strict';
import type { Moment } from '../support/script.ts';
import {
  INCARNATION,
  notWhole,
  renamed,
  replacing,
  running,
  starting,
  unhealthy,
  withLongTtl,
} from '../support/service.ts';
import { deploy, deployAndCancel, describeInSkippedTime } from '../support/skipping.ts';
import { assertEnteredAt, assertLineAt, assertLines, assertTellsNot } from '../support/told.ts';

const NEVER: Moment[] = [[0, starting]];
const BUSY = `! ELB ${INCARNATION} still had requests after 600 s, and is deleted now`;
const GONE = 'Deleting old ECS Task Definition service-web:7';

describeInSkippedTime('a replacement', () => {
  it('switches after the gates, waits for resolvers and for a minute without requests, and then removes the old', async () => {
    const told = await deploy({ inSyncSeconds: 12.5 }, replacing());
    // INSYNC at the third question, 15 s after the switch.
    assertLines(
      told,
      ['switching-dns'],
      [
        [0, told.events.flatMap((e) => (e.type === 'line' && e.text.startsWith('Letting ') ? e.text : []))[0] ?? ''],
        [15, 'Waiting 60s for resolvers to forget the old address'],
      ],
    );
    assertEnteredAt(told, 'settling', 'switching-dns', 5);
    assertEnteredAt(told, 'switching-dns', 'finishing', 15 + 60);
    assertLineAt(told, 'retiring', `Waiting for ELB ${INCARNATION} to have no request for 60s`, 0);
    assertLineAt(told, 'retiring', GONE, 60);
    assert.equal(told.verdict.code, 'succeeded');
  });

  it('waits as long as the old record may be remembered', async () => {
    const told = await deploy({ observed: [withLongTtl] }, replacing());
    assertLineAt(told, 'switching-dns', 'Waiting 600s for resolvers', 0);
    assertEnteredAt(told, 'switching-dns', 'finishing', 600);
  });

  it('waits as long as the configuration says', async () => {
    const world = { ...running, waits: { dnsSeconds: 7, idleSeconds: 90 } };
    const told = await deploy({ observed: [world] }, replacing());
    assertEnteredAt(told, 'switching-dns', 'finishing', 7);
    assertLineAt(told, 'retiring', GONE, 90);
  });

  it('lets the old one go only after a whole minute without requests', async () => {
    const told = await deploy({ requestsSeconds: 150 }, replacing());
    // Counted every minute: the requests of the third one are seen at its end.
    assertLineAt(told, 'retiring', GONE, 240);
  });

  it('lets it go after ten minutes although somebody still uses it, and says so', async () => {
    const told = await deploy({ requestsSeconds: 3_600 }, replacing());
    assertLineAt(told, 'retiring', BUSY, 600);
    assertLineAt(told, 'retiring', GONE, 600);
    assert.equal(told.verdict.code, 'succeeded');
  });

  it('keeps to the ten minutes whatever the configuration says', async () => {
    const world = { ...running, waits: { dnsSeconds: 60, idleSeconds: 90 } };
    const told = await deploy({ observed: [world], requestsSeconds: 3_600 }, replacing());
    assertLineAt(told, 'retiring', BUSY, 600);
  });

  it('deletes the old load balancer only when the old tasks have drained', async () => {
    const told = await deploy({ drainSeconds: 200 }, replacing());
    // Asked after 2, 5, 9.5 and 16.25 s and then every 10 s.
    assertLineAt(told, 'retiring', GONE, 60 + 206.25);
  });

  it('takes nothing away when the switch is not INSYNC within ten minutes', async () => {
    const told = await deploy({ inSyncSeconds: 3_600 }, replacing());
    assertLineAt(told, 'switching-dns', '! The DNS change: ', 595);
    assert.equal(told.verdict.code, 'succeeded');
    assert.equal(
      told.events.some((e) => e.type === 'phase' && e.phase === 'retiring'),
      false,
    );
  });

  it('takes nothing away while the old name still points to it, and leaves that to the next change', async () => {
    let left: string[] | undefined;
    const told = await deploy(
      {
        observed: [renamed],
        failing: ['removeAliases'],
        tagged: ({ leftDomains }) => {
          left = leftDomains;
        },
      },
      replacing(),
    );
    assertLineAt(told, 'switching-dns', '! The old record: removeAliases: AWS answers 500', 295.5);
    assert.equal(told.verdict.code, 'succeeded');
    assert.deepEqual(left, ['old.example.com']);
    assertTellsNot(told, GONE);
  });

  it('takes the record back when it could not be switched, and the new one away after resolvers have forgotten it', async () => {
    const told = await deploy({ failing: ['upsertAlias'] }, replacing());
    assertLineAt(told, 'switching-dns', 'Deployment failed: upsertAlias: AWS answers 500', 295.5);
    assertLineAt(told, 'rolling-back', 'Waiting 60s for resolvers', 0);
    assertLineAt(told, 'rolling-back', 'Rolled back: web:7 serves again', 60 + 5);
    assert.equal(told.verdict.code, 'deploy_failed_rolled_back');
  });

  it('that fails beside an old one that was not whole before ends so at once', async () => {
    const told = await deploy(
      { observed: [notWhole], rollouts: [NEVER], standing: unhealthy },
      replacing({ timeoutSeconds: 25 }),
    );
    assertEnteredAt(told, 'rolling-update', 'failed', 25);
    assert.equal(told.verdict.code, 'deploy_failed');
    assert.match(told.verdict.message, / failed: web:7 is as it was before, which was not whole$/);
  });

  describe('that somebody cancels', () => {
    it('is given up while its gates are waited for, and what it made is removed', async () => {
      const told = await deployAndCancel(42, { rollouts: [NEVER] }, replacing());
      assertLineAt(told, 'rolling-update', 'Deployment cancelled by grace', 42);
      assertLineAt(told, 'rolling-update', 'Rolled back: web:7 serves again', 42 + 5);
      assert.equal(told.verdict.code, 'cancelled');
    });

    it('does not wait for the old one where that was not whole before, and says so', async () => {
      const told = await deployAndCancel(
        42,
        { observed: [notWhole], rollouts: [NEVER], standing: unhealthy },
        replacing(),
      );
      assertLineAt(told, 'rolling-update', 'Rolled back: web:7 is as it was before, which was not whole', 42);
      assert.equal(told.verdict.code, 'cancelled');
      assert.match(told.verdict.message, /by grace: web:7 is as it was before, which was not whole\.$/);
    });

    it('looks again at an old one that was not whole before', async () => {
      const told = await deployAndCancel(42, { observed: [notWhole], rollouts: [NEVER] }, replacing());
      assertLineAt(told, 'rolling-update', 'Rolled back: web:7 serves again', 42 + 5);
      assert.equal(told.verdict.code, 'cancelled');
    });

    it('does not say that the old one serves when it does not', async () => {
      const told = await deployAndCancel(42, { rollouts: [NEVER], standing: unhealthy }, replacing());
      assertLineAt(told, 'rolling-update', 'Rolling back failed: service-web:7 does not serve: ', 42 + 180);
      assert.equal(told.verdict.code, 'deploy_failed');
      assert.match(told.verdict.message, /could not be put back: service-web:7 does not serve: /);
    });

    it('goes on while it waits for resolvers', async () => {
      const told = await deployAndCancel(42, {}, replacing());
      assertLineAt(told, 'switching-dns', '! grace asked to cancel', 42 - 5);
      assertEnteredAt(told, 'switching-dns', 'finishing', 60);
      assert.equal(told.verdict.code, 'succeeded');
    });

    it('goes on while it waits for the old one to be idle', async () => {
      const told = await deployAndCancel(102, {}, replacing());
      assertLineAt(told, 'retiring', '! grace asked to cancel', 102 - 65);
      assertLineAt(told, 'retiring', GONE, 60);
      assert.equal(told.verdict.code, 'succeeded');
    });
  });
});
