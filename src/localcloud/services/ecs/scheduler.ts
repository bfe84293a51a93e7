import type { Balancers, Machines } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { createElbLink, type ElbLink } from './elb-link.ts';
import { createEventLog, type EventLog } from './event-log.ts';
import { eventText } from './event-text.ts';
import { createLauncher, type Launcher } from './launcher.ts';
import type { Deployment, Service, Task } from './model.ts';
import { limitsOf, planStarts, planStops, type TaskView } from './rollout.ts';
import type { Store } from './store.ts';
import type { TaskLife } from './task-life.ts';

/** Cloud milliseconds between two looks at a service. */
const TICK = 10_000;
/** How soon the scheduler looks after a service was created or changed. */
const FIRST_LOOK = 3_000;
/** Without a load balancer and a container health check a task counts as healthy this long after RUNNING. */
const HEALTHY_AFTER = 40_000;
/** From this many failed starts in a row the next ones wait longer and longer. */
const PATIENT_STARTS = 3;
const LONGEST_BACKOFF = 15 * 60_000;
/** A steady service says so again this often. */
const STEADY_REPEAT = 6 * 3_600_000;

interface Ports {
  engine: Engine;
  store: Store;
  machines: Machines;
  balancers: Balancers;
  life: TaskLife;
}

export interface Scheduler {
  /** The service was created, changed or deleted: look soon. */
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
  start(): void;
  stop(): void;
}

const isAlive = (task: Task): boolean => task.desiredStatus === 'RUNNING';

