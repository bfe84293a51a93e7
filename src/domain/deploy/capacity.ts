import type { ServiceSpec } from '../service-spec.ts';
import type { ObservedCluster, ObservedInstance } from './observed.ts';

/** What one task of the wanted revision needs, and how many there shall be. */
export interface CapacityNeed {
  scale: number;
  cpuUnits: number;
  memoryMiB: number;
  /** A fixed host port behind a classic ELB: at most one task of the service per instance. */
  hostPort?: number;
  /** What a running task of the service reserves now; it gives this back on its own instance. */
  current?: { cpuUnits: number; memoryMiB: number };
  /** The tasks that run stay: there is nothing to keep free for their successors. */
  keepsTasks?: boolean;
  minimumHealthyPercent: number;
}

export interface RolloutPercents {
  minimumHealthyPercent: number;
  maximumPercent: number;
}

export type CapacityAnswer =
  | ({ fits: true } & RolloutPercents)
  /** `never`: not even an empty cluster would do. */
  | { fits: false; never: boolean; message: string };

/** Whether the wanted tasks fit, and the percentages that keep the promised serving capacity while they replace the old. */
export function planCapacity(cluster: ObservedCluster, need: CapacityNeed): CapacityAnswer {
  if (need.scale === 0) return { fits: true, minimumHealthyPercent: 0, maximumPercent: 200 };
  const slotsWhenEmpty = sum(cluster.instances.map((i) => slots(i.cpuTotal, i.memoryTotal, need)));
  // Instances that take no task now come back, as a rule.
  if (slotsWhenEmpty < need.scale) return refuse(cluster, need, cluster.unusable === undefined, slotsWhenEmpty);

  const { places, spare } = roomIn(cluster, need);
  if (places < need.scale) return refuse(cluster, need, false, places);

  const percents =
    need.current === undefined ? undefined : rolloutPercents(need.scale, spare, need.minimumHealthyPercent);
  if (percents !== undefined) return { fits: true, ...percents };
  if (need.current === undefined || need.keepsTasks === true)
    return { fits: true, minimumHealthyPercent: 100, maximumPercent: 200 };
  return {
    fits: false,
    // A task, or an instance, that is missing now may be there a moment later.
    never: cluster.unusable === undefined && slotsWhenEmpty <= need.scale && cluster.ownInstances.length >= need.scale,
    message: `A rolling update of ${need.scale} tasks needs one free instance to keep ${need.minimumHealthyPercent} % of them serving, and beyond their own places there is none among ${cluster.instances.length}${whereMissing(cluster, need)}`,
  };
}

/**
 * ECS reads `lower = ceil(scale × minimum / 100)` and `upper = floor(scale × maximum / 100)`. Spare places are used
 * first; running tasks are stopped early only as far as half of them shall move at once and the promise allows.
 * Undefined when nothing could ever move.
 * @param spare places for tasks beyond the scale
 */
export function rolloutPercents(scale: number, spare: number, promisedPercent: number): RolloutPercents | undefined {
  const surge = Math.min(spare, scale);
  const promised = Math.ceil((scale * promisedPercent) / 100);
  const early = Math.min(Math.max(0, Math.ceil(scale / 2) - surge), scale - promised);
  if (surge === 0 && early === 0) return undefined;
  // The loosest that mean these numbers: when somebody changes the desired count meanwhile, ECS can still move.
  const lower = scale - early;
  return {
    minimumHealthyPercent: Math.max(promisedPercent, Math.floor((100 * (lower - 1)) / scale) + 1),
    maximumPercent: Math.ceil((100 * (scale + surge + 1)) / scale) - 1,
  };
}

/**
 * Percentages for a way back that can move, whatever the failed change has left: the promise is kept where there is room
 * to keep it.
 */
export function percentsBack(cluster: ObservedCluster, need: CapacityNeed): RolloutPercents {
  const { scale, minimumHealthyPercent: promised } = need;
  const { spare } = roomIn(cluster, need);
  const percents = rolloutPercents(scale, spare, promised) ?? rolloutPercents(scale, spare, 0);
  return percents ?? { minimumHealthyPercent: 0, maximumPercent: 200 };
}

const sum = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);

/** How many tasks an instance with so much CPU and memory takes. */
function slots(cpu: number, memory: number, need: CapacityNeed): number {
  const count = Math.min(Math.floor(cpu / need.cpuUnits), Math.floor(memory / need.memoryMiB));
  return Math.max(0, need.hostPort === undefined ? count : Math.min(1, count));
}

