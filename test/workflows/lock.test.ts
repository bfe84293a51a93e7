import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { createLockActivities } from '../../src/activities/lock.ts';
import type { Deps } from '../../src/activities/deps.ts';
import type { ConflictPolicy } from '../../src/domain/change.ts';
import { eventually } from '../setup/eventually.ts';
import { bundle, startTemporal } from '../setup/temporal.ts';

type Holder = (input: {
  lockId: string;
  policy: 'newest' | 'all';
  milliseconds: number;
  onConflict: ConflictPolicy;
}) => Promise<string>;

/** Who is inside which lock, as activities saw it. */
class Watch {
  readonly inside = new Map<string, Set<string>>();
  readonly entered: string[] = [];
  readonly violations: string[] = [];
  /** Killed from outside: what is inside then will never leave by itself. */
  readonly dead = new Set<string>();

  enter = async ({ lockId, workflowId }: { lockId: string; workflowId: string }): Promise<void> => {
    const others = [...(this.inside.get(lockId) ?? [])].filter((id) => !this.dead.has(id));
    if (others.length > 0) this.violations.push(`${workflowId} entered ${lockId} beside ${others.join(', ')}`);
    this.inside.set(lockId, new Set([...others, workflowId]));
    this.entered.push(workflowId);
  };

  leave = async ({ lockId, workflowId }: { lockId: string; workflowId: string }): Promise<void> => {
    this.inside.get(lockId)?.delete(workflowId);
  };
}

/** Deterministic pseudo-random numbers, so that a failing run can be repeated. */
const random = (seed: number) => () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
  return seed / 2_147_483_648;
};

describe('the lock', function () {
  this.timeout(90_000);
  let env: TestWorkflowEnvironment;
  let code: WorkflowBundleWithSourceMap;
  before(async () => {
    env = await startTemporal();
    const made = await bundle(fileURLToPath(new URL('fixtures/holder.ts', import.meta.url)));
    assert.deepEqual(made.warnings, []);
    code = made.bundle;
  });
  after(() => env.teardown());

  let queue = 0;
  const setUp = async () => {
    const watch = new Watch();
    const taskQueue = `lock-${(queue += 1)}`;
    const { lockTerminatedAt } = createLockActivities({ temporal: env.client } as unknown as Deps);
    const activities = { enter: watch.enter, leave: watch.leave, lockTerminatedAt };
    const worker = await Worker.create({
      connection: env.nativeConnection,
      taskQueue,
      workflowBundle: code,
      activities,
    });
    const start = (
      workflowId: string,
      lockId: string,
      policy: 'newest' | 'all',
      milliseconds: number,
      onConflict: ConflictPolicy = 'queue',
    ) => {
      const args: Parameters<Holder> = [{ lockId, policy, milliseconds, onConflict }];
      return env.client.workflow.start<Holder>('holder', { workflowId, taskQueue, args });
    };
    return { watch, worker, start };
  };

  const outcome = async (handle: WorkflowHandle<Holder>): Promise<string> => {
    try {
      return await handle.result();
    } catch (error) {
      const cause = error instanceof WorkflowFailedError ? error.cause : error;
      return cause instanceof ApplicationFailure ? String(cause.type) : String(cause?.constructor.name);
    }
  };

  it('lets one in, one wait and the newest win', async () => {
    const { watch, worker, start } = await setUp();
    const outcomes = await worker.runUntil(async () => {
      const first = await start('first', 'lock/a', 'newest', 2_000);
      while (watch.entered.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      const second = await start('second', 'lock/a', 'newest', 10);
      const third = await start('third', 'lock/a', 'newest', 10);
      return Promise.all([first, second, third].map(outcome));
    });
    assert.deepEqual(outcomes, ['done', 'superseded', 'done']);
    assert.deepEqual(watch.entered, ['first', 'third']);
  });

  it('lets a newer one that wants to supersede stop the holder, and an older one that comes late stop nobody', async () => {
    const [late, early] = [await setUp(), await setUp()];
    const outcomes = await early.worker.runUntil(async () => {
      const older = await late.start('older', 'lock/c', 'newest', 10, 'supersede');
      const holder = await early.start('holder', 'lock/c', 'newest', 60_000);
      await eventually('the newer one holds the lock', async () => early.watch.entered.includes('holder'));
      return late.worker.runUntil(async () => {
        const superseded = await outcome(older);
        const newest = await early.start('newest', 'lock/c', 'newest', 10, 'supersede');
        return [superseded, ...(await Promise.all([holder, newest].map(outcome)))];
      });
    });
    assert.deepEqual(outcomes, ['superseded', 'CancelledFailure', 'done']);
    assert.deepEqual([...late.watch.entered, ...early.watch.entered], ['holder', 'newest']);
  });

  it('keeps everybody in the queue under policy `all`', async () => {
    const { watch, worker, start } = await setUp();
    const ids = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6'];
    const outcomes = await worker.runUntil(async () =>
      Promise.all((await Promise.all(ids.map((id) => start(id, 'lock/ports', 'all', 50)))).map(outcome)),
    );
    assert.deepEqual(
      outcomes,
      ids.map(() => 'done'),
    );
    assert.deepEqual(watch.violations, []);
  });

  it('ends with its holder, however that ends, and stops a change whose lock is ended by hand', async () => {
    const { watch, worker, start } = await setUp();
    const outcomes = await worker.runUntil(async () => {
      const victim = await start('victim', 'lock/b', 'newest', 60_000);
      while (!watch.entered.includes('victim')) await new Promise((resolve) => setTimeout(resolve, 20));
      const waiting = await start('waiting', 'lock/b', 'newest', 60_000);
      watch.dead.add('victim');
      await victim.terminate('by hand');
      while (!watch.entered.includes('waiting')) await new Promise((resolve) => setTimeout(resolve, 20));
      await env.client.workflow.getHandle('lock/b').terminate('by hand');
      return Promise.all([outcome(victim), outcome(waiting)]);
    });
    assert.deepEqual(outcomes, ['TerminatedFailure', 'CancelledFailure']);
    assert.deepEqual(watch.violations, []);
  });

  it('holds under 45 changes of three services at random moments with holders killed inside', async () => {
    const { watch, worker, start } = await setUp();
    const next = random(11);
    await worker.runUntil(async () => {
      const running: { handle: WorkflowHandle<Holder>; lockId: string }[] = [];
      for (let n = 0; n < 45; n += 1) {
        const lockId = `lock/r${n % 3}`;
        running.push({ handle: await start(`r-${n}`, lockId, 'newest', Math.floor(next() * 300)), lockId });
        if (next() < 0.15) {
          const inside = [...(watch.inside.get(lockId) ?? [])].at(-1);
          if (inside !== undefined) {
            watch.dead.add(inside);
            await env.client.workflow
              .getHandle(inside)
              .terminate('by hand')
              .catch(() => undefined);
          }
        }
      }
      await Promise.all(running.map(({ handle }) => outcome(handle)));
      await eventually('no run is left open', async () => {
        for await (const _ of env.client.workflow.list({ query: "ExecutionStatus = 'Running'" })) return false;
        return true;
      });
    });
    assert.deepEqual(watch.violations, []);
    for (const newest of ['r-42', 'r-43', 'r-44'])
      assert.ok(watch.entered.includes(newest), `${newest}, the newest, never had its turn`);
  });
});
