/** Tasks that fail: waits that grow, and the count the circuit breaker goes by. */
import type { Engine } from '../../registration.ts';
import { breakerOf } from './breaker.ts';
import { ALARM_CAUSE, BREAKER_CAUSE, primaryOf, type Deployments } from './deployments.ts';
import type { EventLog } from './event-log.ts';
import { eventText } from './event-text.ts';
import type { Deployment, Service, Task } from './model.ts';
import type { Store } from './store.ts';

/** From this many failed starts in a row the next ones wait longer and longer. */
const PATIENT_STARTS = 3;
const FIRST_WAIT = 20_000;
const LONGEST_WAIT = 15 * 60_000;

export interface Failures {
  /** The task never reached RUNNING. */
  failedToStart(service: Service, task: Task): void;
  /** The task has reached RUNNING: starting works. */
  started(service: Service, task: Task, isChecked: boolean): void;
  /** The task was seen healthy for the first time. */
  healthy(service: Service, task: Task): void;
  /** The task was found unhealthy. */
  unhealthy(service: Service, task: Task): void;
  /** Ends a deployment that has failed too often, or whose alarms ring. */
  judge(service: Service): void;
}

interface Ports {
  engine: Engine;
  store: Store;
  events: EventLog;
  deployments: Deployments;
}

export const createFailures = ({ engine, store, events, deployments }: Ports): Failures => {
  const { clock, settings } = engine;
  const deploymentOf = (service: Service, { deploymentId }: Task): Deployment | undefined =>
    service.deployments.find(({ id }) => id === deploymentId);
  const isUnderWay = (deployment: Deployment | undefined): deployment is Deployment =>
    deployment?.rolloutState === 'IN_PROGRESS';
  const hasRunning = (service: Service, { id }: Deployment): boolean => {
    for (const { deploymentId, lastStatus } of store.liveTasksOf(service)) {
      if (deploymentId === id && lastStatus === 'RUNNING') return true;
    }
    return false;
  };
  const reset = (service: Service, task: Task): void => {
    const deployment = deploymentOf(service, task);
    if (deployment !== undefined && (breakerOf(service, settings)?.resets ?? true)) deployment.failedTasks = 0;
  };

  return {
    failedToStart: (service, task) => {
      const deployment = deploymentOf(service, task);
      // With a task RUNNING it is the health checks that count.
      if (deployment !== undefined && !hasRunning(service, deployment)) deployment.failedTasks += 1;
      service.startFailures += 1;
      if (service.startFailures < PATIENT_STARTS) return;
      const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (service.startFailures - PATIENT_STARTS));
      service.nextStartAt = clock.now() + wait;
      events.complain(service, 'cannot start', eventText.cannotStart());
    },
    started: (service, task, isChecked) => {
      service.startFailures = 0;
      service.nextStartAt = 0;
      events.resolved(service, 'cannot start');
      if (!isChecked) reset(service, task);
    },
    healthy: reset,
    unhealthy: (service, task) => {
      const deployment = deploymentOf(service, task);
      if (deployment?.status === 'PRIMARY') deployment.failedTasks += 1;
    },
    judge: (service) => {
      const primary = primaryOf(service);
      if (!isUnderWay(primary)) return;
      const breaker = breakerOf(service, settings);
      const [record] = service.serviceDeployments;
      if (record?.rollback === undefined && record !== undefined && breaker !== undefined) {
        record.breaker.failureCount = primary.failedTasks;
        record.breaker.threshold = breaker.threshold;
      }
      if (breaker !== undefined && primary.failedTasks >= breaker.threshold) {
        deployments.fail(service, primary, BREAKER_CAUSE, breaker.rollsBack);
      } else if (deployments.alarming(service).length > 0) {
        const { rollback } = service.deploymentConfiguration.alarms as { rollback?: boolean };
        deployments.fail(service, primary, ALARM_CAUSE, rollback === true);
      }
    },
  };
};
