/** What one container of a task definition may be, and what AWS says of one that it is not. */
import type { Params } from '../../engine/contract.ts';
import { clientError } from './input.ts';
import type { ContainerDefinition, PortMapping } from './model.ts';

/** MiB; Docker takes no less. */
const LEAST_MEMORY = 6;

/** @throws ClientException when something is wrong. */
export const refuse = (isWrong: boolean, message: string): void => {
  if (isWrong) throw clientError(message);
};

const isPort = (port: unknown, least: number): boolean =>
  Number.isInteger(port) && (port as number) >= least && (port as number) <= 65_535;

const readPort = (mapping: Params, container: string, networkMode: string): PortMapping => {
  const containerPort = mapping.containerPort as number;
  refuse(!isPort(containerPort, 1), `Invalid 'containerPort' setting for container '${container}'.`);
  const isShared = networkMode === 'host' || networkMode === 'awsvpc';
  const hostPort = (mapping.hostPort as number | undefined) ?? (isShared ? containerPort : 0);
  refuse(!isPort(hostPort, 0), `Invalid 'hostPort' setting for container '${container}'.`);
  refuse(
    isShared && hostPort !== containerPort,
    `When networkMode=${networkMode}, the host ports and container ports in port mappings must match.`,
  );
  return { ...mapping, containerPort, hostPort, protocol: String(mapping.protocol ?? 'tcp') };
};

const checkMemory = (container: Params, name: string, hasTaskMemory: boolean): void => {
  const { memory, memoryReservation } = container as { memory?: number; memoryReservation?: number };
  const setting = `Invalid setting for container '${name}'.`;
  refuse(
    memory === undefined && memoryReservation === undefined && !hasTaskMemory,
    `${setting} At least one of 'memory' or 'memoryReservation' must be specified.`,
  );
  refuse(memory !== undefined && memory < LEAST_MEMORY, `${setting} 'memory' must be at least ${LEAST_MEMORY} MiB.`);
  refuse(
    memoryReservation !== undefined && memoryReservation < LEAST_MEMORY,
    `${setting} 'memoryReservation' must be at least ${LEAST_MEMORY} MiB.`,
  );
  refuse(
    memory !== undefined && memoryReservation !== undefined && memoryReservation > memory,
    `${setting} 'memoryReservation' must not be greater than 'memory'.`,
  );
};

const checkHealthCheck = (healthCheck: Params | undefined, name: string): void => {
  if (healthCheck === undefined) return;
  const [kind] = (healthCheck.command ?? []) as string[];
  const setting = `Invalid healthCheck setting for container '${name}'.`;
  refuse(
    kind === undefined || !['CMD', 'CMD-SHELL', 'NONE'].includes(kind),
    `${setting} The command must start with CMD or CMD-SHELL.`,
  );
  const ranges = { interval: [5, 300], timeout: [2, 60], retries: [1, 10], startPeriod: [0, 300] } as const;
  for (const [member, [least, most]] of Object.entries(ranges)) {
    const value = healthCheck[member] as number | undefined;
    refuse(
      value !== undefined && (value < least || value > most),
      `${setting} '${member}' must be between ${least} and ${most}.`,
    );
  }
};

const checkSecrets = (container: Params, { executionRoleArn }: Params): void => {
  const secrets = (container.secrets ?? []) as { name: string }[];
  refuse(
    secrets.length > 0 && executionRoleArn === undefined,
    "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
  );
  refuse(
    container.repositoryCredentials !== undefined && executionRoleArn === undefined,
    'Private repository authentication requires that the task definition specify a value for executionRoleArn.',
  );
  const names = ((container.environment ?? []) as { name?: string }[]).map(({ name }) => name);
  for (const { name } of secrets) {
    refuse(
      names.includes(name),
      `The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '${name}'.`,
    );
    names.push(name);
  }
};

const checkLogging = (container: Params): void => {
  const { logDriver, options = {} } = (container.logConfiguration ?? {}) as {
    logDriver?: string;
    options?: Record<string, string>;
  };
  refuse(
    logDriver === 'awslogs' && (options['awslogs-group'] === undefined || options['awslogs-region'] === undefined),
    'Log driver awslogs requires options: awslogs-region, awslogs-group',
  );
};

/** A container with AWS's defaults filled in; `params`: the whole registration. */
export const readContainer = (container: Params, params: Params): ContainerDefinition => {
  const { name = '', image = '' } = container as { name?: string; image?: string };
  refuse(name === '', 'Container.name should not be null or empty.');
  refuse(!/^[\w-]{1,255}$/.test(name), 'Container.name contains invalid characters.');
  refuse(image === '', 'Container.image should not be null or empty.');
  refuse(/\s/.test(image) || image.length > 255, 'Container.image contains invalid characters.');
  checkMemory(container, name, params.memory !== undefined);
  const cpu = (container.cpu as number | undefined) ?? 0;
  refuse(cpu < 0, `Invalid 'cpu' setting for container '${name}'.`);
  const stopTimeout = container.stopTimeout as number | undefined;
  refuse(stopTimeout !== undefined && stopTimeout < 0, `Invalid 'stopTimeout' setting for container '${name}'.`);
  checkHealthCheck(container.healthCheck as Params | undefined, name);
  checkSecrets(container, params);
  checkLogging(container);
  const networkMode = String(params.networkMode ?? 'bridge');
  const mappings = (container.portMappings ?? []) as Params[];
  refuse(networkMode === 'none' && mappings.length > 0, 'Port mappings are not supported when networkMode=none.');
  refuse(
    networkMode !== 'bridge' && ((container.links ?? []) as string[]).length > 0,
    `Links are not supported when networkMode=${networkMode}.`,
  );
  const healthCheck = container.healthCheck as Params | undefined;
  return {
    environment: [],
    mountPoints: [],
    volumesFrom: [],
    systemControls: [],
    ...container,
    ...(healthCheck !== undefined && { healthCheck: { interval: 30, timeout: 5, retries: 3, ...healthCheck } }),
    name,
    image,
    cpu,
    essential: (container.essential as boolean | undefined) ?? true,
    portMappings: mappings.map((mapping) => readPort(mapping, name, networkMode)),
  };
};
