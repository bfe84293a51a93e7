import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

const retry = { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '10s' } as const;

/** Reads: given up after two minutes, because nothing was changed yet. */
export const reads = proxyActivities<Activities>({ startToCloseTimeout: '8s', scheduleToCloseTimeout: '2m', retry });

/** Writes: worth waiting for longer, because what began shall end. Each is safe to repeat. */
export const writes = proxyActivities<Activities>({ startToCloseTimeout: '8s', scheduleToCloseTimeout: '5m', retry });

/** Lasts as long as nothing changes; a worker that died is noticed by its missing heartbeat. */
export const watches = proxyActivities<Activities>({
  startToCloseTimeout: '10m',
  heartbeatTimeout: '6s',
  cancellationType: 'TRY_CANCEL',
  retry: { ...retry, maximumInterval: '5s' },
});

/** Fails until the change is INSYNC; the retry interval is the polling interval. */
export const dnsWaits = proxyActivities<Activities>({
  startToCloseTimeout: '8s',
  scheduleToCloseTimeout: '10m',
  retry: { initialInterval: '5s', backoffCoefficient: 1 },
});

/** Fails until the tasks are gone: 180 s of connection draining and an hour of stop timeout at most. */
export const drains = proxyActivities<Activities>({
  startToCloseTimeout: '8s',
  scheduleToCloseTimeout: '70m',
  retry: { initialInterval: '2s', backoffCoefficient: 1.5, maximumInterval: '10s' },
});

/** An integration that does not answer soon is only a warning. */
export const integrations = proxyActivities<Activities>({
  startToCloseTimeout: '8s',
  scheduleToCloseTimeout: '20s',
  retry: { ...retry, maximumAttempts: 4 },
});

/** Text beside the activity in the Web UI. */
export const summary = (text: string): ActivityOptions => ({ summary: text.slice(0, 190) });
