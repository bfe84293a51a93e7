import type { Balancers } from '../../engine/contract.ts';
import type { EventLog } from './event-log.ts';
import { eventText } from './event-text.ts';
import type { Service, Task } from './model.ts';
import type { Store } from './store.ts';

/** What the scheduler does with a classic load balancer; there a task is known only as its instance. */
export interface ElbLink {
  /** Registers the instances of tasks that have come up, deregisters those whose task is gone. */
  converge(service: Service, tasks: readonly Task[]): void;
  deregister(service: Service, elb: string, tasks: readonly Task[]): void;
  isDraining(elb: string, task: Task): boolean;
  isInService(elb: string, task: Task): boolean;
  /** Why the instance counts as unhealthy; undefined while it does not. */
  failure(elb: string, task: Task): string | undefined;
  unhealthyText(elb: string, task: Task, reason: string): string;
}

interface Ports {
  balancers: Balancers;
  store: Store;
  events: EventLog;
}

export const createElbLink = ({ balancers, store, events }: Ports): ElbLink => {
  const instanceOf = (task: Task): string => store.instances.get(task.containerInstance)?.ec2InstanceId ?? '';
  const missing = (elb: string): string => `There is no ACTIVE Load Balancer named '${elb}'`;

  const deregister = (service: Service, elb: string, instanceIds: readonly string[]): void => {
    service.registered = service.registered.filter((id) => !instanceIds.includes(id));
    const known = instanceIds.filter((id) => balancers.exists(elb) && balancers.isRegistered(elb, id));
    for (const id of known) balancers.deregister(elb, id);
    if (known.length > 0) events.add(service, eventText.deregistered(known.length, elb));
  };
  const register = (service: Service, elb: string, tasks: readonly Task[]): void => {
    for (const task of tasks) {
      const id = instanceOf(task);
      balancers.register(elb, id);
      task.isRegistered = true;
      if (!service.registered.includes(id)) service.registered.push(id);
    }
    if (tasks.length > 0) events.add(service, eventText.registered(tasks.length, elb));
  };

  const isAllowed = (service: Service): boolean => {
    if (balancers.isAllowed()) events.resolved(service, 'role');
    else events.complain(service, 'role', eventText.roleBroken());
    return balancers.isAllowed();
  };

  return {
    converge: (service, tasks) => {
      const [balancer] = service.loadBalancers;
      if (balancer === undefined || !isAllowed(service)) return;
      const elb = balancer.loadBalancerName;
      // What could not be deregistered while the role was broken.
      const late = tasks.filter(({ lastStatus }) => lastStatus === 'DEACTIVATING').map(instanceOf);
      deregister(
        service,
        elb,
        late.filter((id) => service.registered.includes(id)),
      );
      if (service.registered.length > 0) {
        const here = new Set(tasks.filter(({ lastStatus }) => lastStatus !== 'STOPPED').map(instanceOf));
        const gone = service.registered.filter((id) => !here.has(id));
        if (gone.length > 0) deregister(service, elb, gone);
      }
      const fresh = tasks.filter(
        (task) => task.lastStatus === 'RUNNING' && task.desiredStatus === 'RUNNING' && !task.isRegistered,
      );
      if (fresh.length === 0) return;
      if (balancers.exists(elb)) {
        events.resolved(service, 'elb');
        register(service, elb, fresh);
      } else events.complain(service, 'elb', eventText.elbFailed('register instances in', elb, missing(elb)));
    },
    deregister: (service, elb, tasks) => {
      if (isAllowed(service)) deregister(service, elb, tasks.map(instanceOf));
    },
    isDraining: (elb, task) =>
      balancers.exists(elb) && (!balancers.isAllowed() || balancers.isDraining(elb, instanceOf(task))),
    isInService: (elb, task) => {
      const id = instanceOf(task);
      return (
        balancers.exists(elb) && balancers.isRegistered(elb, id) && balancers.health(elb, id).state === 'InService'
      );
    },
    failure: (elb, task) => {
      if (!balancers.exists(elb)) return undefined;
      const { state, reasonCode, description } = balancers.health(elb, instanceOf(task));
      // With reason ELB the balancer has not made up its mind yet: that is no failure.
      return state === 'InService' || reasonCode === 'ELB' ? undefined : description;
    },
    unhealthyText: (elb, task, reason) => eventText.unhealthy(instanceOf(task), elb, reason),
  };
};
