/** Health checks inside containers: the image says what they find, Docker's rules say what that means. */
import type { Params } from '../../engine/contract.ts';
import type { HealthStatus, Task, TaskContainer } from './model.ts';

/** Docker's defaults, in seconds but for `retries`. */
const DEFAULTS = { interval: 30, retries: 3, startPeriod: 0 };

export interface CheckTimes {
  intervalSeconds: number;
  retries: number;
  startPeriodSeconds: number;
}

/** How often a container is checked, out of its definition; undefined without a health check. */
export const checkTimes = (healthCheck: Params | undefined): CheckTimes | undefined => {
  if (healthCheck === undefined || (healthCheck.command as string[] | undefined)?.[0] === 'NONE') return undefined;
  const { interval, retries, startPeriod } = { ...DEFAULTS, ...healthCheck };
  return { intervalSeconds: interval, retries, startPeriodSeconds: startPeriod };
};

/** What a check makes of a container; true when its status is another now. Failures in the start period do not count. */
export const noteCheck = (
  container: TaskContainer,
  { retries, startPeriodSeconds }: CheckTimes,
  check: { isPassed: boolean; runningSeconds: number },
): boolean => {
  const before = container.healthStatus;
  const hasPassed = before === 'HEALTHY' || before === 'UNHEALTHY';
  if (check.isPassed) {
    container.failedChecks = 0;
    container.healthStatus = 'HEALTHY';
  } else if (hasPassed || check.runningSeconds >= startPeriodSeconds) {
    container.failedChecks = (container.failedChecks ?? 0) + 1;
    if (container.failedChecks >= retries) container.healthStatus = 'UNHEALTHY';
  }
  return container.healthStatus !== before;
};

/** A task is as healthy as its worst essential container that has a health check. */
export const taskHealth = ({ containers }: Pick<Task, 'containers'>): HealthStatus => {
  const checked = containers.filter(({ essential, healthStatus }) => essential && healthStatus !== undefined);
  if (checked.some(({ healthStatus }) => healthStatus === 'UNHEALTHY')) return 'UNHEALTHY';
  if (checked.length === 0 || checked.some(({ healthStatus }) => healthStatus === 'UNKNOWN')) return 'UNKNOWN';
  return 'HEALTHY';
};
