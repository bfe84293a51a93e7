/** What task definitions need of an instance, and what the agent of an instance offers, as attributes. */
import type { Machine, Params } from '../../engine/contract.ts';
import type { ContainerDefinition } from './model.ts';

const AGENT = 'com.amazonaws.ecs.capability';
const remoteApi = (minor: number): string => `${AGENT}.docker-remote-api.1.${minor}`;
const logging = (driver: string): string => `${AGENT}.logging-driver.${driver}`;

/** Of the ECS-optimised image, as far as a task definition can ask for it here. */
const OFFERED = [
  ...[17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32].map(remoteApi),
  ...['awslogs', 'json-file', 'syslog', 'none', 'journald', 'gelf', 'fluentd', 'splunk', 'awsfirelens'].map(logging),
  `${AGENT}.ecr-auth`,
  `${AGENT}.privileged-container`,
  `${AGENT}.task-iam-role`,
  `${AGENT}.task-iam-role-network-host`,
  'ecs.capability.execution-role-awslogs',
  'ecs.capability.execution-role-ecr-pull',
  'ecs.capability.container-health-check',
  'ecs.capability.container-ordering',
  'ecs.capability.private-registry-authentication.secretsmanager',
  'ecs.capability.secrets.asm.environment-variables',
  'ecs.capability.secrets.ssm.environment-variables',
  'ecs.capability.secrets.asm.bootstrap.log-driver',
  'ecs.capability.secrets.ssm.bootstrap.log-driver',
  'ecs.capability.task-cpu-mem-limit',
  'ecs.capability.pid-ipc-namespace-sharing',
  'ecs.capability.docker-plugin.local',
  'ecs.capability.full-sync',
  'ecs.capability.env-files.s3',
  'ecs.capability.task-eni',
];

/** What an agent registers of its machine. */
export const instanceAttributes = (
  { instanceType, availabilityZone }: Pick<Machine, 'instanceType' | 'availabilityZone'>,
  architecture: string,
): { name: string; value?: string }[] => [
  { name: 'ecs.availability-zone', value: availabilityZone },
  { name: 'ecs.instance-type', value: instanceType },
  { name: 'ecs.os-type', value: 'linux' },
  { name: 'ecs.os-family', value: 'LINUX' },
  { name: 'ecs.cpu-architecture', value: architecture },
  ...OFFERED.map((name) => ({ name })),
];

const isEcr = (image: string): boolean => /^\d{12}\.dkr\.ecr\./.test(image);
const secretKind = (valueFrom: string): string => (/^arn:[\w-]+:secretsmanager:/.test(valueFrom) ? 'asm' : 'ssm');

const ofContainer = (container: ContainerDefinition, rest: Params): string[] => {
  const { logDriver, secretOptions } = (container.logConfiguration ?? {}) as {
    logDriver?: string;
    secretOptions?: { valueFrom: string }[];
  };
  const secrets = (container.secrets ?? []) as { valueFrom: string }[];
  const isWithRole = rest.executionRoleArn !== undefined;
  return [
    ...(container.memoryReservation === undefined ? [] : [remoteApi(21)]),
    ...(logDriver === undefined ? [] : [logging(logDriver), remoteApi(logDriver === 'awslogs' ? 19 : 18)]),
    ...(logDriver === 'awslogs' && isWithRole ? ['ecs.capability.execution-role-awslogs'] : []),
    ...(isEcr(container.image) ? [`${AGENT}.ecr-auth`, remoteApi(19)] : []),
    ...(isEcr(container.image) && isWithRole ? ['ecs.capability.execution-role-ecr-pull'] : []),
    ...(container.privileged === true ? [`${AGENT}.privileged-container`] : []),
    ...(container.healthCheck === undefined ? [] : ['ecs.capability.container-health-check', remoteApi(24)]),
    ...(container.dependsOn === undefined ? [] : ['ecs.capability.container-ordering']),
    ...(container.repositoryCredentials === undefined
      ? []
      : ['ecs.capability.private-registry-authentication.secretsmanager']),
    ...secrets.map(({ valueFrom }) => `ecs.capability.secrets.${secretKind(valueFrom)}.environment-variables`),
    ...(secretOptions ?? []).map(
      ({ valueFrom }) => `ecs.capability.secrets.${secretKind(valueFrom)}.bootstrap.log-driver`,
    ),
    ...(((container.environmentFiles ?? []) as unknown[]).length > 0 ? ['ecs.capability.env-files.s3'] : []),
  ];
};

/** Names of the attributes an instance has to have to run such a task. */
export const requiredAttributes = (containers: readonly ContainerDefinition[], rest: Params): string[] => {
  const network = { awsvpc: ['ecs.capability.task-eni'] }[String(rest.networkMode)] ?? [];
  const role = `${AGENT}.task-iam-role${rest.networkMode === 'host' ? '-network-host' : ''}`;
  const all = [
    ...containers.flatMap((container) => ofContainer(container, rest)),
    ...(rest.taskRoleArn === undefined ? [] : [role, remoteApi(17)]),
    ...(rest.cpu === undefined && rest.memory === undefined ? [] : ['ecs.capability.task-cpu-mem-limit']),
    ...(rest.pidMode === undefined && rest.ipcMode === undefined ? [] : ['ecs.capability.pid-ipc-namespace-sharing']),
    ...network,
    remoteApi(18),
  ];
  return [...new Set(all)];
};
