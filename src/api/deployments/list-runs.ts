import type { Client } from '@temporalio/client';
import { WORKFLOW_TYPES } from '../../domain/change.ts';
import { askTemporal } from '../../temporal.ts';
import { TEMPORAL_LIMIT_MS } from '../deps.ts';
import { runOf, type Run } from './run.ts';

const TYPES = Object.values(WORKFLOW_TYPES)
  .map((type) => `"${type}"`)
  .join(', ');

/**
 * Changes of a service that Temporal still keeps, newest first, open ones before closed ones where `limit` cuts.
 * Visibility lags behind by moments: a change accepted just now may be missing.
 */
export async function listRuns(
  temporal: Client,
  { service, openOnly = false, limit }: { service: string; openOnly?: boolean; limit: number },
): Promise<Run[]> {
  const open = openOnly ? ' AND ExecutionStatus = "Running"' : '';
  const query = `WorkflowType IN (${TYPES}) AND WlService = "${service}"${open}`;
  return askTemporal(temporal, TEMPORAL_LIMIT_MS, async () => {
    const runs: Run[] = [];
    for await (const info of temporal.workflow.list({ query, pageSize: limit })) {
      runs.push(runOf(info));
      if (runs.length === limit) break;
    }
    return runs.toSorted((a, b) => b.startedAt - a.startedAt || b.id.localeCompare(a.id));
  });
}
