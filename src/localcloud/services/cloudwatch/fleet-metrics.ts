/** What ECS publishes of its services. */
import type { Fleet } from '../../engine/contract.ts';
import type { SeriesStore } from './series.ts';

/** A minute's use of CPU and memory of every service that has running tasks; each task counts as one sample. */
export const publishFleet = (store: SeriesStore, fleet: Fleet, minute: number): boolean => {
  const running = fleet.services().filter(({ runningCount }) => runningCount > 0);
  for (const { cluster, service, runningCount: count, cpuPercent, memoryPercent } of running) {
    const dimensions = [
      { Name: 'ClusterName', Value: cluster },
      { Name: 'ServiceName', Value: service },
    ];
    const publish = (name: string, value: number): void => {
      const values = new Map([[value, count]]);
      const bucket = { at: minute, count, sum: value * count, min: value, max: value, values };
      store.add({ namespace: 'AWS/ECS', name, dimensions }, 'Percent', bucket, 60);
    };
    publish('CPUUtilization', cpuPercent);
    publish('MemoryUtilization', memoryPercent);
  }
  return running.length > 0;
};
