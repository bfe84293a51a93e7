import type { Obstacle } from './event-text.ts';
import type { ContainerInstance, PortMapping, Task, TaskDefinition } from './model.ts';

/** What a task takes from its instance. */
export interface Requirements {
  cpu: number;
  /** MiB. */
  memory: number;
  fixedPorts: number[];
  dynamicPorts: number;
}

export interface Usage {
  cpu: number;
  memory: number;
  ports: Set<number>;
}

/** Linux' ephemeral range, out of which Docker takes ports for `hostPort: 0`. */
const DYNAMIC_PORTS = { first: 32_768, last: 60_999 };

export const requirementsOf = ({ containers, rest }: TaskDefinition): Requirements => {
  const ports = containers.flatMap(({ portMappings }) => portMappings.map(({ hostPort }) => hostPort));
  const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    cpu: rest.cpu === undefined ? sum(containers.map(({ cpu }) => cpu)) : Number(rest.cpu),
    memory:
      rest.memory === undefined
        ? sum(containers.map(({ memory, memoryReservation }) => memoryReservation ?? memory ?? 0))
        : Number(rest.memory),
    fixedPorts: ports.filter((port) => port !== 0),
    dynamicPorts: ports.filter((port) => port === 0).length,
  };
};

/** Draining and stopping tasks still hold what they have, until they are STOPPED. */
export const usageOf = (instance: ContainerInstance, tasks: readonly Task[]): Usage => {
  const usage: Usage = { cpu: 0, memory: 0, ports: new Set(instance.reservedPorts) };
  for (const task of tasks) {
    if (task.lastStatus === 'STOPPED') continue;
    usage.cpu += task.cpu;
    usage.memory += task.memory;
    for (const { bindings } of task.containers) for (const { hostPort } of bindings) usage.ports.add(hostPort);
  }
  return usage;
};

/** In the order AWS filters; the later it comes, the closer was the match. */
const ORDER: readonly Obstacle[] = ['agent', 'attribute', 'cpu', 'memory', 'ports'];

export const obstacleOn = (instance: ContainerInstance, usage: Usage, want: Requirements): Obstacle | undefined => {
  if (!instance.agentConnected) return 'agent';
  if (usage.cpu + want.cpu > instance.cpu) return 'cpu';
  if (usage.memory + want.memory > instance.memory) return 'memory';
  if (want.fixedPorts.some((port) => usage.ports.has(port))) return 'ports';
  return undefined;
};

export interface Candidate {
  instance: ContainerInstance;
  usage: Usage;
  /** Tasks of the same service, in whatever deployment, that are there or on their way. */
  siblings: number;
  zone: string;
}

export type Placement =
  { instance: ContainerInstance; usage: Usage } | { closest?: { instance: ContainerInstance; obstacle: Obstacle } };

/** The zone with the fewest siblings, there the instance with the fewest, there the emptiest; then by id. */
export const place = (candidates: readonly Candidate[], want: Requirements, isDistinct: boolean): Placement => {
  const obstacles = candidates.map(({ instance, usage, siblings }) => ({
    instance,
    obstacle: obstacleOn(instance, usage, want) ?? (isDistinct && siblings > 0 ? ('attribute' as const) : undefined),
  }));
  const fitting = candidates.filter((_, i) => obstacles[i]?.obstacle === undefined);
  const inZone = (zone: string): number =>
    candidates.filter((one) => one.zone === zone).reduce((total, { siblings }) => total + siblings, 0);
  const [best] = fitting.toSorted(
    (a, b) =>
      inZone(a.zone) - inZone(b.zone) ||
      a.siblings - b.siblings ||
      a.usage.memory - b.usage.memory ||
      a.instance.ec2InstanceId.localeCompare(b.instance.ec2InstanceId),
  );
  if (best !== undefined) return { instance: best.instance, usage: best.usage };
  const closest = obstacles.toSorted(
    (a, b) => ORDER.indexOf(b.obstacle ?? 'agent') - ORDER.indexOf(a.obstacle ?? 'agent'),
  )[0];
  return closest?.obstacle === undefined ? {} : { closest: { instance: closest.instance, obstacle: closest.obstacle } };
};

/** Host ports filled in: fixed ones as asked, others free on the instance. */
export const bindPorts = (mappings: readonly PortMapping[], taken: Set<number>): PortMapping[] => {
  let next = DYNAMIC_PORTS.first;
  return mappings.map((mapping) => {
    if (mapping.hostPort === 0) while (taken.has(next) && next < DYNAMIC_PORTS.last) next += 1;
    const hostPort = mapping.hostPort === 0 ? next : mapping.hostPort;
    taken.add(hostPort);
    return { ...mapping, hostPort };
  });
};
