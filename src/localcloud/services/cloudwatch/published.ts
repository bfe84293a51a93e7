/** What AWS's own services publish: ECS of its services, classic ELB of its balancers. */
import type { Fleet } from '../../engine/contract.ts';
import type { MetricId, SeriesStore } from './series.ts';

const MINUTE = 60_000;

/** A balancer as CloudWatch sees it. */
export interface BalancerHealth {
  name: string;
  instances: { state: string }[];
}

export interface Publishers {
  fleet: Fleet;
  balancers(): BalancerHealth[];
  /** What balancers routed in the minutes that are over at `end`, told once; a minute without requests is left out. */
  requests(end: number): { balancer: string; minute: number; count: number }[];
}

interface Sample {
  value: number;
  unit: string;
  /** How often the value came. */
  count?: number;
  at?: number;
}

/** A minute's metrics; false when there is nothing to tell. Each task counts as one sample of its service, each request as one of its balancer. */
export const publish = (store: SeriesStore, { fleet, balancers, requests }: Publishers, minute: number): boolean => {
  let hasData = false;
  const add = (metric: MetricId, { value, unit, count = 1, at = minute }: Sample): void => {
    const bucket = { at, count, sum: value * count, min: value, max: value, values: new Map([[value, count]]) };
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
  for (const { balancer, minute: at, count } of requests(minute + MINUTE)) {
    const dimensions = [{ Name: 'LoadBalancerName', Value: balancer }];
    add({ namespace: 'AWS/ELB', name: 'RequestCount', dimensions }, { value: 1, unit: 'Count', count, at });
  }
  return hasData;
};
