import type { Engine } from '../../registration.ts';
import type { ElbLink } from './elb-link.ts';
import type { EventLog } from './event-log.ts';
import { eventText } from './event-text.ts';
import type { Service, Task } from './model.ts';
import type { TaskLife } from './task-life.ts';

/** How tasks of a service are stopped: behind a load balancer first out of it, then drained, then stopped at a later look. */
export interface Retirement {
  /** Tasks that never ran. */
  stopPending(service: Service, tasks: readonly Task[], reasonOf: (task: Task) => string): void;
  retire(service: Service, tasks: readonly Task[], reasonOf: (task: Task) => string): void;
  /** Stops those whose connections have drained. */
  endDraining(service: Service, tasks: readonly Task[]): void;
}

interface Ports {
  engine: Engine;
  life: TaskLife;
  elb: ElbLink;
  events: EventLog;
}

export const createRetirement = ({ engine, life, elb, events }: Ports): Retirement => {
  const terminate = (service: Service, tasks: readonly Task[]): void => {
    if (tasks.length === 0) return;
    for (const task of tasks) {
      life.stop(task, task.stopCode ?? 'ServiceSchedulerInitiated', task.stoppedReason ?? '');
    }
    events.add(service, eventText.stopped(tasks.map(({ id }) => id)));
  };

  return {
    stopPending: (service, tasks, reasonOf) => {
      if (tasks.length === 0) return;
      for (const task of tasks) life.stop(task, 'ServiceSchedulerInitiated', reasonOf(task));
      events.add(service, eventText.stoppedPending(tasks.length));
    },
    retire: (service, tasks, reasonOf) => {
      if (tasks.length === 0) return;
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
    },
    endDraining: (service, tasks) => {
      const [balancer] = service.loadBalancers;
      const drained = tasks.filter(
        (task) =>
          task.lastStatus === 'DEACTIVATING' &&
          (balancer === undefined || !elb.isDraining(balancer.loadBalancerName, task)),
      );
      terminate(service, drained);
    },
  };
};
