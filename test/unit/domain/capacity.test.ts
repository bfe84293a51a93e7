import assert from 'node:assert/strict';
import fc from 'fast-check';
import { planCapacity, rolloutPercents, type CapacityNeed } from '../../../src/domain/deploy/capacity.ts';
import type { ObservedCluster, ObservedInstance } from '../../../src/domain/deploy/observed.ts';

const instance = (id: string, more: Partial<ObservedInstance> = {}): ObservedInstance => ({
  id,
  availabilityZone: 'eu-west-1a',
  cpuTotal: 2048,
  memoryTotal: 7680,
  cpuFree: 2048,
  memoryFree: 7680,
  portsUsed: [22],
  ...more,
});

const cluster = (instances: ObservedInstance[], ownInstances: string[] = []): ObservedCluster => ({
  name: 'crims',
  instances,
  ownInstances,
});

const four = ['i-1', 'i-2', 'i-3', 'i-4'].map((id) => instance(id));
const need = (more: Partial<CapacityNeed> = {}): CapacityNeed => ({
  scale: 2,
  cpuUnits: 32,
  memoryMiB: 64,
  hostPort: 11000,
  minimumHealthyPercent: 50,
  ...more,
});
const current = { cpuUnits: 32, memoryMiB: 64 };

describe('planCapacity', () => {
  it('lets a first deployment in where every task finds an instance', () => {
    assert.deepEqual(planCapacity(cluster(four), need()), {
      fits: true,
      minimumHealthyPercent: 100,
      maximumPercent: 200,
    });
  });

  it('refuses for ever what not even an empty cluster could run, with figures', () => {
    assert.deepEqual(planCapacity(cluster(four), need({ scale: 5 })), {
      fits: false,
      never: true,
      message:
        'Cluster crims has no room for 5 tasks of 32 CPU units and 64 MiB: its 4 instances take 4 of them even empty, ' +
        'one task per instance (fixed host port); the largest has 2048 CPU units and 7680 MiB in all',
    });
  });

  it('refuses for now what other services keep from it', () => {
    const full = four.map((i) => ({ ...i, memoryFree: 32 }));
    const answer = planCapacity(cluster(full), need());
    assert.ok(!answer.fits);
    assert.equal(answer.never, false);
    assert.match(answer.message, /take 0 of them now.*the largest has 2048 CPU units and 32 MiB free/);
  });

  it('counts several tasks per instance when no host port is fixed', () => {
    const { hostPort: _, ...worker } = need({ scale: 50 });
    assert.equal(planCapacity(cluster(four), worker).fits, true);
  });

  it('uses free instances first and stops early only to move half at once', () => {
    const running = four.map((i, n) => (n < 3 ? { ...i, portsUsed: [22, 11000] } : i));
    const answer = planCapacity(cluster(running, ['i-1', 'i-2', 'i-3']), need({ scale: 3, current }));
    assert.deepEqual(answer, { fits: true, minimumHealthyPercent: 50, maximumPercent: 166 });
  });

  it('updates four tasks on four instances by stopping two early', () => {
    const running = four.map((i) => ({ ...i, portsUsed: [22, 11000] }));
    const answer = planCapacity(cluster(running, ['i-1', 'i-2', 'i-3', 'i-4']), need({ scale: 4, current }));
    assert.deepEqual(answer, { fits: true, minimumHealthyPercent: 50, maximumPercent: 124 });
  });

  it('says that an update needs a free instance when the promise forbids stopping any task', () => {
    const running = four.map((i) => ({ ...i, portsUsed: [22, 11000] }));
    const answer = planCapacity(
      cluster(running, ['i-1', 'i-2', 'i-3', 'i-4']),
      need({ scale: 4, minimumHealthyPercent: 100, current }),
    );
    assert.ok(!answer.fits);
    assert.match(answer.message, /A rolling update of 4 tasks needs one free instance to keep 100 % of them serving/);
  });

  it('counts on the room that an old task gives back on its own instance', () => {
    const tight = [instance('i-1', { cpuFree: 10, memoryFree: 10, portsUsed: [11000] }), instance('i-2')];
    assert.equal(planCapacity(cluster(tight, ['i-1']), need({ scale: 2, current })).fits, true);
  });
});

describe('rolloutPercents', () => {
  it('never lets ECS go below the promise or above the free instances, and always lets something move', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 100 }),
        (scale, free, promise) => {
          const percents = rolloutPercents(scale, free, promise);
          const promised = Math.ceil((scale * promise) / 100);
          if (percents === undefined) {
            assert.equal(free, 0);
            assert.equal(promised, scale);
            return;
          }
          const lower = Math.ceil((scale * percents.minimumHealthyPercent) / 100);
          const upper = Math.floor((scale * percents.maximumPercent) / 100);
          assert.ok(lower >= promised, `lower ${lower} is below the promise ${promised}`);
          assert.ok(upper <= scale + Math.min(free, scale), `upper ${upper} needs more than ${free} free instances`);
          assert.ok(lower < scale || upper > scale, 'nothing could ever move');
        },
      ),
      { seed: 7, numRuns: 2_000 },
    );
  });
});
