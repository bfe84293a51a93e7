import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../setup/eventually.ts';
import { createRandom, seed } from '../setup/random.ts';
import { startStack, type Stack } from '../setup/stack.ts';
import { post, view } from './support/api.ts';
import { journalEnd } from './support/aws.ts';
import { crash, killAndStart, untilUp } from './support/kills.ts';
import {
  assertRolledOnce,
  delaysOf,
  manifestFor,
  startRollout,
  type Figures,
  type Rollout,
  type Takeover,
} from './support/rolled.ts';

const SERVICES = ['dur-a', 'dur-b', 'dur-c', 'dur-d'];
/** Of the local cloud: slow enough that there is something to interrupt. */
const SPEED = 15;
/** Of the forty mutating calls of four rollouts; after it each of them has some left. */
const LAST_MOMENT = 20;
/** With these they are at most begun. What follows is waiting, so a kill may come a little later. */
const BEGUN = 12;
const LATER_MILLISECONDS = 1_000;
const isFull = process.env.WL_TEST_FULL === '1';

describe(`Durability (seed ${seed})`, function () {
  this.timeout(300_000);
  const random = createRandom();
  const between = (low: number, high: number) => low + random() * (high - low);
  const delays: number[] = [];
  let stack: Stack;
  let version = 1;

  before(async () => {
    stack = await startStack({ speed: SPEED });
  });
  after(() => {
    const sorted = delays.toSorted((a, b) => a - b).map((d) => d.toFixed(1));
    if (sorted.length > 0)
      console.log(`    from the next worker's being ready to its first call: ${sorted.join(', ')} s`);
  });

  /**
   * Rolls all services to the next version, one after the other by a little, so that a kill meets each elsewhere.
   * Resolves when all are accepted: from then on `wl` follows.
   */
  async function startRollouts(): Promise<Rollout[]> {
    await untilUp(stack);
    version += 1;
    const rollouts: Rollout[] = [];
    for (const service of SERVICES) {
      rollouts.push(await startRollout(stack, { service, tag: `v${version}` }));
      await sleep(between(0, 1_000));
    }
    for (const { service, wl } of rollouts)
      await eventually(`${service} is accepted`, () => /^Account /m.test(wl.stderr()));
    return rollouts;
  }

  async function assertAllRolledOnce(rollouts: Rollout[]): Promise<void> {
    const figures = await Promise.all(rollouts.map((rollout) => assertRolledOnce(stack, rollout)));
    const list = (name: keyof Figures) => figures.map((f) => f[name].toFixed(0)).join(' ');
    console.log(`    seconds ${list('seconds')}, events ${list('historyEvents')}, calls ${list('awsCalls')}`);
    for (const { historyEvents } of figures) assert.ok(historyEvents <= 300, `${historyEvents} events`);
  }

  /** Resolves a little after the rollouts have made so many mutating calls together. */
  async function momentAt(calls: number, rollouts: Rollout[]): Promise<void> {
    const after = String(rollouts[0]?.after ?? 0);
    const count = async () => (await stack.journal({ mutating: 'true', after })).length;
    await eventually(`${calls} mutating calls`, async () => (await count()) >= calls, 120);
    if (calls <= BEGUN) await sleep(between(0, LATER_MILLISECONDS));
    assert.ok(
      rollouts.some((r) => r.endedAt() === undefined),
      `nothing was rolling any more after ${calls} calls`,
    );
  }

  const oneMoment = (): number => Math.ceil(between(0, LAST_MOMENT));

  async function takeOver(rollouts: Rollout[], killed: () => Promise<unknown>): Promise<Takeover> {
    const hit = rollouts.filter(({ endedAt }) => endedAt() === undefined).map(({ service }) => service);
    await killed();
    return { hit, readyAt: Date.now(), after: await journalEnd(stack) };
  }

  it('accepts deployments while no worker runs, says that they wait for one, and carries them out later', async () => {
    await stack.kill('worker');
    const after = await journalEnd(stack);
    const [posted = '', ...others] = SERVICES;
    const id = await post(stack, posted, { manifest: manifestFor(posted, 'v1') });
    const rollouts = [await startRollout(stack, { service: posted, tag: 'v1' }, ['follow', `${posted}/${id}`])];
    for (const service of others) rollouts.push(await startRollout(stack, { service, tag: 'v1' }));
    for (const { wl, service } of rollouts)
      await eventually(`wl says that ${service} waits`, () => /waiting for a worker/.test(wl.stderr()));
    assert.equal((await view(stack, posted, id)).phase, 'queued');
    assert.deepEqual(await stack.journal({ mutating: 'true', after: String(after) }), []);
    await stack.start('worker');
    await assertAllRolledOnce(rollouts);
  });

  const rounds = isFull ? 5 : 1;
  for (let round = 1; round <= rounds; round += 1) {
    it(`ends right when the worker is killed twice, once with the API (round ${round} of ${rounds})`, async () => {
      const [early, late] = [oneMoment(), oneMoment()].toSorted((a, b) => a - b) as [number, number];
      const rollouts = await startRollouts();
      await momentAt(early, rollouts);
      const takeovers = [await takeOver(rollouts, () => crash(stack, 'worker'))];
      await momentAt(late, rollouts);
      const both = () => Promise.all([killAndStart(stack, 'worker'), crash(stack, 'api')]);
      takeovers.push(await takeOver(rollouts, both));
      await assertAllRolledOnce(rollouts);
      const seconds = await delaysOf(stack, takeovers);
      assert.ok(Math.max(0, ...seconds) < 60, `${seconds.join(' s, ')} s`);
      delays.push(...seconds);
    });
  }

  if (!isFull) return;

  it('ends right, and wl tells every line once, when the stack is stopped and started meanwhile (full run only)', async () => {
    const rollouts = await startRollouts();
    await momentAt(oneMoment(), rollouts);
    assert.equal((await stack.wl(['local', 'stop'])).code, 0);
    const started = await stack.wl(['local', 'start', '--detach', '--speed', String(SPEED)]);
    assert.equal(started.code, 0, started.stderr);
    await assertAllRolledOnce(rollouts);
  });

  it('ends right, and wl tells every line once, when the API is killed (full run only)', async () => {
    const rollouts = await startRollouts();
    await momentAt(oneMoment(), rollouts);
    await crash(stack, 'api');
    await assertAllRolledOnce(rollouts);
  });

  it('ends right when Temporal is killed (full run only)', async () => {
    const rollouts = await startRollouts();
    await momentAt(oneMoment(), rollouts);
    await crash(stack, 'temporal');
    await assertAllRolledOnce(rollouts);
  });

  it('ends right when parts die at random for half a minute (full run only)', async () => {
    await stack.admin('PUT', 'speed', { speed: 4 });
    const rollouts = await startRollouts();
    for (const end = Date.now() + 30_000; Date.now() < end; await sleep(between(0, 4_000))) {
      const parts = ['worker', 'api', 'temporal'] as const;
      await crash(stack, parts[Math.floor(random() * parts.length)] ?? 'worker');
    }
    await untilUp(stack);
    await stack.admin('PUT', 'speed', { speed: SPEED });
    await assertAllRolledOnce(rollouts);
  });
});
