import assert from 'node:assert/strict';
import fc from 'fast-check';
import { limitsOf, planStarts, planStops, type TaskView } from '../../src/localcloud/services/ecs/rollout.ts';

const view = (id: string, more: Partial<TaskView> = {}): TaskView => ({
  id,
  isWanted: true,
  isPending: false,
  isHealthy: true,
  isUnhealthy: false,
  isProtected: false,
  crowd: 0,
  ...more,
});

const anyView = fc
  .record({ isWanted: fc.boolean(), kind: fc.constantFrom('pending', 'starting', 'healthy', 'unhealthy') })
  .map(({ isWanted, kind }) => ({
    isWanted,
    isPending: kind === 'pending',
    isHealthy: kind === 'healthy',
    isUnhealthy: kind === 'unhealthy',
  }));
const anyTasks = fc.array(anyView, { maxLength: 12 }).map((all) => all.map((one, i) => view(String(i), one)));
const anyConfiguration = fc.record({
  minimumHealthyPercent: fc.integer({ min: 0, max: 100 }),
  maximumPercent: fc.integer({ min: 100, max: 200 }),
});

describe('the arithmetic of a rolling update', () => {
  for (const [desired, minimumHealthyPercent, maximumPercent, lower, upper] of [
    [2, 100, 200, 2, 4],
    [2, 50, 100, 1, 2],
    [3, 50, 150, 2, 4],
    [4, 75, 125, 3, 5],
    [1, 50, 150, 1, 1],
    [0, 100, 200, 0, 0],
  ] as const) {
    it(`${desired} at ${minimumHealthyPercent}/${maximumPercent} % keeps ${lower} and never exceeds ${upper}`, () => {
      assert.deepEqual(limitsOf(desired, { minimumHealthyPercent, maximumPercent }), { lower, upper });
    });
  }

  it('starts what is missing, as far as the upper limit lets it', () => {
    const old = ['a', 'b'].map((id) => view(id, { isWanted: false }));
    assert.deepEqual(planStarts(2, { lower: 2, upper: 3 }, old), { missing: 2, start: 1 });
    assert.deepEqual(planStarts(2, { lower: 2, upper: 2 }, old), { missing: 2, start: 0 });
  });

  it('never stops a healthy task below the lower limit, unless there are too many wanted ones', () => {
    fc.assert(
      fc.property(fc.nat(8), anyConfiguration, anyTasks, fc.boolean(), (desired, configuration, tasks, isBlocked) => {
        const limits = limitsOf(desired, configuration);
        const stops = planStops(desired, limits, tasks, isBlocked);
        const stopped = new Set([...stops.pending, ...stops.running]);
        const healthy = tasks.filter(({ isHealthy }) => isHealthy);
        const left = healthy.filter(({ id }) => !stopped.has(id));
        assert.ok(left.length >= Math.min(limits.lower, desired, healthy.length), JSON.stringify(stops));
      }),
    );
  });

  it('never starts beyond the upper limit, nor more than is missing', () => {
    fc.assert(
      fc.property(fc.nat(8), anyConfiguration, anyTasks, (desired, configuration, tasks) => {
        const limits = limitsOf(desired, configuration);
        const { missing, start } = planStarts(desired, limits, tasks);
        assert.ok(start >= 0 && start <= missing);
        assert.ok(start === 0 || tasks.length + start <= limits.upper);
      }),
    );
  });

  it('keeps no task that nobody wants, once enough wanted ones are healthy', () => {
    const tasks = [view('new 1'), view('new 2'), view('old', { isWanted: false })];
    assert.deepEqual(planStops(2, { lower: 2, upper: 4 }, tasks, false).running, ['old']);
  });

  it('holds back what is under protection, in scale-in and in a rollout, unless it is unhealthy', () => {
    const surplus = [view('a', { isProtected: true }), view('b'), view('c', { isProtected: true })];
    const scaleIn = planStops(1, { lower: 1, upper: 2 }, surplus, false);
    assert.deepEqual([scaleIn.running, scaleIn.heldBack], [['b'], 1]);
    const old = ['a', 'b'].map((id) => view(id, { isWanted: false, isProtected: true }));
    const rollout = planStops(1, { lower: 1, upper: 3 }, [view('new'), ...old], false);
    assert.deepEqual([rollout.running, rollout.heldBack], [[], 2]);
    const sick = view('sick', { isProtected: true, isHealthy: false, isUnhealthy: true });
    assert.deepEqual(planStops(1, { lower: 1, upper: 2 }, [view('new'), sick], false).running, ['sick']);
  });

  it('lets unhealthy tasks go one by one when there is no room for replacements', () => {
    const tasks = ['a', 'b'].map((id) => view(id, { isHealthy: false, isUnhealthy: true }));
    assert.deepEqual(planStops(2, { lower: 2, upper: 2 }, tasks, true).running, ['a']);
    assert.deepEqual(planStops(2, { lower: 2, upper: 4 }, tasks, false).running, []);
  });
});
