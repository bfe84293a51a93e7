import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

// Patience is counted in tries, never as scheduleToCloseTimeout: that clock goes on while no worker runs, and a worker
// that comes back would find good changes failed.
const retry = { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '10s' } as const;

/** Reads: given up after two minutes of errors, because nothing was changed yet. */
export const reads = proxyActivities<Activities>({
  startToCloseTimeout: '8s',
  retry: { ...retry, maximumAttempts: 16 },
});

/**
 * Writes: tried for five minutes, because what began shall end. Each is safe to repeat. One that is cancelled is waited
 * for, at most its 8 s, and not tried again: else it could come after what is put back.
 */
export const writes = proxyActivities<Activities>({
  startToCloseTimeout: '8s',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { ...retry, maximumAttempts: 34 },
});

/** Lasts as long as nothing changes; a worker that died is noticed by its missing heartbeat. */
export const watches = proxyActivities<Activities>({
  startToCloseTimeout: '10m',
  heartbeatTimeout: '6s',
  cancellationType: 'TRY_CANCEL',
  retry: { ...retry, maximumInterval: '5s' },
});

/** Fails until the change is INSYNC, for ten minutes; the retry interval is the polling interval. */
export const dnsWaits = proxyActivities<Activities>({
  startToCloseTimeout: '8s',
  retry: { initialInterval: '5s', backoffCoefficient: 1, maximumAttempts: 120 },
});

/** Fails until the tasks are gone, for 70 minutes: 180 s of connection draining, an hour of stop timeout at most. */
export const drains = proxyActivities<Activities>({
  startToCloseTimeout: '8s',
  retry: { initialInterval: '2s', backoffCoefficient: 1.5, maximumInterval: '10s', maximumAttempts: 423 },
});

/** An integration that does not answer soon is only a warning. */
export const integrations = proxyActivities<Activities>({
  startToCloseTimeout: '8s',
  retry: { ...retry, maximumAttempts: 4 },
});

/** Text beside the activity in the Web UI. */
export const summary = (text: string): ActivityOptions => ({ summary: text.slice(0, 190) });
