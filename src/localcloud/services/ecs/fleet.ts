import type { Fleet, FleetService } from '../../engine/contract.ts';
import { isDaemon } from './launcher.ts';
import type { Service } from './model.ts';
import type { Scheduler } from './scheduler.ts';
import type { Store } from './store.ts';
import type { TaskLife } from './task-life.ts';

/** Scripted images use this much of the memory they reserve; nothing scripts it. */
const MEMORY_PERCENT = 40;

interface Ports {
  store: Store;
  scheduler: Scheduler;
  life: Pick<TaskLife, 'cpuPercent'>;
}

/** The services as CloudWatch and Application Auto Scaling see them. */
export const createFleet = ({ store, scheduler, life }: Ports): Fleet => {
  const describe = (service: Service): FleetService => {
    const tasks = [...store.liveTasksOf(service)];
    const running = tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING');
    const cpu = running.reduce((total, task) => total + life.cpuPercent(task), 0);
    return {
      cluster: service.cluster,
      service: service.name,
      desiredCount: service.desiredCount,
      runningCount: running.length,
      pendingCount: tasks.filter(({ lastStatus }) => lastStatus === 'PENDING').length,
      isDeploying:
        service.deployments.length > 1 || service.deployments.some(({ rolloutState }) => rolloutState !== 'COMPLETED'),
      cpuPercent: running.length === 0 ? 0 : cpu / running.length,
      memoryPercent: running.length === 0 ? 0 : MEMORY_PERCENT,
    };
  };

  return {
    services: () => [...store.services.values()].filter(({ status }) => status === 'ACTIVE').map(describe),
    setDesiredCount: (cluster, name, desiredCount) => {
      const service = store.findService(cluster, name);
      if (service?.status !== 'ACTIVE' || isDaemon(service)) return false;
      service.desiredCount = desiredCount;
      scheduler.wake(service);
      return true;
    },
  };
};
