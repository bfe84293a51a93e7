/** RunTask and StartTask: tasks that belong to no service. */
import { AwsError, type CallContext, type OperationTable, type Params, type Roles } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { describeTask } from './describe-task.ts';
import type { Obstacle } from './event-text.ts';
import { clientError, integer, invalid, lastPart, readTags, references, requireEc2, requireFewTags } from './input.ts';
import type { Launcher } from './launcher.ts';
import type { ContainerInstance, Tags, Task, TaskDefinition } from './model.ts';
import { readOverrides, withOverrides } from './overrides.ts';
import { obstacleOn, requirementsOf } from './placement.ts';
import { checkRoles, rolesOf, unassumable } from './roles.ts';
import type { Store } from './store.ts';
import { TASK_DEFAULT } from './strategies.ts';
import { managedTags } from './tags.ts';

/** A RunTask may be repeated with its token for a day. */
const TOKEN_LIFE = 24 * 3_600_000;
const MOST_TASKS = 10;

/** Reasons of `failures`, one for each instance that could not take the task. */
const FAILURE_REASON: Record<Obstacle, string> = {
  ports: 'RESOURCE:PORTS',
  memory: 'RESOURCE:MEMORY',
  cpu: 'RESOURCE:CPU',
  agent: 'AGENT',
  attribute: 'ATTRIBUTE',
  memberOf: 'MemberOf placement constraint unsatisfied.',
  distinctInstance: 'DistinctInstance placement constraint unsatisfied.',
};

interface Ports {
  engine: Engine;
  store: Store;
  launcher: Launcher;
  roles: Roles;
}

/** What the tasks of one call have in common. */
interface Plan {
  cluster: string;
  definition: TaskDefinition;
  group: string;
  startedBy?: string;
  overrides: Params;
  tags: Tags;
  enableExecuteCommand?: boolean;
}

/** Bridge, host and none need no network configuration, and there is no other mode. */
export const refuseNetwork = ({ rest }: TaskDefinition, { networkConfiguration }: Params): void => {
  if (rest.networkMode === 'awsvpc') {
    if (networkConfiguration === undefined)
      throw invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
    throw invalid('This local cloud serves the network modes bridge, host and none only.');
  }
  if (networkConfiguration !== undefined) {
    throw invalid('Network Configuration is not valid for the given networkMode of this task definition.');
  }
};

/** The definition a caller names, when tasks may be started with it. */
export const startableDefinition = (store: Store, reference: unknown): TaskDefinition => {
  const definition = store.findDefinition(reference);
  if (definition === undefined) throw clientError('TaskDefinition not found.');
  if (definition.status !== 'ACTIVE') throw clientError('TaskDefinition is inactive');
  return definition;
};

