import { AwsError, type OperationTable, type Params } from '../../engine/contract.ts';
import { describeTask } from './describe-task.ts';
import { wantsTags } from './describe.ts';
import { invalid, lastPart, lookUp, paginate, references } from './input.ts';
import type { Task } from './model.ts';
import type { Scheduler } from './scheduler.ts';
import type { Store } from './store.ts';

/** Longest reason a caller may give for a stop. */
const LONGEST_REASON = 1024;

interface Ports {
  store: Store;
  scheduler: Pick<Scheduler, 'stopTask'>;
}

/** Tasks that are there: stop them, look at them. */
export const taskOperations = ({ store, scheduler }: Ports): OperationTable => {
  const find = (params: Params): Task => {
    const { name } = store.cluster(params.cluster);
    const task = store.findTask(name, params.task);
    if (task === undefined) throw invalid('The referenced task was not found.');
    return task;
  };
  /** The smallest set the filters name, and what is left to look at in it. */
  const select = (params: Params, cluster: string): Task[] => {
    const { containerInstance, serviceName, startedBy, family, launchType, daemonName } = params;
    const desired: unknown = params.desiredStatus ?? 'RUNNING';
    const others = [containerInstance, serviceName, family].filter((one) => one !== undefined);
    if (startedBy !== undefined && others.length > 0) throw invalid('startedBy must be the only filter that you use.');
    const instance = containerInstance === undefined ? undefined : store.findInstance(cluster, containerInstance);
    if (containerInstance !== undefined && instance === undefined)
      throw invalid('Referenced container instance not found.');
    const service = serviceName === undefined ? undefined : store.findService(cluster, serviceName);
    if (serviceName !== undefined && service === undefined)
      throw new AwsError('ServiceNotFoundException', 'Service not found.');
    if (daemonName !== undefined || (launchType ?? 'EC2') !== 'EC2') return [];
    const all =
      service !== undefined
        ? store.tasksOf(service)
        : instance !== undefined
          ? store.tasksOn(instance)
          : [...store.tasks.values()];
    return all.filter(
      (task) =>
        task.cluster === cluster &&
        task.desiredStatus === desired &&
        (instance === undefined || task.containerInstance === instance.arn) &&
        (startedBy === undefined || task.startedBy === startedBy) &&
        (family === undefined || lastPart(task.taskDefinition)?.split(':')[0] === family),
    );
  };

  return {
    StopTask: {
      mutating: true,
      resource: ({ task }) => lastPart(task),
      run: (params) => {
        const task = find(params);
        const reason = String(params.reason ?? 'Task stopped by user');
        if (reason.length > LONGEST_REASON) throw invalid(`reason can have at most ${LONGEST_REASON} characters.`);
        if (task.desiredStatus === 'RUNNING') scheduler.stopTask(task, reason);
        return { task: describeTask(store, task, true) };
      },
    },
    ListTasks: {
      mutating: false,
      resource: ({ serviceName, family }) => lastPart(serviceName ?? family),
      run: (params) => {
        const { name } = store.cluster(params.cluster);
        const arns = select(params, name).map(({ arn }) => arn);
        const { items, ...more } = paginate(arns, params, 100);
        return { taskArns: items, ...more };
      },
    },
    DescribeTasks: {
      mutating: false,
      run: (params) => {
        const { name } = store.cluster(params.cluster);
        const { found, failures } = lookUp(
          references(params.tasks, 'Tasks', 100),
          (reference) => store.findTask(name, reference),
          (id) => store.arn('task', `${name}/${id}`),
        );
        return { tasks: found.map((task) => describeTask(store, task, wantsTags(params))), failures };
      },
    },
  };
};
