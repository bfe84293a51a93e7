import { primaryOf } from './deployments.ts';
import { isDaemon, type Launcher } from './launcher.ts';
import type { Service, Task } from './model.ts';
import type { Store } from './store.ts';

/** Services of the DAEMON strategy: one task on each instance that qualifies. */
export interface Daemons {
  /** ARNs of the instances that are to have a task; as many as these the service wants. Undefined for other services. */
  placesOf(service: Service): ReadonlySet<string> | undefined;
  /** On a DRAINING instance daemons are the last to go: as long as other services have tasks there, nobody looks at them. */
  isLeftAlone(service: Service, task: Task): boolean;
}

export const createDaemons = ({ store, launcher }: { store: Store; launcher: Launcher }): Daemons => ({
  placesOf: (service) => {
    const primary = primaryOf(service);
    if (!isDaemon(service) || primary === undefined || service.status !== 'ACTIVE') return undefined;
    const places = launcher.daemonInstances(service, primary);
    service.desiredCount = places.size;
    return places;
  },
  isLeftAlone: (service, task) => {
    if (!isDaemon(service) || service.status !== 'ACTIVE') return false;
    const instance = store.instances.get(task.containerInstance);
    if (instance?.status !== 'DRAINING') return false;
    return [...store.liveTasksOn(instance)].some((other) => {
      const owner = other.service && store.services.get(store.serviceArn(other.cluster, other.service));
      return owner !== undefined && owner !== '' && !isDaemon(owner);
    });
  },
});
