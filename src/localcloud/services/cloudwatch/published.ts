/** What AWS's own services publish: ECS of its services, classic ELB of its balancers. */
import type { Fleet } from '../../engine/contract.ts';
import type { MetricId, SeriesStore } from './series.ts';

/** A balancer as CloudWatch sees it. */
export interface BalancerHealth {
  name: string;
  instances: { state: string }[];
}

export interface Publishers {
  fleet: Fleet;
  balancers(): BalancerHealth[];
}

/** A minute's metrics; false when there is nothing to tell. Each task counts as one sample of its service. */
export const publish = (store: SeriesStore, { fleet, balancers }: Publishers, minute: number): boolean => {
  let hasData = false;
  const add = (metric: MetricId, { value, unit, count = 1 }: { value: number; unit: string; count?: number }): void => {
    const bucket = { at: minute, count, sum: value * count, min: value, max: value, values: new Map([[value, count]]) };
    store.add(metric, unit, bucket, 60);
    hasData = true;
  };

  for (const { cluster, service, runningCount, cpuPercent, memoryPercent } of fleet.services()) {
    if (runningCount === 0) continue;
    const dimensions = [
      { Name: 'ClusterName', Value: cluster },
      { Name: 'ServiceName', Value: service },
    ];
    for (const [name, value] of [
      ['CPUUtilization', cpuPercent],
      ['MemoryUtilization', memoryPercent],
    ] as const)
      add({ namespace: 'AWS/ECS', name, dimensions }, { value, unit: 'Percent', count: runningCount });
  }
  for (const balancer of balancers()) {
    const dimensions = [{ Name: 'LoadBalancerName', Value: balancer.name }];
    for (const [name, wanted] of [
      ['HealthyHostCount', 'InService'],
      ['UnHealthyHostCount', 'OutOfService'],
    ] as const) {
      const value = balancer.instances.filter(({ state }) => state === wanted).length;
      add({ namespace: 'AWS/ELB', name, dimensions }, { value, unit: 'Count' });
    }
  }
  return hasData;
};
