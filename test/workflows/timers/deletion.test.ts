import assert from 'node:assert/strict';
import { complete, DOMAIN, holdings, INCARNATION, starting } from '../support/service.ts';
import type { Script } from '../support/script.ts';
import { describeInSkippedTime, play } from '../support/skipping.ts';
import { assertEnteredAt, assertLineAt, assertLines, linesOf, type Told } from '../support/told.ts';

const remove = async (script: Script): Promise<Told> => {
  const change = await play(script);
  return change.end(await change.remove());
};

const removeAndCancel = async (seconds: number, script: Script): Promise<Told> => {
  const change = await play(script);
  const deletion = await change.remove();
  await change.skip(seconds);
  await change.cancel(deletion);
  return change.end(deletion);
};

describeInSkippedTime('a deletion', () => {
  it('waits until nobody is sent to the service any more, and then until it has drained', async () => {
    const told = await remove({ inSyncSeconds: 12.5, drainSeconds: 50 });
    assertLines(
      told,
      ['switching-dns', 'retiring'],
      [
        [0, `Removing the record ${DOMAIN}`],
        [15, 'Waiting 60s for resolvers to forget the old address'],
        [75, `Draining ECS service ${INCARNATION}`],
        // Asked after 2, 5, 9.5, 16.25 s and then every 10 s.
        [75 + 56.25, `Deleting ELB ${INCARNATION}`],
        [75 + 56.25, `Deleting ECS service ${INCARNATION}`],
        [75 + 56.25, 'Deleting old ECS Task Definition service-web:7'],
        [75 + 56.25, 'Deleting the Route 53 health checks'],
        [75 + 56.25, 'Deleting the notification topic'],
        [75 + 56.25, 'Deleting the board'],
        [75 + 56.25, 'Deleted web'],
      ],
    );
    assert.equal(told.verdict.code, 'succeeded');
  });

  it('waits for resolvers when the record is gone already, perhaps by a deletion that broke off there', async () => {
    const told = await remove({ holdings: { ...holdings, aliases: { domains: [], balancers: [] } } });
    assertEnteredAt(told, 'switching-dns', 'retiring', 60);
    assert.equal(told.verdict.code, 'succeeded');
  });

  it('waits for nobody where there is no load balancer', async () => {
    const aliases = { domains: [], balancers: [] };
    const told = await remove({ holdings: { ...holdings, aliases, balancers: [] } });
    assertEnteredAt(told, 'start', 'retiring', 0);
    assert.equal(told.verdict.code, 'succeeded');
  });

  it('takes nothing away but the record when that is not INSYNC within ten minutes', async () => {
    const told = await remove({ inSyncSeconds: 3_600 });
    assertEnteredAt(told, 'switching-dns', 'failed', 595);
    assert.deepEqual(
      linesOf(told, ['switching-dns', 'retiring']).map(([, text]) => text),
      [`Removing the record ${DOMAIN}`],
    );
    assert.equal(told.verdict.code, 'unavailable');
  });

  it('goes on when somebody cancels it while it waits for resolvers', async () => {
    const told = await removeAndCancel(42, {});
    assertLineAt(told, 'switching-dns', '! grace asked to cancel', 42);
    assertEnteredAt(told, 'switching-dns', 'retiring', 60);
    assert.equal(told.verdict.code, 'succeeded');
  });

  it('goes on when somebody cancels it while it drains', async () => {
    const told = await removeAndCancel(80, { drainSeconds: 50 });
    assertLineAt(told, 'retiring', '! grace asked to cancel', 20);
    assertLineAt(told, 'retiring', 'Deleted web', 56.25);
    assert.equal(told.verdict.code, 'succeeded');
  });

  it('says what it could not delete, also when somebody has cancelled it in Temporal meanwhile', async () => {
    const change = await play({ failing: ['deleteBalancer'] });
    const deletion = await change.remove();
    await change.skip(42);
    await deletion.cancel();
    const { verdict } = await change.end(deletion);
    assert.equal(verdict.code, 'upstream');
    assert.match(verdict.message, /stopped before everything was deleted: deleteBalancer: AWS answers 500$/);
  });

  it('is given up at once when somebody cancels it while it waits for its turn', async () => {
    const change = await play({ rollouts: [[[0, starting]], [[0, complete]]] });
    const holder = await change.deploy();
    await change.skip(10);
    const deletion = await change.remove();
    await change.skip(23);
    await change.cancel(deletion);
    const told = await change.end(deletion);
    assertEnteredAt(told, 'start', 'cancelled', 23);
    assert.match(told.verdict.message, /Nothing was changed\.$/);
    await change.end(holder);
  });
});
