/** Placement constraints: `distinctInstance`, and `memberOf` in the cluster query language. */
import type { Params } from '../../engine/contract.ts';
import { AGENT_VERSION } from './agent.ts';
import type { Obstacle } from './event-text.ts';
import { invalid } from './input.ts';
import type { ContainerInstance, Task } from './model.ts';
import { readQuery, type Query, type Subject } from './query.ts';

const MOST = 10;

export interface Constraints {
  /** What keeps a task of the group away, of which `siblings` are there already. */
  obstacle(instance: ContainerInstance, tasks: Iterable<Task>, siblings: number): Obstacle | undefined;
}

/** An instance as the query language sees it; `tasks` are those on it that are not STOPPED. */
export const subjectOf = (instance: ContainerInstance, tasks: Iterable<Task>): Subject => ({
  attributes: instance.attributes,
  ec2InstanceId: instance.ec2InstanceId,
  agentConnected: instance.agentConnected,
  agentVersion: AGENT_VERSION,
  registeredAt: instance.registeredAt,
  runningTasksCount: () => [...tasks].filter(({ lastStatus }) => lastStatus === 'RUNNING').length,
  taskGroups: () => new Set([...tasks].map(({ group }) => group)),
});

/** @throws InvalidParameterException what AWS does not take. */
export const readConstraints = (list: readonly Params[]): Constraints => {
  if (list.length > MOST) throw invalid(`placement constraints can have at most ${MOST} items.`);
  let isDistinct = false;
  const queries: Query[] = [];
  for (const { type, expression } of list) {
    if (type === 'distinctInstance') {
      if (expression !== undefined) throw invalid('Expression is not allowed for the constraint distinctInstance.');
      isDistinct = true;
    } else if (type === 'memberOf') {
      if (expression === undefined || expression === '')
        throw invalid('Expression is required for the constraint memberOf.');
      queries.push(readQuery(String(expression)));
    } else throw invalid(`The placement constraint type '${String(type)}' is not valid.`);
  }
  return {
    obstacle: (instance, tasks, siblings) => {
      if (queries.length > 0) {
        const subject = subjectOf(instance, tasks);
        if (!queries.every((query) => query(subject))) return 'memberOf';
      }
      return isDistinct && siblings > 0 ? 'distinctInstance' : undefined;
    },
  };
};
