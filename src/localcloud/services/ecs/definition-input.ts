/** What a task definition may be, and what AWS says of one that it is not. */
import type { Params } from '../../engine/contract.ts';
import { readContainer, refuse } from './container-input.ts';
import { clientError } from './input.ts';
import type { ContainerDefinition } from './model.ts';

/** Bytes; a definition larger than this is refused. */
const LARGEST = 64 * 1024;
const MOST_CONTAINERS = 10;
/** Combinations of task CPU and memory (MiB, from and to) that Fargate has. */
const FARGATE_SIZES: Readonly<Record<string, readonly [number, number]>> = {
  256: [512, 2048],
  512: [1024, 4096],
  1024: [2048, 8192],
  2048: [4096, 16_384],
  4096: [8192, 30_720],
  8192: [16_384, 61_440],
  16_384: [32_768, 122_880],
};

/** `1 vCPU` → 1024, `2 GB` → 2048, `512` → 512; undefined when it is no size. */
const readSize = (text: unknown): number | undefined => {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*(vCPU|GB)?$/i.exec(String(text)) ?? [];
  if (number === undefined) return undefined;
  return unit === '' ? Number(number) : Math.round(Number(number) * 1024);
};

/** Task-level CPU (units) and memory (MiB), as the API shows them. */
export const readTaskSize = (params: Params): { cpu?: string; memory?: string } => {
  const size: { cpu?: string; memory?: string } = {};
  for (const name of ['cpu', 'memory'] as const) {
    if (params[name] === undefined) continue;
    const value = readSize(params[name]);
    if (value === undefined || value < 1) throw clientError(`Invalid '${name}' setting for task.`);
    size[name] = String(value);
  }
  return size;
};

/** Other containers and volumes that a container names have to be there. */
const checkReferences = (containers: readonly ContainerDefinition[], params: Params): void => {
  const byName = new Map(containers.map((container) => [container.name, container]));
  const volumes = new Set(((params.volumes ?? []) as { name?: string }[]).map(({ name }) => name));
  for (const container of containers) {
    for (const { sourceVolume } of container.mountPoints as { sourceVolume?: string }[]) {
      refuse(sourceVolume !== undefined && !volumes.has(sourceVolume), `Unknown volume '${sourceVolume}'.`);
    }
    for (const link of (container.links ?? []) as string[]) {
      const [target = ''] = link.split(':');
      refuse(!byName.has(target), `Container '${container.name}' has a link to an unknown container '${target}'.`);
    }
    for (const { containerName, condition } of (container.dependsOn ?? []) as Record<string, string>[]) {
      const target = byName.get(String(containerName));
      if (target === undefined || target === container) {
        throw clientError(`Container '${container.name}' depends on an unknown container '${containerName}'.`);
      }
      refuse(
        target.essential && (condition === 'SUCCESS' || condition === 'COMPLETE'),
        'A dependency container with SUCCESS or COMPLETE condition cannot be an essential container',
      );
      refuse(
        condition === 'HEALTHY' && target.healthCheck === undefined,
        `Container '${containerName}' has no health check, which the condition HEALTHY needs.`,
      );
    }
  }
};

const checkPorts = (containers: readonly ContainerDefinition[]): void => {
  const seen = new Set<string>();
  for (const { hostPort, protocol } of containers.flatMap(({ portMappings }) => portMappings)) {
    const key = `${protocol.toUpperCase()} host port '${hostPort}'`;
    refuse(hostPort !== 0 && seen.has(key), `${key} is mapped multiple times in task.`);
    seen.add(key);
  }
};

const checkSums = (containers: readonly ContainerDefinition[], params: Params): void => {
  const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
  refuse(
    params.cpu !== undefined && sum(containers.map(({ cpu }) => cpu)) > Number(params.cpu),
    "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.",
  );
  const memory = sum(containers.map((one) => one.memoryReservation ?? one.memory ?? 0));
  refuse(
    params.memory !== undefined && memory > Number(params.memory),
    "The sum of all container 'memory' values cannot be greater than the value of the task 'memory'.",
  );
};

const isFargateSize = ({ cpu, memory }: Params): boolean => {
  const range = FARGATE_SIZES[String(cpu)];
  return range !== undefined && Number(memory) >= range[0] && Number(memory) <= range[1];
};

/** Launch types such a definition is fit for; refuses one that wants Fargate and is not. */
export const compatibilities = (params: Params): string[] => {
  const isFargate = params.networkMode === 'awsvpc' && isFargateSize(params);
  if (((params.requiresCompatibilities ?? []) as string[]).includes('FARGATE') && !isFargate) {
    refuse(params.networkMode !== 'awsvpc', 'Fargate only supports network mode ‘awsvpc’.');
    refuse(params.cpu === undefined, "Fargate requires that 'cpu' be defined at the task level.");
    refuse(params.memory === undefined, "Fargate requires that 'memory' be defined at the task level.");
    throw clientError('No Fargate configuration exists for given values.');
  }
  if (params.networkMode === 'awsvpc') return isFargate ? ['EC2', 'FARGATE'] : ['EC2'];
  return ['EXTERNAL', 'EC2'];
};

/** The containers of a registration with AWS's defaults filled in. `params`: cpu and memory as `readTaskSize` answers them. */
export const readContainers = (params: Params): ContainerDefinition[] => {
  const list = (params.containerDefinitions ?? []) as Params[];
  refuse(list.length === 0, 'Container list cannot be empty.');
  refuse(list.length > MOST_CONTAINERS, 'Too many containers.');
  const { tags: _tags, ...definition } = params;
  const length = Buffer.byteLength(JSON.stringify(definition));
  refuse(length > LARGEST, `Actual length: '${length}'. Max allowed length is '${LARGEST}' bytes.`);
  const containers = list.map((container) => readContainer(container, params));
  const names = new Set(containers.map(({ name }) => name));
  refuse(names.size < containers.length, 'Container names must be unique within a task definition.');
  refuse(!containers.some(({ essential }) => essential), 'Task definition does not contain an essential container.');
  checkPorts(containers);
  checkReferences(containers, params);
  checkSums(containers, params);
  return containers;
};
