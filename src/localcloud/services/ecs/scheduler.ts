import type { Alarms, Balancers } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { createDaemons } from './daemons.ts';
import { createDeployments, type Deployments } from './deployments.ts';
import { createElbLink } from './elb-link.ts';
import { createEventLog } from './event-log.ts';
import { createFailures } from './failures.ts';
import { createHealth } from './health.ts';
import { createLauncher, type Launcher } from './launcher.ts';
import type { Service, Task } from './model.ts';
import { createRetirement } from './retirement.ts';
import { createSettling } from './settling.ts';
import { createStep } from './step.ts';
import type { Store } from './store.ts';
import type { TaskLife } from './task-life.ts';

/** Cloud milliseconds between two looks at a service. */
const TICK = 10_000;
/** How soon the scheduler looks after a service was created or changed. */
const FIRST_LOOK = 3_000;

interface Ports {
  engine: Engine;
  store: Store;
  balancers: Balancers;
  alarms: Alarms;
  life: TaskLife;
}

export interface Scheduler {
  /** The service was created, changed or deleted: look soon, and wait no longer after failed starts. */
  wake(service: Service): void;
  /** Something around the service has changed: look soon, but keep what is known of it. */
  look(service: Service): void;
  /** The instance of these tasks is lost. */
  abandon(tasks: readonly Task[], reason: string): void;
  /** A task was stopped by a caller: drained first when it stands behind a load balancer. */
  stopTask(task: Task, reason: string): void;
  /** Called when a task has reached RUNNING or STOPPED. */
  taskMoved(task: Task): void;
  launcher: Launcher;
  deployments: Deployments;
  start(): void;
  stop(): void;
}

/** The ECS service scheduler: looks at each service every ten seconds and takes one step towards what is wanted. */
export const createScheduler = ({ engine, store, balancers, alarms, life }: Ports): Scheduler => {
  const { clock } = engine;
  const ticks = new Map<string, { due: number; cancel: () => void }>();
  const events = createEventLog(engine);
  const elb = createElbLink({ balancers, store, events });
  const health = createHealth(engine, elb);
  const launcher = createLauncher({ engine, store, life });
  const deployments = createDeployments({ engine, store, events, alarms });
  const failures = createFailures({ engine, store, events, deployments });
  const retirement = createRetirement({ engine, life, elb, events });
  const settling = createSettling({ engine, events, deployments, isChecked: health.isChecked });
  const daemons = createDaemons({ store, launcher });
  const parts = { engine, store, events, elb, health, launcher, deployments, failures, retirement, settling, daemons };
  const step = createStep(parts);
  let isStopped = false;

  const serviceOf = ({ cluster, service }: Task): Service | undefined =>
    service === undefined ? undefined : store.services.get(store.serviceArn(cluster, service));

  const schedule = (service: Service, wait: number): void => {
    const due = clock.now() + wait;
    const planned = ticks.get(service.arn);
    if (isStopped || (planned !== undefined && planned.due <= due)) return;
    planned?.cancel();
    const cancel = clock.after(wait, () => {
      ticks.delete(service.arn);
      // A service may have been deleted and created anew since.
      const current = store.services.get(service.arn);
      if (current === undefined || current.status === 'INACTIVE') return;
      try {
        step(current);
      } catch (error) {
        engine.log('a scheduler tick failed', { service: service.arn, error: (error as Error).stack });
      }
      schedule(current, TICK);
    });
    ticks.set(service.arn, { due, cancel });
  };

  return {
    launcher,
    deployments,
    wake: (service) => {
      service.startFailures = 0;
      service.nextStartAt = 0;
      events.resolved(service, 'cannot start');
      schedule(service, FIRST_LOOK);
    },
    look: (service) => schedule(service, FIRST_LOOK),
    abandon: (tasks, reason) => {
      for (const task of tasks) life.vanish(task, reason);
    },
    stopTask: (task, reason) => {
      const service = serviceOf(task);
      task.stopCode ??= 'UserInitiated';
      task.stoppedReason ??= reason;
      if (service !== undefined && task.isRegistered && task.lastStatus === 'RUNNING') {
        retirement.retire(service, [task], () => reason);
      } else life.stop(task, 'UserInitiated', reason);
    },
    taskMoved: (task) => {
      if (task.lastStatus === 'STOPPED') store.taskStopped(task);
      const service = serviceOf(task);
      if (service === undefined) return;
      if (task.lastStatus === 'RUNNING') failures.started(service, task, health.isChecked(service, task));
      else if (task.stopCode === 'TaskFailedToStart') failures.failedToStart(service, task);
    },
    start: () => {
      for (const service of store.services.values()) if (service.status !== 'INACTIVE') schedule(service, FIRST_LOOK);
    },
    stop: () => {
      isStopped = true;
      for (const { cancel } of ticks.values()) cancel();
    },
  };
};
