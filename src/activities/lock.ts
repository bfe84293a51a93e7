import type { Deps } from './deps.ts';
import { asFailure } from './failure.ts';

export const createLockActivities = ({ temporal }: Deps) => ({
  /**
   * When a run of this lock was last terminated, in milliseconds, or 0: the AWS call its holder made last may still be
   * on its way.
   */
  lockTerminatedAt: ({ lockId, sinceMs }: { lockId: string; sinceMs: number }): Promise<number> =>
    asFailure(async () => {
      const since = new Date(sinceMs).toISOString();
      const query = `WorkflowId = '${lockId}' AND ExecutionStatus = 'Terminated' AND CloseTime > '${since}'`;
      let last = 0;
      for await (const run of temporal.workflow.list({ query })) last = Math.max(last, run.closeTime?.getTime() ?? 0);
      return last;
    }),
});
