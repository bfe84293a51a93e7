import assert from 'node:assert/strict';
import fc from 'fast-check';
import { planCapacity, type RolloutPercents } from '../../../src/domain/deploy/capacity.ts';
import type { ObservedCluster } from '../../../src/domain/deploy/observed.ts';
import { seed } from '../../setup/random.ts';

const runs = { seed, numRuns: process.env.WL_TEST_FULL === '1' ? 20_000 : 1_000 };
const PORT = 11_000;
const CURRENT = { cpuUnits: 32, memoryMiB: 64 };

/** The first instances run a task of the service each; others may have their port taken, or too little room. */
const clusters: fc.Arbitrary<ObservedCluster> = fc
  .record({
    instances: fc.array(fc.record({ memoryFree: fc.constantFrom(0, 64, 128, 1024), isTaken: fc.boolean() }), {
      minLength: 1,
      maxLength: 12,
    }),
    own: fc.nat({ max: 12 }),
  })
  .map(({ instances, own }) => ({
    name: 'c',
    instances: instances.map(({ memoryFree, isTaken }, n) => ({
      id: `i-${n}`,
      availabilityZone: 'eu-west-1a',
      cpuTotal: 1024,
      memoryTotal: 1024,
      cpuFree: 512,
      memoryFree,
      portsUsed: n < own || isTaken ? [PORT] : [],
    })),
    ownInstances: instances.map((_, n) => `i-${n}`).slice(0, own),
  }));

const needs = fc.record({
  scale: fc.integer({ min: 1, max: 12 }),
  memoryMiB: fc.constantFrom(32, 64, 128),
  minimumHealthyPercent: fc.nat({ max: 100 }),
});

describe(`planCapacity: serving capacity never below the promise (seed ${seed})`, () => {
  it('keeps the promise in every step that ECS may take, and ends', () => {
    fc.assert(
      fc.property(clusters, needs, (cluster, want) => {
        const answer = planCapacity(cluster, { ...want, cpuUnits: 32, hostPort: PORT, current: CURRENT });
        if (!answer.fits) return;
        const running = cluster.ownInstances.length;
        const takes = (memory: number) => memory >= want.memoryMiB;
        const [own, others] = [cluster.instances.slice(0, running), cluster.instances.slice(running)];
        const least = roll({
          running,
          scale: want.scale,
          free: others.filter((i) => i.portsUsed.length === 0 && takes(i.memoryFree)).length,
          tooSmall: own.filter((i) => !takes(i.memoryFree + CURRENT.memoryMiB)).length,
          percents: answer,
        });
        const promised = Math.ceil((want.scale * want.minimumHealthyPercent) / 100);
        assert.ok(least >= Math.min(running, promised), `${least} of ${want.scale} serve`);
      }),
      runs,
    );
  });

  it('refuses no change that starts and stops tasks of the revision that runs, as long as all find a place', () => {
    fc.assert(
      fc.property(clusters, needs, (cluster, want) => {
        const need = { ...want, ...CURRENT, hostPort: PORT, current: CURRENT, keepsTasks: true };
        const places = cluster.instances.filter(
          ({ portsUsed, memoryFree }, n) =>
            n < cluster.ownInstances.length || (portsUsed.length === 0 && memoryFree >= CURRENT.memoryMiB),
        );
        assert.equal(planCapacity(cluster, need).fits, want.scale <= places.length);
      }),
      runs,
    );
  });
});

interface Rolling {
  /** Tasks of the old revision, and those of them whose place is too small for a new one. */
  running: number;
  tooSmall: number;
  scale: number;
  /** Places for new tasks. */
  free: number;
  percents: RolloutPercents;
}

/**
 * ECS's own arithmetic: old tasks are stopped down to `lower`, new ones started up to `upper` where there is a place.
 * At worst it stops those first whose place is of no use. Answers how many served when the fewest did.
 */
function roll({ running, tooSmall, scale, free, percents }: Rolling): number {
  const lower = Math.ceil((scale * percents.minimumHealthyPercent) / 100);
  const upper = Math.floor((scale * percents.maximumPercent) / 100);
  let old = running;
  let useless = tooSmall;
  let fresh = 0;
  let room = free;
  let least = running;
  for (let step = 0; fresh < scale || old > 0; step += 1) {
    const state = { running, tooSmall, scale, free, percents, old, fresh };
    assert.ok(step < 4 * (scale + running) + 4, `ECS can neither start nor stop: ${JSON.stringify(state)}`);
    const stop = Math.min(old, Math.max(0, old + fresh - lower));
    old -= stop;
    room += Math.max(0, stop - useless);
    useless = Math.max(0, useless - stop);
    least = Math.min(least, old + fresh);
    const start = Math.max(0, Math.min(room, scale - fresh, upper - old - fresh));
    fresh += start;
    room -= start;
  }
  return least;
}
