import assert from 'node:assert/strict';
import { createClock } from '../../src/localcloud/engine/clock.ts';

describe('the clock', () => {
  const realTime = () => {
    const wall = { now: 1_000_000 };
    return { wall, clock: createClock(10, () => wall.now) };
  };

  it('runs so many times as fast as the wall clock, and goes on smoothly when the speed changes', () => {
    const { wall, clock } = realTime();
    const start = clock.now();
    wall.now += 100;
    assert.equal(clock.now(), start + 1000);
    clock.setSpeed(2);
    wall.now += 100;
    assert.equal(clock.now(), start + 1200);
    assert.equal(clock.real(1000), 500);
  });

  it('never jumps back, whatever the wall clock does', () => {
    const { wall, clock } = realTime();
    wall.now += 100;
    const before = clock.now();
    wall.now -= 5000;
    assert.equal(clock.now(), before);
  });

  it('goes on over a restart, past everything it told before', () => {
    const { wall, clock } = realTime();
    const origin = clock.origin();
    wall.now += 700;
    const told = clock.now();
    const next = createClock(1, () => wall.now);
    next.resume(origin);
    assert.equal(next.now(), told);
    wall.now += 100;
    assert.equal(next.now(), told + 100);
  });

  it('fires timers in cloud time, also those set before the speed changed, unless cancelled', async () => {
    const clock = createClock(0.01);
    const fired: string[] = [];
    const cancel = clock.after(1, () => fired.push('cancelled'));
    cancel();
    const done = new Promise<void>((resolve) => {
      clock.after(60_000, () => {
        fired.push('a');
        resolve();
      });
      clock.after(30_000, () => fired.push('b'));
    });
    clock.setSpeed(10_000);
    await done;
    assert.deepEqual(fired, ['b', 'a']);
    clock.stop();
  });

  it('repeats until told to end', async () => {
    const clock = createClock(1000);
    let count = 0;
    await new Promise<void>((resolve) => {
      const end = clock.every(1000, () => {
        count += 1;
        if (count < 3) return;
        end();
        resolve();
      });
    });
    await new Promise<void>((resolve) => void clock.after(5000, resolve));
    assert.equal(count, 3);
    clock.stop();
  });
});
