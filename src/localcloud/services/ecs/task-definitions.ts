import type { OperationTable, Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { describeDefinition, tagList, wantsTags } from './describe.ts';
import { clientError, invalid, paginate, readTags } from './input.ts';
import type { ContainerDefinition, PortMapping, TaskDefinition } from './model.ts';
import type { Store } from './store.ts';

/** Bytes; a definition larger than this is refused. */
const LARGEST = 64 * 1024;
const MOST_CONTAINERS = 10;
/** Real milliseconds a registration takes: a second one of the family in that time is refused, as AWS does. */
const REGISTRATION_MILLISECONDS = 20;

const ECHOED = [
  'taskRoleArn',
  'executionRoleArn',
  'networkMode',
  'volumes',
  'placementConstraints',
  'requiresCompatibilities',
  'cpu',
  'memory',
  'pidMode',
  'ipcMode',
  'runtimePlatform',
  'ephemeralStorage',
] as const;

const readPort = (mapping: Params): PortMapping => {
  const containerPort = mapping.containerPort as number;
  if (!Number.isInteger(containerPort) || containerPort < 1 || containerPort > 65_535) {
    throw clientError('Container port must be between 1 and 65535.');
  }
  return {
    ...mapping,
    containerPort,
    hostPort: (mapping.hostPort as number | undefined) ?? 0,
    protocol: String(mapping.protocol ?? 'tcp'),
  };
};

const readContainer = (container: Params, hasTaskMemory: boolean): ContainerDefinition => {
  const { name, image } = container as { name?: string; image?: string };
  if (name === undefined || !/^[\w-]{1,255}$/.test(name))
    throw clientError('Container.name contains invalid characters.');
  if (image === undefined || image === '') throw clientError('Container.image should not be null or empty.');
  if (container.memory === undefined && container.memoryReservation === undefined && !hasTaskMemory) {
    throw clientError(
      `Invalid setting for container '${name}'. At least one of 'memory' or 'memoryReservation' must be specified.`,
    );
  }
  if (typeof container.memory === 'number' && container.memory < 6) {
    throw clientError(`Invalid setting for container '${name}'. 'memory' must be at least 6 MiB.`);
  }
  return {
    environment: [],
    mountPoints: [],
    volumesFrom: [],
    systemControls: [],
    ...container,
    name,
    image,
    cpu: (container.cpu as number | undefined) ?? 0,
    essential: (container.essential as boolean | undefined) ?? true,
    portMappings: ((container.portMappings ?? []) as Params[]).map(readPort),
  };
};

const readContainers = (params: Params): ContainerDefinition[] => {
  const list = (params.containerDefinitions ?? []) as Params[];
  if (list.length === 0) throw clientError('Container list cannot be empty.');
  if (list.length > MOST_CONTAINERS) throw clientError(`A task definition has at most ${MOST_CONTAINERS} containers.`);
  const containers = list.map((container) => readContainer(container, params.memory !== undefined));
  if (new Set(containers.map(({ name }) => name)).size < containers.length)
    throw clientError('Container names must be unique.');
  if (!containers.some(({ essential }) => essential))
    throw clientError('Task definition does not contain an essential container.');
  const ports = containers
    .flatMap(({ portMappings }) => portMappings.map(({ hostPort }) => hostPort))
    .filter((port) => port !== 0);
  if (new Set(ports).size < ports.length)
    throw clientError('A host port cannot be used by two containers of one task.');
  return containers;
};

const resource = ({ family, taskDefinition }: Params): string | undefined => {
  const name: unknown = family ?? taskDefinition;
  return name === undefined ? undefined : (String(name).split('/').at(-1) ?? '').split(':')[0];
};

/** Families and their revisions. */
export const taskDefinitionOperations = ({ engine, store }: { engine: Engine; store: Store }): OperationTable => {
  const registering = new Set<string>();

  const register = (family: string, params: Params, accessKeyId: string): TaskDefinition => {
    const containers = readContainers(params);
    const tags = readTags(params.tags);
    if (JSON.stringify(params.containerDefinitions).length > LARGEST) {
      throw clientError(`Actual length of the task definition exceeds the max length of ${LARGEST} bytes.`);
    }
    const revision = store.nextRevision(family);
    const rest = Object.fromEntries(
      ECHOED.filter((key) => params[key] !== undefined).map((key) => [key, params[key] as unknown]),
    );
    const definition: TaskDefinition = {
      arn: store.arn('task-definition', `${family}:${revision}`),
      family,
      revision,
      status: 'ACTIVE',
      containers,
      rest,
      registeredAt: engine.clock.now(),
      registeredBy: `arn:aws:iam::${engine.account}:user/${accessKeyId}`,
      tags,
    };
    store.definitions.set(definition.arn, definition);
    return definition;
  };
  const find = (reference: unknown, message: string): TaskDefinition => {
    if (reference === undefined || reference === '') throw clientError('TaskDefinition can not be blank.');
    const definition = store.findDefinition(reference);
    if (definition === undefined) throw clientError(message);
    return definition;
  };
  const sorted = (order: unknown, definitions: TaskDefinition[]): TaskDefinition[] => {
    const ascending = definitions.toSorted((a, b) => a.family.localeCompare(b.family) || a.revision - b.revision);
    return order === 'DESC' ? ascending.toReversed() : ascending;
  };

  return {
    RegisterTaskDefinition: {
      mutating: true,
      resource,
      run: async (params, { accessKeyId }) => {
        const family = String(params.family ?? '');
        if (!/^[\w-]{1,255}$/.test(family)) throw clientError('Family contains invalid characters.');
        if (registering.has(family)) {
          throw clientError('Too many concurrent attempts to create a new revision of the specified family.');
        }
        registering.add(family);
        try {
          const definition = register(family, params, accessKeyId);
          await new Promise((resolve) => setTimeout(resolve, REGISTRATION_MILLISECONDS));
          return { taskDefinition: describeDefinition(definition), tags: tagList(definition.tags) };
        } finally {
          registering.delete(family);
        }
      },
    },
    DeregisterTaskDefinition: {
      mutating: true,
      resource,
      run: (params) => {
        if (!/:\d+$/.test(String(params.taskDefinition ?? ''))) throw clientError('Revision is missing.');
        const definition = find(params.taskDefinition, 'The specified task definition does not exist.');
        if (definition.status === 'ACTIVE') {
          definition.status = 'INACTIVE';
          definition.deregisteredAt = engine.clock.now();
        }
        return { taskDefinition: describeDefinition(definition) };
      },
    },
    DescribeTaskDefinition: {
      mutating: false,
      resource,
      run: (params) => {
        const definition = find(params.taskDefinition, 'Unable to describe task definition.');
        return {
          taskDefinition: describeDefinition(definition),
          ...(wantsTags(params) ? { tags: tagList(definition.tags) } : {}),
        };
      },
    },
    ListTaskDefinitions: {
      mutating: false,
      run: (params) => {
        const status = params.status ?? 'ACTIVE';
        const matching = [...store.definitions.values()].filter(
          (one) => one.status === status && (params.familyPrefix === undefined || one.family === params.familyPrefix),
        );
        const arns = sorted(params.sort, matching).map(({ arn }) => arn);
        const { items, ...more } = paginate(arns, params, 100);
        return { taskDefinitionArns: items, ...more };
      },
    },
    ListTaskDefinitionFamilies: {
      mutating: false,
      run: (params) => {
        const status = params.status ?? 'ACTIVE';
        const prefix = String(params.familyPrefix ?? '');
        const isActive = (family: string): boolean =>
          [...store.definitions.values()].some((one) => one.family === family && one.status === 'ACTIVE');
        const families = [...new Set([...store.definitions.values()].map(({ family }) => family))]
          .filter((family) => family.startsWith(prefix))
          .filter((family) => status === 'ALL' || isActive(family) === (status === 'ACTIVE'))
          .toSorted();
        const { items, ...more } = paginate(families, params, 100);
        return { families: items, ...more };
      },
    },
    DeleteTaskDefinitions: {
      mutating: true,
      run: (params) => {
        const references = (params.taskDefinitions ?? []) as string[];
        if (references.length > 10) throw invalid('You can delete at most 10 task definitions at once.');
        const taskDefinitions: Params[] = [];
        const failures: Params[] = [];
        for (const reference of references) {
          const definition = store.findDefinition(reference);
          if (definition?.status === 'INACTIVE') {
            definition.status = 'DELETE_IN_PROGRESS';
            taskDefinitions.push(describeDefinition(definition));
          } else {
            const reason =
              definition === undefined
                ? 'MISSING'
                : 'The specified task definition is still in ACTIVE status. Please deregister the target and try again.';
            failures.push({ arn: reference, reason });
          }
        }
        return { taskDefinitions, failures };
      },
    },
  };
};
