import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createHeap } from '../../src/localcloud/engine/heap.ts';
import { createVirtualClock } from '../../src/localcloud/engine/virtual-clock.ts';

describe('the stepped clock', () => {
  it('lets things happen in the order of their time, those of one moment in the order they were set', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ wait: fc.nat(5), isCancelled: fc.boolean() })), async (timers) => {
        const clock = createVirtualClock(0);
        const seen: { i: number; at: number }[] = [];
        const cancels = timers.map(({ wait }, i) => clock.after(wait, () => seen.push({ i, at: clock.now() })));
        for (const [i, { isCancelled }] of timers.entries()) if (isCancelled) cancels[i]?.();
        await clock.advance(10);
        const expected = timers
          .map(({ wait, isCancelled }, i) => ({ i, at: wait, isCancelled }))
          .filter(({ isCancelled }) => !isCancelled)
          .toSorted((a, b) => a.at - b.at || a.i - b.i)
          .map(({ i, at }) => ({ i, at }));
        assert.deepEqual(seen, expected);
        assert.equal(clock.now(), 10);
      }),
    );
  });

  it('lets what an event sets going happen in its turn, and nothing that is not due', async () => {
    const clock = createVirtualClock(0);
    const seen: string[] = [];
    clock.after(5, () => {
      seen.push('first');
      void Promise.resolve().then(() => clock.after(2, () => seen.push('second')));
    });
    clock.after(8, () => seen.push('third'));
    clock.after(100, () => seen.push('never'));
    await clock.advance(10);
    assert.deepEqual(seen, ['first', 'second', 'third']);
  });

  it('repeats until it is told to end', async () => {
    const clock = createVirtualClock(0);
    let count = 0;
    const end = clock.every(10, () => {
      count += 1;
      if (count === 3) end();
    });
    await clock.advance(1000);
    assert.equal(count, 3);
  });

  it('its queue gives back what was put in, the least first', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (numbers) => {
        const heap = createHeap<number>((a, b) => a < b);
        for (const number of numbers) heap.push(number);
        const out = numbers.map(() => heap.pop());
        assert.deepEqual(
          out,
          numbers.toSorted((a, b) => a - b),
        );
        assert.equal(heap.peek(), undefined);
      }),
    );
  });
});