/** The ECS service scheduler: looks at each service every ten seconds and takes one step towards what is wanted. */
export const createScheduler = ({ engine, store, machines, balancers, life }: Ports): Scheduler => {
  const { clock } = engine;
  const ticks = new Map<string, { due: number; cancel: () => void }>();
  const events: EventLog = createEventLog(engine);
  const elb: ElbLink = createElbLink({ balancers, store, events });
  const launcher = createLauncher({ engine, store, machines, life });
  let isStopped = false;

  const primaryOf = (service: Service): Deployment | undefined =>
    service.deployments.find(({ status }) => status === 'PRIMARY');

  const isHealthy = (service: Service, task: Task): boolean => {
    if (task.lastStatus !== 'RUNNING') return false;
    const [balancer] = service.loadBalancers;
    if (balancer === undefined) return clock.now() - (task.startedAt ?? 0) >= HEALTHY_AFTER;
    return task.isRegistered && elb.isInService(balancer.loadBalancerName, task);
  };
  const isUnhealthy = (service: Service, task: Task): boolean => {
    const [balancer] = service.loadBalancers;
    if (balancer === undefined || task.lastStatus !== 'RUNNING' || !task.isRegistered) return false;
    const grace = (service.healthCheckGracePeriodSeconds ?? 0) * 1000;
    if (clock.now() - (task.startedAt ?? 0) < grace) return false;
    return elb.failure(balancer.loadBalancerName, task) !== undefined;
  };
  const view = (service: Service, tasks: readonly Task[]): TaskView[] => {
    const primary = primaryOf(service);
    return tasks.map((task) => {
      const instance = store.instances.get(task.containerInstance);
      const zone = launcher.zoneOf(instance);
      const healthy = isHealthy(service, task);
      if (healthy) task.wasHealthy = true;
      return {
        id: task.id,
        isWanted: task.deploymentId === primary?.id && instance?.status === 'ACTIVE',
        isPending: task.lastStatus === 'PENDING',
        isHealthy: healthy,
        isUnhealthy: !healthy && isUnhealthy(service, task),
        crowd:
          tasks.filter((other) => launcher.zoneOf(store.instances.get(other.containerInstance)) === zone).length *
            1000 +
          tasks.filter((other) => other.containerInstance === task.containerInstance).length,
      };
    });
  };

  const start = (service: Service, count: number, replaced: number): { started: number; isFull: boolean } => {
    const primary = primaryOf(service);
    if (primary === undefined || count === 0 || clock.now() < service.nextStartAt) return { started: 0, isFull: false };
    const started: Task[] = [];
    let isFull = false;
    for (let i = 0; i < count && !isFull; i += 1) {
      const outcome = launcher.startForService(service, primary);
      if ('task' in outcome) started.push(outcome.task);
      else {
        isFull = true;
        const { closest } = outcome;
        const text = closest === undefined ? undefined : { instance: closest.instance.id, obstacle: closest.obstacle };
        events.complain(service, 'placement', eventText.unplaceable(text));
      }
    }
    if (!isFull) events.resolved(service, 'placement');
    if (started.length > 0) {
      const ids = started.map(({ id }) => id);
      primary.updatedAt = clock.now();
      events.add(service, eventText.started(ids, Math.min(replaced, ids.length)));
    }
    return { started: started.length, isFull };
  };

  const stopPending = (service: Service, tasks: readonly Task[], reasonOf: (task: Task) => string): void => {
    if (tasks.length === 0) return;
    for (const task of tasks) life.stop(task, 'ServiceSchedulerInitiated', reasonOf(task));
    events.add(service, eventText.stoppedPending(tasks.length));
  };
  const terminate = (service: Service, tasks: readonly Task[]): void => {
    if (tasks.length === 0) return;
    for (const task of tasks) {
      life.stop(task, task.stopCode ?? 'ServiceSchedulerInitiated', task.stoppedReason ?? '');
    }
    events.add(service, eventText.stopped(tasks.map(({ id }) => id)));
  };
  /** Behind a load balancer: out of it, then drained, then stopped at a later tick; else stopped at once. */
  const retire = (service: Service, tasks: readonly Task[], reasonOf: (task: Task) => string): void => {
    const [balancer] = service.loadBalancers;
    for (const task of tasks) {
      task.desiredStatus = 'STOPPED';
      task.stopCode ??= 'ServiceSchedulerInitiated';
      task.stoppedReason ??= reasonOf(task);
    }
    const registered = tasks.filter((task) => task.isRegistered);
    if (balancer !== undefined && registered.length > 0) {
      elb.deregister(service, balancer.loadBalancerName, registered);
      for (const task of registered) task.lastStatus = 'DEACTIVATING';
      if (engine.settings.connectionDraining) events.add(service, eventText.draining(registered.length));
    }
    terminate(
      service,
      tasks.filter((task) => task.lastStatus !== 'DEACTIVATING' || !engine.settings.connectionDraining),
    );
    engine.changed();
  };
  const endDraining = (service: Service, tasks: readonly Task[]): void => {
    const [balancer] = service.loadBalancers;
    const drained = tasks.filter(
      (task) =>
        task.lastStatus === 'DEACTIVATING' &&
        (balancer === undefined || !elb.isDraining(balancer.loadBalancerName, task)),
    );
    terminate(service, drained);
  };

  const noteUnhealthy = (service: Service, tasks: readonly Task[], ids: ReadonlySet<string>): void => {
    const [balancer] = service.loadBalancers;
    const primary = primaryOf(service);
    if (balancer === undefined) return;
    for (const task of tasks.filter(({ id }) => ids.has(id))) {
      const reason = elb.failure(balancer.loadBalancerName, task) ?? '';
      const text = elb.unhealthyText(balancer.loadBalancerName, task, reason);
      const isNews = events.complain(service, `unhealthy ${task.id}`, text);
      if (isNews && primary !== undefined && task.deploymentId === primary.id && isAlive(task))
        primary.failedTasks += 1;
    }
  };

  /** Deployments none of whose tasks is left are gone from the list. */
  const dropEmptyDeployments = (service: Service, tasks: readonly Task[]): void => {
    const inUse = new Set(tasks.filter(({ lastStatus }) => lastStatus !== 'STOPPED').map((task) => task.deploymentId));
    const left = service.deployments.filter(({ id, status }) => status === 'PRIMARY' || inUse.has(id));
    if (left.length < service.deployments.length) engine.changed();
    service.deployments = left;
  };
  const settle = (service: Service, tasks: readonly Task[], views: readonly TaskView[]): void => {
    const primary = primaryOf(service);
    const isSettled =
      primary !== undefined &&
      service.deployments.length === 1 &&
      views.length === service.desiredCount &&
      views.every((one) => one.isWanted && (one.isHealthy || service.loadBalancers.length === 0) && !one.isPending) &&
      tasks.every((task) => isAlive(task) || task.lastStatus === 'STOPPED');
    if (!isSettled) {
      delete service.steadySince;
      return;
    }
    if (!primary.isCompleted) {
      primary.isCompleted = true;
      primary.updatedAt = clock.now();
      events.add(service, eventText.completed(primary.id));
    }
    primary.failedTasks = 0;
    if (service.steadySince === undefined || clock.now() - service.steadySince >= STEADY_REPEAT) {
      service.steadySince = clock.now();
      service.complaints = {};
      events.add(service, eventText.steady());
    }
  };

  const reasonFor = (service: Service, unhealthy: ReadonlySet<string>) => {
    const primary = primaryOf(service);
    const [balancer] = service.loadBalancers;
    return (task: Task): string =>
      unhealthy.has(task.id)
        ? `Task failed ELB health checks in (elb ${balancer?.loadBalancerName ?? ''})`
        : `Scaling activity initiated by (deployment ${primary?.id ?? ''})`;
  };

  const step = (service: Service): void => {
    const all = store.tasksOf(service);
    endDraining(service, all);
    elb.converge(service, all);
    const tasks = all.filter(isAlive);
    const before = view(service, tasks);
    const desired = service.status === 'ACTIVE' ? service.desiredCount : 0;
    const limits = limitsOf(desired, service.deploymentConfiguration);

    const unhealthy = new Set(before.filter(({ isUnhealthy: is }) => is).map(({ id }) => id));
    const { missing, start: allowed } = planStarts(desired, limits, before);
    const { started, isFull } = start(service, allowed, unhealthy.size);
    const isBlocked = missing > started;

    const now = store.tasksOf(service).filter(isAlive);
    const views = view(service, now);
    const stops = planStops(desired, limits, views, isBlocked && (isFull || allowed < missing));
    const byId = new Map(now.map((task) => [task.id, task]));
    const pick = (ids: readonly string[]): Task[] => ids.flatMap((id) => byId.get(id) ?? []);
    noteUnhealthy(service, now, unhealthy);
    const reasonOf = reasonFor(service, unhealthy);
    stopPending(service, pick(stops.pending), reasonOf);
    retire(service, pick(stops.running), reasonOf);

    const left = store.tasksOf(service);
    const stopping = stops.pending.length + stops.running.length;
    const inMotion = left.some(
      (task) =>
        task.lastStatus === 'PENDING' ||
        task.lastStatus === 'DEACTIVATING' ||
        task.lastStatus === 'STOPPING' ||
        (isAlive(task) && !task.wasHealthy),
    );
    if (started > 0 || stopping > 0) events.resolved(service, 'stuck');
    else if (missing > 0 && allowed === 0 && !inMotion && clock.now() >= service.nextStartAt) {
      events.complain(service, 'stuck', eventText.stuck());
    }
    dropEmptyDeployments(service, left);
    settle(service, left, view(service, left.filter(isAlive)));
    if (service.status === 'DRAINING' && left.every(({ lastStatus }) => lastStatus === 'STOPPED')) {
      service.status = 'INACTIVE';
      service.deployments = [];
      engine.changed();
    }
  };

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

  const countFailure = (service: Service, task: Task): void => {
    const deployment = service.deployments.find(({ id }) => id === task.deploymentId);
    if (deployment !== undefined) deployment.failedTasks += 1;
    service.startFailures += 1;
    if (service.startFailures < PATIENT_STARTS) return;
    const wait = Math.min(LONGEST_BACKOFF, TICK * 2 ** (service.startFailures - PATIENT_STARTS + 1));
    service.nextStartAt = clock.now() + wait;
    events.complain(service, 'cannot start', eventText.cannotStart());
  };

  return {
    launcher,
    wake: (service) => {
      service.startFailures = 0;
      service.nextStartAt = 0;
      service.complaints = {};
      schedule(service, FIRST_LOOK);
    },
    look: (service) => schedule(service, FIRST_LOOK),
    abandon: (tasks, reason) => {
      for (const task of tasks) life.vanish(task, reason);
    },
    stopTask: (task, reason) => {
      const service =
        task.service === undefined ? undefined : store.services.get(store.serviceArn(task.cluster, task.service));
      task.stopCode ??= 'UserInitiated';
      task.stoppedReason ??= reason;
      if (service !== undefined && task.isRegistered && task.lastStatus === 'RUNNING') {
        retire(service, [task], () => reason);
      } else life.stop(task, 'UserInitiated', reason);
    },
    taskMoved: (task) => {
      const service =
        task.service === undefined ? undefined : store.services.get(store.serviceArn(task.cluster, task.service));
      if (service === undefined) return;
      if (task.lastStatus === 'RUNNING') {
        service.startFailures = 0;
        service.nextStartAt = 0;
      } else if (task.stopCode === 'TaskFailedToStart') countFailure(service, task);
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
