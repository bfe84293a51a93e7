import type { Engine } from '../../registration.ts';
import type { Daemons } from './daemons.ts';
import { primaryOf, type Deployments } from './deployments.ts';
import type { ElbLink } from './elb-link.ts';
import type { EventLog } from './event-log.ts';
import { eventText } from './event-text.ts';
import type { Failures } from './failures.ts';
import type { Health } from './health.ts';
import { createLaunchRate } from './launch-rate.ts';
import { zoneOf, type Launcher } from './launcher.ts';
import type { Service, Task } from './model.ts';
import type { Retirement } from './retirement.ts';
import { limitsOf, planStarts, planStops, type TaskView } from './rollout.ts';
import type { Settling } from './settling.ts';
import type { Store } from './store.ts';

interface Ports {
  engine: Engine;
  store: Store;
  events: EventLog;
  elb: ElbLink;
  health: Health;
  launcher: Launcher;
  deployments: Deployments;
  failures: Failures;
  retirement: Retirement;
  settling: Settling;
  daemons: Daemons;
}

const isAlive = ({ desiredStatus }: Task): boolean => desiredStatus === 'RUNNING';

/** One look at a service, and one step towards what is wanted of it. */
export const createStep = (ports: Ports): ((service: Service) => void) => {
  const { engine, store, events, elb, health, launcher, deployments, failures, retirement, settling, daemons } = ports;
  const { clock, settings } = engine;
  const rate = createLaunchRate(clock);

  /** Tasks of the service in each one's zone, and on its instance. */
  const crowds = (tasks: readonly Task[]): ((task: Task) => number) => {
    const counts = new Map<string, number>();
    const count = (key: string): number => counts.get(key) ?? 0;
    const zone = (task: Task): string => zoneOf(store.instances.get(task.containerInstance));
    for (const task of tasks) {
      for (const key of [zone(task), task.containerInstance]) counts.set(key, count(key) + 1);
    }
    return (task) => count(zone(task)) * 1000 + count(task.containerInstance);
  };
  /** Its tasks that are to run, as far as this look minds them. */
  const tasksToRun = (service: Service): Task[] =>
    [...store.liveTasksOf(service)].filter((task) => isAlive(task) && !daemons.isLeftAlone(service, task));
  /** `places`: the only instances that are right for them. */
  const viewAll = (service: Service, tasks: readonly Task[], places?: ReadonlySet<string>): TaskView[] => {
    const primary = primaryOf(service);
    const now = clock.now();
    const isRight = ({ containerInstance }: Task): boolean =>
      places?.has(containerInstance) ?? store.instances.get(containerInstance)?.status === 'ACTIVE';
    return tasks.map((task) => {
      const verdict = health.verdict(service, task);
      if (verdict === 'healthy' && !task.wasHealthy) {
        task.wasHealthy = true;
        failures.healthy(service, task);
      }
      return {
        id: task.id,
        isWanted: task.deploymentId === primary?.id && isRight(task),
        isPending: task.lastStatus === 'PENDING',
        isHealthy: verdict === 'healthy',
        isUnhealthy: verdict === 'unhealthy',
        isProtected: (task.protectedUntil ?? 0) > now,
        crowd: 0,
      };
    });
  };

  const start = (service: Service, count: number, replaced: number): { started: number; isFull: boolean } => {
    const primary = primaryOf(service);
    if (primary === undefined || count === 0) return { started: 0, isFull: false };
    const started: string[] = [];
    let isFull = false;
    const most = settings.strict ? Math.min(count, rate.left(service)) : count;
    if (most < count) events.complain(service, 'throttled', eventText.throttled());
    else events.resolved(service, 'throttled');
    while (started.length < most && !isFull) {
      const outcome = launcher.startForService(service, primary);
      if ('task' in outcome) started.push(outcome.task.id);
      else {
        isFull = true;
        const { closest } = outcome;
        const text = closest === undefined ? undefined : { instance: closest.instance.id, obstacle: closest.obstacle };
        events.complain(service, 'placement', eventText.unplaceable(text));
      }
    }
    rate.note(service, started.length);
    if (!isFull) events.resolved(service, 'placement');
    if (started.length > 0) {
      primary.updatedAt = clock.now();
      events.add(service, eventText.started(started, Math.min(replaced, started.length)));
    }
    return { started: started.length, isFull };
  };

  const noteUnhealthy = (service: Service, tasks: readonly Task[]): void => {
    const [balancer] = service.loadBalancers;
    for (const task of tasks) {
      if (task.isFoundUnhealthy === true) continue;
      task.isFoundUnhealthy = true;
      const reason = balancer && elb.failure(balancer.loadBalancerName, task);
      events.add(
        service,
        balancer !== undefined && reason !== undefined
          ? elb.unhealthyText(balancer.loadBalancerName, task, reason)
          : eventText.unhealthyContainer(task.id),
      );
      failures.unhealthy(service, task);
    }
  };
  /** The reason a task is given that is stopped at this look. */
  const reasonFor =
    (service: Service, unhealthy: ReadonlySet<string>) =>
    (task: Task): string => {
      if (!unhealthy.has(task.id)) return `Scaling activity initiated by (deployment ${primaryOf(service)?.id ?? ''})`;
      const [balancer] = service.loadBalancers;
      const isOfBalancer = balancer && elb.failure(balancer.loadBalancerName, task) !== undefined;
      return isOfBalancer === true
        ? `Task failed ELB health checks in (elb ${balancer?.loadBalancerName ?? ''})`
        : 'Task failed container health checks';
    };
  const isInMotion = (task: Task): boolean => task.lastStatus !== 'RUNNING' || (isAlive(task) && !task.wasHealthy);

  const noteStuck = (service: Service, stuck: { missing: number; allowed: number; isMoving: boolean }): void => {
    if (stuck.isMoving) events.resolved(service, 'stuck');
    else if (stuck.missing > 0 && stuck.allowed === 0 && clock.now() >= service.nextStartAt) {
      const isWaiting = [...store.liveTasksOf(service)].some(isInMotion);
      if (!isWaiting) events.complain(service, 'stuck', eventText.stuck());
    }
  };
  const noteProtected = (service: Service, count: number): void => {
    if (count === 0) return events.resolved(service, 'protection');
    events.complain(service, 'protection', eventText.protected(primaryOf(service)?.id ?? '', count));
  };

  return (service) => {
    const before = primaryOf(service);
    deployments.advance(service);
    failures.judge(service);
    // A rollback was the step of this look.
    if (primaryOf(service) !== before) return;
    const live = [...store.liveTasksOf(service)];
    retirement.endDraining(service, live);
    elb.converge(service, live);
    const places = daemons.placesOf(service);
    const desired = service.status === 'ACTIVE' ? service.desiredCount : 0;
    const limits = limitsOf(desired, service.deploymentConfiguration);
    const isHeld = primaryOf(service)?.rolloutState === 'FAILED' || clock.now() < service.nextStartAt;

    let tasks = tasksToRun(service);
    let views = viewAll(service, tasks, places);
    const unhealthy = new Set(views.filter(({ isUnhealthy }) => isUnhealthy).map(({ id }) => id));
    const { missing, start: allowed } = planStarts(desired, limits, views);
    const { started, isFull } = start(service, isHeld ? 0 : allowed, unhealthy.size);
    if (started > 0) {
      tasks = tasksToRun(service);
      views = viewAll(service, tasks, places);
    }
    const isBlocked = missing > started && (isFull || allowed < missing);

    const isIdle =
      missing === 0 && unhealthy.size === 0 && views.length === desired && views.every((one) => one.isWanted);
    let stopping = 0;
    if (!isIdle) {
      const crowdOf = crowds(tasks);
      const crowded = views.map((view, i) => ({ ...view, crowd: crowdOf(tasks[i] as Task) }));
      const stops = planStops(desired, limits, crowded, isBlocked);
      const byId = new Map(tasks.map((task) => [task.id, task]));
      const pick = (ids: readonly string[]): Task[] => ids.flatMap((id) => byId.get(id) ?? []);
      noteUnhealthy(service, pick([...unhealthy]));
      const reasonOf = reasonFor(service, unhealthy);
      retirement.stopPending(service, pick(stops.pending), reasonOf);
      retirement.retire(service, pick(stops.running), reasonOf);
      noteProtected(service, stops.heldBack);
      stopping = stops.pending.length + stops.running.length;
      if (stopping > 0) {
        tasks = tasksToRun(service);
        views = viewAll(service, tasks, places);
      }
    }
    const isMoving = started > 0 || stopping > 0;
    noteStuck(service, { missing: isHeld ? 0 : missing, allowed, isMoving });
    settling.settle(service, store.liveTasksOf(service), views);
  };
};
