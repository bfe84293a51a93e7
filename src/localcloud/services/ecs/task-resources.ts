/** What a task needs before its containers can start, and how its agent complains when it cannot have it. */
import type { Roles, SecretSource } from '../../engine/contract.ts';
import type { Images } from '../../images.ts';
import { unassumable } from './roles.ts';
import type { ContainerDefinition, Task, TaskDefinition } from './model.ts';

const ECR_HOST = /^\d{12}\.dkr\.ecr\./;

interface Ports {
  images: Images;
  secrets: SecretSource;
  roles: Roles;
}

export interface TaskResources {
  /** Before the pull: roles, secrets, credentials. Undefined when all are there; no value is ever kept or shown. */
  refuse(definition: TaskDefinition, task: Pick<Task, 'id' | 'overrides'>): string | undefined;
  /** Why Docker cannot pull this image for this container. */
  refusePull(image: string, container: ContainerDefinition | undefined): string | undefined;
}

const isCredentials = (value: string): boolean => {
  try {
    const { username, password } = JSON.parse(value) as { username?: unknown; password?: unknown };
    return typeof username === 'string' && typeof password === 'string';
  } catch {
    return false;
  }
};

const failed = (reason: string): string => `ResourceInitializationError: ${reason}`;

export const createTaskResources = ({ images, secrets, roles }: Ports): TaskResources => {
  const refuseSecrets = (
    { secrets: list, repositoryCredentials }: ContainerDefinition,
    as: { role: string; taskId: string },
  ): string | undefined => {
    for (const { valueFrom } of (list ?? []) as { valueFrom: string }[]) {
      const found = secrets.read(valueFrom, as);
      if ('reason' in found) return failed(found.reason);
    }
    const parameter = (repositoryCredentials as { credentialsParameter?: string } | undefined)?.credentialsParameter;
    if (parameter === undefined) return undefined;
    const found = secrets.read(parameter, as);
    if ('reason' in found) return failed(found.reason);
    return isCredentials(found.value)
      ? undefined
      : failed(
          `unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve repository credentials: ${parameter} has no username and password`,
        );
  };

  return {
    refuse: ({ containers, rest }, { id, overrides }) => {
      const { taskRoleArn, executionRoleArn } = { ...rest, ...overrides } as Record<string, string | undefined>;
      for (const role of [executionRoleArn, taskRoleArn]) {
        if (role !== undefined && !roles.trusts(role, 'ecs-tasks.amazonaws.com')) return unassumable(role);
      }
      for (const container of containers) {
        const problem = refuseSecrets(container, { role: executionRoleArn ?? '', taskId: id });
        if (problem !== undefined) return problem;
      }
      return undefined;
    },
    refusePull: (image, container) => {
      const { exists, needsCredentials } = images.behaviour(image);
      const [host = ''] = image.split('/');
      const name = images.parse(image);
      if (needsCredentials && container?.repositoryCredentials === undefined && !ECR_HOST.test(host)) {
        return `Head "https://${host}/v2/${name?.repository ?? ''}/manifests/${name?.tag ?? ''}": no basic auth credentials`;
      }
      if (exists) return undefined;
      if (name === undefined || images.isKnownRepository(name.repository)) {
        return `manifest for ${image} not found: manifest unknown: manifest unknown`;
      }
      const path = image.replace(/:[\w][\w.-]*$/, '');
      return ECR_HOST.test(host)
        ? `repository ${path} not found: name unknown: The repository with name '${name.repository}' does not exist in the registry with id '${host.slice(0, 12)}'`
        : `pull access denied for ${path}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`;
    },
  };
};