const freeSlots = (instance: ObservedInstance, need: CapacityNeed): number =>
  need.hostPort !== undefined && instance.portsUsed.includes(need.hostPort)
    ? 0
    : slots(instance.cpuFree, instance.memoryFree, need);

/**
 * Places for new tasks once every task of the service is gone, and those of them that are spare. With as many free places
 * as new tasks no old one has to make room; else only places beyond the scale let ECS move, because it may stop those old
 * tasks first whose place is too small for a new one.
 */
function roomIn(cluster: ObservedCluster, need: CapacityNeed): { places: number; spare: number } {
  const room = cluster.instances.map((i) => roomOn(i, cluster.ownInstances.filter((id) => id === i.id).length, need));
  const free = sum(room.map((r) => r.free));
  const places = free + sum(room.map((r) => r.reusable));
  return { places, spare: free >= need.scale ? need.scale : Math.max(0, places - need.scale) };
}

/** Places for new tasks on an instance, and how many more there are once its tasks of the service are gone. */
function roomOn(instance: ObservedInstance, own: number, need: CapacityNeed): { free: number; reusable: number } {
  const free = freeSlots(instance, need);
  if (own === 0) return { free, reusable: 0 };
  const { cpuUnits = 0, memoryMiB = 0 } = need.current ?? {};
  const emptied = slots(instance.cpuFree + own * cpuUnits, instance.memoryFree + own * memoryMiB, need);
  return need.hostPort === undefined ? { free, reusable: emptied - free } : { free: 0, reusable: emptied };
}

/** What one task of a service reserves. */
export const needOf = (
  { components }: Pick<ServiceSpec, 'components'>,
  hostPort?: number,
): Pick<CapacityNeed, 'cpuUnits' | 'memoryMiB' | 'hostPort'> => ({
  cpuUnits: components.reduce((sum, c) => sum + c.cpuUnits, 0),
  memoryMiB: components.reduce((sum, c) => sum + c.memoryMiB, 0),
  ...(hostPort === undefined ? {} : { hostPort }),
});

/** For each instance what one more task lacks there, in words; instances with room are left out. */
export function whatIsMissing(
  { instances, unusable = [] }: ObservedCluster,
  need: Pick<CapacityNeed, 'cpuUnits' | 'memoryMiB' | 'hostPort'>,
): string[] {
  const lacking = instances.flatMap((i) => {
    const lacks = [
      ...(need.hostPort !== undefined && i.portsUsed.includes(need.hostPort)
        ? [`host port ${need.hostPort} is in use`]
        : []),
      ...(i.cpuFree < need.cpuUnits ? [`${i.cpuFree} of ${need.cpuUnits} CPU units free`] : []),
      ...(i.memoryFree < need.memoryMiB ? [`${i.memoryFree} of ${need.memoryMiB} MiB free`] : []),
    ];
    return lacks.length === 0 ? [] : [`${i.id}: ${lacks.join(', ')}`];
  });
  return [...lacking, ...unusable];
}

function whereMissing(cluster: ObservedCluster, need: CapacityNeed): string {
  const missing = whatIsMissing(cluster, need);
  return missing.length === 0 ? '' : ` (${missing.join('; ')})`;
}

/** How an instance is told of whose agent is away; see `ObservedCluster.unusable`. */
export const AGENT_GONE = 'its ECS agent is disconnected';

function refuse(cluster: ObservedCluster, need: CapacityNeed, never: boolean, room: number): CapacityAnswer {
  if (cluster.instances.length === 0 && cluster.unusable !== undefined) {
    const message = `No instance of cluster ${cluster.name} takes tasks: ${cluster.unusable.join(', ')}`;
    return { fits: false, never, message };
  }
  const instances = `${cluster.instances.length} instance${cluster.instances.length === 1 ? '' : 's'}`;
  const asks = `${need.scale} tasks of ${need.cpuUnits} CPU units and ${need.memoryMiB} MiB`;
  const rule = need.hostPort === undefined ? '' : ', one task per instance (fixed host port)';
  const largestCpu = Math.max(0, ...cluster.instances.map((i) => (never ? i.cpuTotal : i.cpuFree)));
  const largestMemory = Math.max(0, ...cluster.instances.map((i) => (never ? i.memoryTotal : i.memoryFree)));
  const measure = never ? 'even empty' : 'now';
  return {
    fits: false,
    never,
    message:
      `Cluster ${cluster.name} has no room for ${asks}: its ${instances} take ${room} of them ${measure}${rule}; ` +
      `the largest has ${largestCpu} CPU units and ${largestMemory} MiB ${never ? 'in all' : 'free'}` +
      (cluster.unusable === undefined ? '' : `; not usable are ${cluster.unusable.join(', ')}`),
  };
}
