import type { Engine } from '../../registration.ts';
import { primaryOf, type Deployments } from './deployments.ts';
import type { EventLog } from './event-log.ts';
import { eventText } from './event-text.ts';
import type { Service, Task } from './model.ts';
import type { TaskView } from './rollout.ts';

/** A steady service says so again this often. */
const STEADY_REPEAT = 6 * 3_600_000;

/** When a service is where it was to be, and when it is gone. */
export interface Settling {
  /** After a look: `live` are its tasks that are not STOPPED, `views` those of them that are to run. */
  settle(service: Service, live: Iterable<Task>, views: readonly TaskView[]): void;
}

interface Ports {
  engine: Engine;
  events: EventLog;
  deployments: Deployments;
  /** Something besides time judges the task. */
  isChecked(service: Service, task: Task): boolean;
}

export const createSettling = ({ engine, events, deployments, isChecked }: Ports): Settling => {
  const { clock } = engine;

  /** Deployments none of whose tasks is left are gone from the list. */
  const dropEmptyDeployments = (service: Service, live: readonly Task[]): void => {
    if (service.deployments.length <= 1) return;
    const inUse = new Set(live.map(({ deploymentId }) => deploymentId));
    service.deployments = service.deployments.filter(({ id, status }) => status === 'PRIMARY' || inUse.has(id));
  };
  const isThere = (service: Service, live: readonly Task[], views: readonly TaskView[]): boolean =>
    service.deployments.length === 1 &&
    views.length === service.desiredCount &&
    live.length === views.length &&
    views.every(({ isWanted, isPending }) => isWanted && !isPending) &&
    views.every(({ isHealthy }, i) => isHealthy || !isChecked(service, live[i] as Task));

  return {
    settle: (service, tasks, views) => {
      const live = [...tasks];
      dropEmptyDeployments(service, live);
      if (service.status === 'DRAINING' && live.length === 0) {
        service.status = 'INACTIVE';
        service.deployments = [];
        engine.changed();
        return;
      }
      const primary = primaryOf(service);
      if (primary === undefined || primary.rolloutState === 'FAILED' || !isThere(service, live, views)) {
        delete service.steadySince;
        return;
      }
      if (primary.rolloutState !== 'COMPLETED') deployments.complete(service, primary);
      primary.failedTasks = 0;
      if (service.steadySince !== undefined && clock.now() - service.steadySince < STEADY_REPEAT) return;
      service.steadySince = clock.now();
      service.complaints = {};
      events.add(service, eventText.steady());
    },
  };
};
