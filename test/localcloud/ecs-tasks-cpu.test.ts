import assert from 'node:assert/strict';
import { createVirtualClock } from '../../src/localcloud/engine/virtual-clock.ts';
import { createImages } from '../../src/localcloud/images.ts';
import type { Task } from '../../src/localcloud/services/ecs/model.ts';
import { createRequestMeter } from '../../src/localcloud/services/ecs/request-meter.ts';
import type { Store } from '../../src/localcloud/services/ecs/store.ts';
import { createCpuPercent } from '../../src/localcloud/services/ecs/task-cpu.ts';

describe('CPU that a task uses', () => {
  const clock = createVirtualClock();
  const meter = createRequestMeter(clock.now);
  const images = createImages();
  const containers = [
    { name: 'web', image: 'web:v1-load50', cpu: 96 },
    { name: 'side', image: 'app:v1', cpu: 32 },
  ];
  const store = { definitions: new Map([['d', { containers }]]) } as unknown as Store;
  const task = { taskDefinition: 'd', containers, cpu: 128 } as unknown as Task;
  const percent = createCpuPercent({ store, images, containers: { requests: meter.lastMinute } });

  it('is what its images say, each in its share, and what the requests of the last minute cost', async () => {
    const idle = (50 * 96 + 1 * 32) / 128;
    assert.equal(percent(task), idle);
    images.script({ repository: 'web', tag: 'v1-load50' }, { cpuPercent: 10 });
    const less = (10 * 96 + 1 * 32) / 128;
    assert.equal(percent(task), less);
    for (let i = 0; i < 600; i += 1) {
      meter.count();
      await clock.advance(10);
    }
    // 600 requests of 10 ms each are a tenth of a core in a minute, and 128 units an eighth of one.
    assert.ok(Math.abs(percent(task) - less - 80) < 0.001);
    await clock.advance(61_000);
    assert.equal(percent(task), less);
  });
});
