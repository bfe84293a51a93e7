import { callerArn } from '../../engine/arn.ts';
import type { CallContext, OperationTable, Params, Roles } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { requiredAttributes } from './capabilities.ts';
import { compatibilities, readContainers, readTaskSize } from './definition-input.ts';
import { describeDefinition } from './describe-definition.ts';
import { tagList, wantsTags } from './describe.ts';
import { clientError, lastPart, paginate, readTags, references } from './input.ts';
import type { TaskDefinition } from './model.ts';
import { checkRoles, rolesOf } from './roles.ts';
import type { Store } from './store.ts';

/** Real milliseconds a registration takes: a second one of the family in that time is refused, as AWS does. */
const REGISTRATION_MILLISECONDS = 20;
const MOST_CONSTRAINTS = 10;

const ECHOED = [
  'taskRoleArn',
  'executionRoleArn',
  'networkMode',
  'volumes',
  'placementConstraints',
  'requiresCompatibilities',
  'pidMode',
  'ipcMode',
  'runtimePlatform',
  'proxyConfiguration',
  'ephemeralStorage',
  'enableFaultInjection',
] as const;

const STILL_ACTIVE =
  'The specified task definition is still in ACTIVE status. Please deregister the target and try again.';

const resource = ({ family, taskDefinition }: Params): string | undefined =>
  lastPart(family ?? taskDefinition)?.split(':')[0];

interface Ports {
  engine: Engine;
  store: Store;
  roles: Roles;
}

/** Families and their revisions. */
export const taskDefinitionOperations = ({ engine, store, roles }: Ports): OperationTable => {
  const registering = new Set<string>();

  const register = (family: string, params: Params, context: CallContext): TaskDefinition => {
    const size = readTaskSize(params);
    const containers = readContainers({ ...params, ...size });
    const constraints = (params.placementConstraints ?? []) as Params[];
    if (constraints.length > MOST_CONSTRAINTS)
      throw clientError(`placement constraints can have at most ${MOST_CONSTRAINTS} items.`);
    checkRoles(roles, context, rolesOf(params));
    const tags = readTags(params.tags);
    // Tools such as ecs-deploy send a role they have not got as an empty text; to AWS that is none.
    const echoed = ECHOED.filter((key) => params[key] !== undefined && params[key] !== '').map((key) => [
      key,
      params[key] as unknown,
    ]);
    const rest: Params = { ...Object.fromEntries(echoed), ...size };
    const fit = compatibilities({ ...params, ...size });
    const revision = store.nextRevision(family);
    const definition: TaskDefinition = {
      arn: store.arn('task-definition', `${family}:${revision}`),
      family,
      revision,
      status: 'ACTIVE',
      containers,
      rest,
      requiresAttributes: requiredAttributes(containers, rest),
      compatibilities: fit,
      registeredAt: engine.clock.now(),
      registeredBy: callerArn(context),
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
  /** Undefined when it is to go, else why not. */
  const remove = (definition: TaskDefinition | undefined): string | undefined => {
    if (definition === undefined) return 'The specified task definition does not exist.';
    if (definition.status === 'ACTIVE') return STILL_ACTIVE;
    definition.status = 'DELETE_IN_PROGRESS';
    definition.deleteRequestedAt ??= engine.clock.now();
    return undefined;
  };

  return {
    RegisterTaskDefinition: {
      mutating: true,
      resource,
      note: 'links, dependsOn, ulimits, volumes and the like are checked, kept and shown only',
      run: async (params, context) => {
        const family = String(params.family);
        if (family === '') throw clientError('Family should not be null or empty.');
        if (!/^[\w-]{1,255}$/.test(family)) throw clientError('Family contains invalid characters.');
        if (registering.has(family)) {
          throw clientError('Too many concurrent attempts to create a new revision of the specified family.');
        }
        registering.add(family);
        try {
          const definition = register(family, params, context);
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
        if (!/:\d+$/.test(String(params.taskDefinition))) throw clientError('Revision is missing.');
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
          ...(wantsTags(params) && { tags: tagList(definition.tags) }),
        };
      },
    },
    ListTaskDefinitions: {
      mutating: false,
      run: (params) => {
        const { status = 'ACTIVE', familyPrefix } = params;
        const matching = [...store.definitions.values()].filter(
          (one) => one.status === status && (familyPrefix === undefined || one.family === familyPrefix),
        );
        const arns = sorted(params.sort, matching).map(({ arn }) => arn);
        const { items, ...more } = paginate(arns, params, 100);
        return { taskDefinitionArns: items, ...more };
      },
    },
    ListTaskDefinitionFamilies: {
      mutating: false,
      run: (params) => {
        const { status = 'ACTIVE' } = params;
        const prefix = String(params.familyPrefix ?? '');
        const isActive = new Map<string, boolean>();
        for (const { family, status: of } of store.definitions.values()) {
          if (of === 'DELETE_IN_PROGRESS' || !family.startsWith(prefix)) continue;
          isActive.set(family, isActive.get(family) === true || of === 'ACTIVE');
        }
        const families = [...isActive]
          .filter(([, active]) => status === 'ALL' || active === (status === 'ACTIVE'))
          .map(([family]) => family)
          .toSorted();
        const { items, ...more } = paginate(families, params, 100);
        return { families: items, ...more };
      },
    },
    DeleteTaskDefinitions: {
      mutating: true,
      note: 'gone once no task and no service uses it, looked at every minute',
      run: (params) => {
        const list = references(params.taskDefinitions, 'taskDefinitions', 10);
        if (!list.every((one) => /:\d+$/.test(one))) throw clientError('Revision is missing.');
        const taskDefinitions: Params[] = [];
        const failures: Params[] = [];
        for (const reference of list) {
          const definition = store.findDefinition(reference);
          const reason = remove(definition);
          if (reason === undefined && definition !== undefined) taskDefinitions.push(describeDefinition(definition));
          else failures.push({ arn: reference, reason });
        }
        return { taskDefinitions, failures };
      },
    },
  };
};

/** Takes away the revisions whose deletion was asked for and that nothing uses any more. */
export const removeDeleted = (store: Store): void => {
  const deleted = [...store.definitions.values()].filter(({ status }) => status === 'DELETE_IN_PROGRESS');
  if (deleted.length === 0) return;
  const used = new Set<string>();
  for (const { lastStatus, taskDefinition } of store.tasks.values()) {
    if (lastStatus !== 'STOPPED') used.add(taskDefinition);
  }
  for (const { status, taskDefinition, deployments } of store.services.values()) {
    if (status === 'INACTIVE') continue;
    for (const arn of [taskDefinition, ...deployments.map((one) => one.taskDefinition)]) used.add(arn);
  }
  for (const { arn } of deleted) if (!used.has(arn)) store.definitions.delete(arn);
};
