/** Which instance a task goes to: what it needs, what is free, what is allowed, what is preferred. */
import type { Random } from '../../engine/random.ts';
import type { Obstacle } from './event-text.ts';
import type { ContainerInstance, PortMapping, Task, TaskDefinition } from './model.ts';
import type { Preference } from './strategies.ts';

/** What a task takes from its instance, and what it has to have. */
interface Requirements {
  cpu: number;
  /** MiB. */
  memory: number;
  fixedPorts: number[];
  fixedUdpPorts: number[];
  dynamicPorts: number;
  attributes: string[];
}

/** What is taken of an instance; ports that its agent keeps for itself are among them. */
export interface Usage {
  cpu: number;
  memory: number;
  ports: Set<number>;
  udpPorts: Set<number>;
  /** Ports of tasks that asked for them by number; those that Docker picks do not count. */
  fixedPorts: number;
}

/** An instance gives away no more ports by number, its agent's own among them. */
const MOST_FIXED_PORTS = 100;
/** Linux' ephemeral range, out of which Docker takes ports for `hostPort: 0`. */
const DYNAMIC_PORTS = { first: 32_768, last: 60_999 };

export const requirementsOf = ({ containers, rest, requiresAttributes }: TaskDefinition): Requirements => {
  const mappings = containers.flatMap(({ portMappings }) => portMappings);
  const fixed = (protocol: string): number[] =>
    mappings.filter((one) => one.hostPort !== 0 && one.protocol === protocol).map(({ hostPort }) => hostPort);
  const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    cpu: rest.cpu === undefined ? sum(containers.map(({ cpu }) => cpu)) : Number(rest.cpu),
    memory:
      rest.memory === undefined
        ? sum(containers.map(({ memory, memoryReservation }) => memoryReservation ?? memory ?? 0))
        : Number(rest.memory),
    fixedPorts: fixed('tcp'),
    fixedUdpPorts: fixed('udp'),
    dynamicPorts: mappings.filter(({ hostPort }) => hostPort === 0).length,
    attributes: requiresAttributes ?? [],
  };
};

export const emptyUsage = (instance: ContainerInstance): Usage => ({
  cpu: 0,
  memory: 0,
  ports: new Set(instance.reservedPorts),
  udpPorts: new Set(),
  fixedPorts: 0,
});

/** A task is there: `sign` 1, or has gone: -1. */
export const account = (usage: Usage, task: Task, sign: 1 | -1): void => {
  usage.cpu += sign * task.cpu;
  usage.memory += sign * task.memory;
  for (const { bindings } of task.containers) {
    for (const { hostPort, protocol } of bindings) {
      const ports = protocol === 'udp' ? usage.udpPorts : usage.ports;
      if (hostPort < DYNAMIC_PORTS.first) usage.fixedPorts += sign;
      if (sign === 1) ports.add(hostPort);
      else ports.delete(hostPort);
    }
  }
};

export const lacksAttribute = ({ attributes }: ContainerInstance, want: Requirements): boolean =>
  want.attributes.some((required) => !attributes.some(({ name }) => name === required));

/** What keeps the task from the instance, in the order AWS filters. */
export const obstacleOn = (instance: ContainerInstance, usage: Usage, want: Requirements): Obstacle | undefined => {
  if (!instance.agentConnected) return 'agent';
  if (lacksAttribute(instance, want)) return 'attribute';
  if (usage.cpu + want.cpu > instance.cpu) return 'cpu';
  if (usage.memory + want.memory > instance.memory) return 'memory';
  if (want.fixedPorts.some((port) => usage.ports.has(port))) return 'ports';
  if (want.fixedUdpPorts.some((port) => usage.udpPorts.has(port))) return 'ports';
  const wanted = want.fixedPorts.length + want.fixedUdpPorts.length;
  if (wanted > 0 && instance.reservedPorts.length + usage.fixedPorts + wanted > MOST_FIXED_PORTS) return 'ports';
  return undefined;
};

export interface Candidate {
  instance: ContainerInstance;
  usage: Usage;
  /** Tasks of the same group that are there or on their way. */
  siblings: number;
  zone: string;
  /** Undefined: the task can go there. */
  obstacle?: Obstacle;
}

export type Placement =
  { instance: ContainerInstance; usage: Usage } | { closest?: { instance: ContainerInstance; obstacle: Obstacle } };

/** The later it comes, the closer was the match. */
const CLOSENESS: readonly Obstacle[] = ['agent', 'attribute', 'memberOf', 'distinctInstance', 'cpu', 'memory', 'ports'];

const closestOf = (candidates: readonly Candidate[]): Placement => {
  let best: { instance: ContainerInstance; obstacle: Obstacle } | undefined;
  for (const { instance, obstacle } of candidates) {
    if (obstacle === undefined) continue;
    if (best === undefined || CLOSENESS.indexOf(obstacle) > CLOSENESS.indexOf(best.obstacle)) {
      best = { instance, obstacle };
    }
  }
  return best === undefined ? {} : { closest: best };
};

/** Preferences narrow the choice one after the other; what is still equal goes by siblings, room, and instance id. */
export const place = (
  candidates: readonly Candidate[],
  preferences: readonly Preference[],
  random: Random,
): Placement => {
  let left = candidates.filter(({ obstacle }) => obstacle === undefined);
  for (const prefer of preferences) if (left.length > 1) left = prefer(left, candidates, random);
  const [first, ...others] = left;
  if (first === undefined) return closestOf(candidates);
  const isBetter = (a: Candidate, b: Candidate): boolean => {
    const order = a.siblings - b.siblings || a.usage.memory - b.usage.memory;
    return order === 0 ? a.instance.ec2InstanceId < b.instance.ec2InstanceId : order < 0;
  };
  const { instance, usage } = others.reduce((best, one) => (isBetter(one, best) ? one : best), first);
  return { instance, usage };
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
