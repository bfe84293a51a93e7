import type { Engine } from '../../registration.ts';
import { taskHealth } from './container-health.ts';
import type { ElbLink } from './elb-link.ts';
import type { Service, Task } from './model.ts';

/** Without a load balancer and a container health check a task counts as healthy this long after RUNNING. */
const HEALTHY_AFTER = 40_000;

export type Verdict = 'healthy' | 'unhealthy' | 'undecided';

/** What the scheduler makes of a task: its load balancer's word, its containers' word, or time alone. */
export interface Health {
  verdict(service: Service, task: Task): Verdict;
  /** Something besides time judges its tasks. */
  isChecked(service: Service, task: Task): boolean;
}

const hasCheck = ({ containers }: Task): boolean =>
  containers.some(({ essential, healthStatus }) => essential && healthStatus !== undefined);

export const createHealth = ({ clock }: Pick<Engine, 'clock'>, elb: ElbLink): Health => {
  const isInGrace = (service: Service, task: Task): boolean =>
    clock.now() - (task.startedAt ?? 0) < (service.healthCheckGracePeriodSeconds ?? 0) * 1000;

  return {
    isChecked: (service, task) => service.loadBalancers.length > 0 || hasCheck(task),
    verdict: (service, task) => {
      if (task.lastStatus !== 'RUNNING') return 'undecided';
      const [balancer] = service.loadBalancers;
      const isContainerChecked = hasCheck(task);
      if (balancer === undefined && !isContainerChecked) {
        return clock.now() - (task.startedAt ?? 0) >= HEALTHY_AFTER ? 'healthy' : 'undecided';
      }
      const ofContainers = isContainerChecked ? taskHealth(task) : 'HEALTHY';
      const isServed =
        balancer === undefined || (task.isRegistered && elb.isInService(balancer.loadBalancerName, task));
      if (isServed && ofContainers === 'HEALTHY') return 'healthy';
      if (isInGrace(service, task)) return 'undecided';
      if (ofContainers === 'UNHEALTHY') return 'unhealthy';
      const isFailed =
        balancer !== undefined && task.isRegistered && elb.failure(balancer.loadBalancerName, task) !== undefined;
      return isFailed ? 'unhealthy' : 'undecided';
    },
  };
};
