import { AwsError, type OperationTable, type Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { describeTask, wantsTags } from './describe.ts';
import { clientError, integer, invalid, lookUp, paginate, readTags, requireEc2 } from './input.ts';
import type { Task, TaskDefinition } from './model.ts';
import { obstacleOn, requirementsOf } from './placement.ts';
import type { Scheduler } from './scheduler.ts';
import type { Store } from './store.ts';

/** A RunTask may be repeated with its token for a day. */
const TOKEN_LIFE = 24 * 3_600_000;

const FAILURE_REASON = {
  ports: 'RESOURCE:PORTS',
  memory: 'RESOURCE:MEMORY',
  cpu: 'RESOURCE:CPU',
  agent: 'AGENT',
  attribute: 'ATTRIBUTE',
} as const;

interface Ports {
  engine: Engine;
  store: Store;
  scheduler: Scheduler;
}

/** Single tasks: run, stop, look at. */
export const taskOperations = ({ engine, store, scheduler }: Ports): OperationTable => {
  const { launcher } = scheduler;

  const run = (params: Params, cluster: string, definition: TaskDefinition): { tasks: Task[]; failures: Params[] } => {
    const count = integer(params.count ?? 1, 'count', 1);
    if (count > 10) throw invalid('count must be between 1 and 10.');
    const group = String(params.group ?? `family:${definition.family}`);
    const isDistinct = ((params.placementConstraints ?? []) as Params[]).some(
      ({ type }) => type === 'distinctInstance',
    );
    const candidates = launcher.candidates(cluster, group);
    if (candidates.length === 0) throw invalid('No Container Instances were found in your cluster.');
    const tasks: Task[] = [];
    for (let i = 0; i < count; i += 1) {
      const placement = launcher.choose(cluster, definition, group, isDistinct);
      if (!('usage' in placement)) {
        const want = requirementsOf(definition);
        const failures = launcher.candidates(cluster, group).map(({ instance, usage }) => {
          return { arn: instance.arn, reason: FAILURE_REASON[obstacleOn(instance, usage, want) ?? 'attribute'] };
        });
        return { tasks, failures };
      }
      const launch = {
        cluster,
        group,
        tags: readTags(params.tags),
        overrides: (params.overrides as Params | undefined) ?? {},
        ...(params.startedBy === undefined ? {} : { startedBy: String(params.startedBy) }),
      };
      tasks.push(launcher.start(launch, definition, placement));
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
  const find = (params: Params, reference: unknown): Task => {
    const { name } = store.cluster(params.cluster);
    const task = store.findTask(name, reference);
    if (task === undefined) throw invalid('The referenced task was not found.');
    return task;
  };
  const matches = (params: Params, cluster: string): ((task: Task) => boolean) => {
    const instance =
      params.containerInstance === undefined ? undefined : store.findInstance(cluster, params.containerInstance);
    if (params.containerInstance !== undefined && instance === undefined) {
      throw invalid('Referenced container instance not found.');
    }
    const service = params.serviceName === undefined ? undefined : store.findService(cluster, params.serviceName);
    if (params.serviceName !== undefined && service === undefined) {
      throw new AwsError('ServiceNotFoundException', 'Service not found.');
    }
    const desired = params.desiredStatus ?? 'RUNNING';
    return (task) =>
      task.cluster === cluster &&
      task.desiredStatus === desired &&
      (instance === undefined || task.containerInstance === instance.arn) &&
      (service === undefined || task.service === service.name) &&
      (params.startedBy === undefined || task.startedBy === params.startedBy) &&
      (params.family === undefined || task.taskDefinition.split('/').at(-1)?.split(':')[0] === params.family) &&
      (params.launchType === undefined || params.launchType === 'EC2');
  };

  return {
    RunTask: {
      mutating: true,
      resource: ({ taskDefinition }) => (taskDefinition === undefined ? undefined : String(taskDefinition)),
      run: (params) => {
        const { name: cluster } = store.cluster(params.cluster);
        requireEc2(params);
        const definition = store.findDefinition(params.taskDefinition);
        if (definition === undefined) throw clientError('TaskDefinition not found.');
        if (definition.status !== 'ACTIVE') throw clientError('TaskDefinition is inactive');
        const { clientToken, ...rest } = params as Params & { clientToken?: string };
        const key = clientToken === undefined ? undefined : `${cluster}/${clientToken}`;
        const parameters = JSON.stringify(rest);
        const before = repeated(key, parameters);
        if (before !== undefined) return { tasks: before.map((task) => describeTask(store, task, true)), failures: [] };
        const { tasks, failures } = run(params, cluster, definition);
        if (key !== undefined && tasks.length > 0) {
          store.runTokens()[key] = { parameters, taskArns: tasks.map(({ arn }) => arn), at: engine.clock.now() };
        }
        return { tasks: tasks.map((task) => describeTask(store, task, true)), failures };
      },
    },
    StopTask: {
      mutating: true,
      resource: ({ task }) => (task === undefined ? undefined : String(task)),
      run: (params) => {
        const task = find(params, params.task);
        if (task.desiredStatus === 'RUNNING') {
          scheduler.stopTask(task, String(params.reason ?? 'Task stopped by user'));
        }
        return { task: describeTask(store, task, false) };
      },
    },
    ListTasks: {
      mutating: false,
      resource: ({ serviceName, family }) => (serviceName ?? family) as string | undefined,
      run: (params) => {
        const { name } = store.cluster(params.cluster);
        const arns = [...store.tasks.values()].filter(matches(params, name)).map(({ arn }) => arn);
        const { items, ...more } = paginate(arns, params, 100);
        return { taskArns: items, ...more };
      },
    },
    DescribeTasks: {
      mutating: false,
      run: (params) => {
        const { name } = store.cluster(params.cluster);
        const references = (params.tasks ?? []) as string[];
        if (references.length === 0) throw invalid('Tasks cannot be empty.');
        if (references.length > 100) throw invalid('You can describe at most 100 tasks at once.');
        const { found, failures } = lookUp(
          references,
          (reference) => store.findTask(name, reference),
          (id) => store.arn('task', `${name}/${id}`),
        );
        return { tasks: found.map((task) => describeTask(store, task, wantsTags(params))), failures };
      },
    },
  };
};
