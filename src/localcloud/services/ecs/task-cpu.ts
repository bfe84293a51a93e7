import type { Images } from '../../images.ts';
import type { Task } from './model.ts';
import type { Store } from './store.ts';
import { definitionOf, type TaskContainers } from './task-containers.ts';

/** CPU milliseconds a request costs, of one core of 1024 units. */
const REQUEST_CPU_MILLISECONDS = 10;

interface Ports {
  store: Store;
  images: Images;
  containers: Pick<TaskContainers, 'requests'>;
}

/** CPU a task uses in percent of what it reserves: what its images say, and what the requests of the last minute cost. */
export const createCpuPercent = ({ store, images, containers }: Ports): ((task: Task) => number) => {
  const scripted = (task: Task): number => {
    const shares = task.containers.map((container) => ({
      cpu: definitionOf(store, task, container)?.cpu ?? 0,
      percent: images.behaviour(container.image).cpuPercent,
    }));
    const reserved = shares.reduce((total, { cpu }) => total + cpu, 0);
    if (reserved === 0) return Math.max(0, ...shares.map(({ percent }) => percent));
    return shares.reduce((total, { cpu, percent }) => total + cpu * percent, 0) / reserved;
  };
  return (task) => {
    if (task.cpu === 0) return scripted(task);
    const cores = (containers.requests(task) * REQUEST_CPU_MILLISECONDS) / 60_000;
    return scripted(task) + (cores * 1024 * 100) / task.cpu;
  };
};
