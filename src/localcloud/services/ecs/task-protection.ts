import type { OperationTable, Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { seconds } from '../epoch.ts';
import { integer, invalid, lookUp, references } from './input.ts';
import type { Task } from './model.ts';
import type { Store } from './store.ts';

const DEFAULT_MINUTES = 120;
const LONGEST_MINUTES = 2880;

/** Protection of single tasks of a service from scale-in. */
export const protectionOperations = ({ engine, store }: { engine: Engine; store: Store }): OperationTable => {
  const describe = ({ arn, protectedUntil }: Task): Params => {
    const isProtected = protectedUntil !== undefined && protectedUntil > engine.clock.now();
    return {
      taskArn: arn,
      protectionEnabled: isProtected,
      ...(isProtected && { expirationDate: seconds(protectedUntil) }),
    };
  };
  /** Tasks that can be protected; the others are failures. */
  const find = (cluster: string, names: readonly string[]): { valid: Task[]; failures: Params[] } => {
    const { found, failures } = lookUp(
      names,
      (name) => store.findTask(cluster, name),
      (id) => store.arn('task', `${cluster}/${id}`),
    );
    const valid = found.filter(({ service, lastStatus }) => service !== undefined && lastStatus !== 'STOPPED');
    const others = found.filter((task) => !valid.includes(task));
    return { valid, failures: [...failures, ...others.map(({ arn }) => ({ arn, reason: 'TASK_NOT_VALID' }))] };
  };

  return {
    GetTaskProtection: {
      mutating: false,
      run: (params) => {
        const { name } = store.cluster(params.cluster);
        const { valid, failures } = find(name, references(params.tasks, 'tasks', 100));
        return { protectedTasks: valid.map(describe), failures };
      },
    },
    UpdateTaskProtection: {
      mutating: true,
      run: (params) => {
        const { name } = store.cluster(params.cluster);
        const names = references(params.tasks, 'tasks', 10);
        const minutes = integer(params.expiresInMinutes ?? DEFAULT_MINUTES, 'expiresInMinutes', 1);
        if (minutes > LONGEST_MINUTES) throw invalid(`expiresInMinutes must be between 1 and ${LONGEST_MINUTES}.`);
        const { valid, failures } = find(name, names);
        for (const task of valid) {
          if (params.protectionEnabled === true) task.protectedUntil = engine.clock.now() + minutes * 60_000;
          else delete task.protectedUntil;
        }
        return { protectedTasks: valid.map(describe), failures };
      },
    },
  };
};