export const runOperations = ({ engine, store, launcher, roles }: Ports): OperationTable => {
  const readGroup = (group: unknown, family: string): string => {
    if (group === undefined) return `family:${family}`;
    if (/^(?:service|family):/.test(String(group))) throw invalid('Invalid namespace for group.');
    return String(group);
  };
  const refuseRoles = (context: CallContext, definition: TaskDefinition, overrides: Params): void => {
    checkRoles(roles, context, rolesOf(overrides));
    for (const role of rolesOf({ ...definition.rest, ...overrides })) {
      if (role === undefined) continue;
      if (!roles.trusts(String(role), 'ecs-tasks.amazonaws.com')) throw clientError(unassumable(String(role)));
      checkRoles(roles, context, [role]);
    }
  };
  const readPlan = (params: Params, context: CallContext): Plan => {
    const { name: cluster } = store.cluster(params.cluster);
    requireEc2(params);
    const registered = startableDefinition(store, params.taskDefinition);
    refuseNetwork(registered, params);
    const { startedBy, propagateTags } = params;
    if (startedBy !== undefined && !/^[\w/-]{1,128}$/.test(String(startedBy)))
      throw invalid('startedBy can have up to 128 letters, numbers, hyphens, slashes and underscores.');
    if (propagateTags === 'SERVICE') throw invalid('Tags can only be propagated from the task definition.');
    const own = readTags(params.tags);
    const inherited = propagateTags === 'TASK_DEFINITION' ? registered.tags : {};
    const tags = { ...inherited, ...own, ...(params.enableECSManagedTags === true ? managedTags(cluster) : {}) };
    requireFewTags(tags);
    const overrides = readOverrides(params.overrides as Params | undefined, registered);
    refuseRoles(context, registered, overrides);
    return {
      cluster,
      definition: withOverrides(registered, overrides),
      group: readGroup(params.group, registered.family),
      overrides,
      tags,
      ...(startedBy !== undefined && { startedBy: String(startedBy) }),
      ...(params.enableExecuteCommand === true && { enableExecuteCommand: true }),
    };
  };
  const start = ({ definition, ...launch }: Plan, instance: ContainerInstance): Task =>
    launcher.start({ ...launch, tags: { ...launch.tags } }, definition, { instance, usage: store.usageOn(instance) });

  const run = (plan: Plan, params: Params): { tasks: Task[]; failures: Params[] } => {
    const count = integer(params.count ?? 1, 'count', 1);
    if (count > MOST_TASKS) throw invalid(`count must be between 1 and ${MOST_TASKS}.`);
    const { cluster, definition, group } = plan;
    const strategies = (params.placementStrategy ?? []) as Params[];
    const constraints = (params.placementConstraints ?? []) as Params[];
    const wish = { group, constraints, strategies: strategies.length > 0 ? strategies : TASK_DEFAULT };
    if (launcher.candidates(cluster, definition, wish).length === 0)
      throw invalid('No Container Instances were found in your cluster.');
    const tasks: Task[] = [];
    while (tasks.length < count) {
      const placement = launcher.choose(cluster, definition, wish);
      if (!('usage' in placement)) {
        const failures = launcher
          .candidates(cluster, definition, wish)
          .map(({ instance, obstacle = 'attribute' }) => ({ arn: instance.arn, reason: FAILURE_REASON[obstacle] }));
        return { tasks, failures };
      }
      tasks.push(start(plan, placement.instance));
    }
    return { tasks, failures: [] };
  };

  /** The tasks an earlier call with this token started. */
  const repeated = (key: string | undefined, parameters: string): Task[] | undefined => {
    const token = key === undefined ? undefined : store.runTokens()[key];
    if (token === undefined || engine.clock.now() - token.at > TOKEN_LIFE) return undefined;
    if (token.parameters !== parameters) {
      throw new AwsError('ConflictException', 'The clientToken was used before with other parameters.', 400, {
        resourceIds: token.taskArns,
      });
    }
    return token.taskArns.flatMap((arn) => store.tasks.get(arn) ?? []);
  };
  const remember = (key: string, parameters: string, tasks: readonly Task[]): void => {
    const tokens = store.runTokens();
    const now = engine.clock.now();
    for (const [old, { at }] of Object.entries(tokens)) if (now - at > TOKEN_LIFE) delete tokens[old];
    tokens[key] = { parameters, taskArns: tasks.map(({ arn }) => arn), at: now };
  };
  const readToken = (token: unknown): string | undefined => {
    if (token === undefined) return undefined;
    if (/^[\x21-\x7E]{1,64}$/.test(String(token))) return String(token);
    throw invalid('clientToken can have up to 64 characters in the range of 33-126.');
  };
  const answer = (tasks: readonly Task[], failures: Params[]): Params => ({
    tasks: tasks.map((task) => describeTask(store, task, true)),
    failures,
  });
  const resource = ({ taskDefinition }: Params): string | undefined => lastPart(taskDefinition);

  return {
    RunTask: {
      mutating: true,
      resource,
      note: 'launch type EC2 without capacity providers; volumes, and what overrides do inside a container, are kept only',
      run: (params, context) => {
        const { name: cluster } = store.cluster(params.cluster);
        const { clientToken, ...rest } = params;
        const token = readToken(clientToken);
        const key = token === undefined ? undefined : `${cluster}/${token}`;
        const parameters = JSON.stringify(rest);
        const before = repeated(key, parameters);
        if (before !== undefined) return answer(before, []);
        const { tasks, failures } = run(readPlan(params, context), params);
        if (key !== undefined && tasks.length > 0) remember(key, parameters, tasks);
        return answer(tasks, failures);
      },
    },
    StartTask: {
      mutating: true,
      resource,
      note: 'as RunTask',
      run: (params, context) => {
        const plan = readPlan(params, context);
        const names = references(params.containerInstances, 'containerInstances', MOST_TASKS);
        const want = requirementsOf(plan.definition);
        const tasks: Task[] = [];
        const failures: Params[] = [];
        for (const name of names) {
          const instance = store.findInstance(plan.cluster, name);
          const arn = instance?.arn ?? store.arn('container-instance', `${plan.cluster}/${lastPart(name) ?? ''}`);
          if (instance === undefined) failures.push({ arn, reason: 'MISSING' });
          else if (instance.status !== 'ACTIVE') failures.push({ arn, reason: 'INACTIVE' });
          else {
            const obstacle = obstacleOn(instance, store.usageOn(instance), want);
            if (obstacle === undefined) tasks.push(start(plan, instance));
            else failures.push({ arn, reason: FAILURE_REASON[obstacle] });
          }
        }
        return answer(tasks, failures);
      },
    },
  };
};
