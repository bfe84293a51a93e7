import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing';
import type { Client } from '@temporalio/client';
import type { DeployEvent } from '../src/domain/events.ts';
import { deployWorkflowId } from '../src/domain/ids.ts';
import type { JournalEntry } from '../src/localcloud/engine/contract.ts';
import { journalEnd, requireEcsService } from '../test/e2e/support/aws.ts';
import { writeManifest } from '../test/e2e/support/manifest.ts';
import type { Stack } from '../test/setup/stack.ts';
import { reallyDone } from './facts.ts';

/** What our own processes call with; the bench itself uses another key. */
const OUR_KEY = 'AKIAWONDERLANDLOCAL1';

export interface Bench {
  stack: Stack;
  temporal: Client;
  elb: ElasticLoadBalancingClient;
}

export interface Deployed {
  workflowId: string;
  exitCode: number;
  /** Milliseconds since the epoch: when `wl` had read the verdict. */
  verdictAt: number;
  events: DeployEvent[];
  /** AWS calls by Wonderland from the first to the last of this rollout. */
  calls: JournalEntry[];
}

/** Runs `wl deploy` to its verdict. */
export async function deploy({ stack }: Bench, service: string, manifest: string): Promise<Deployed> {
  const after = await journalEnd(stack);
  const args = ['deploy', service, '-f', writeManifest(stack, manifest), '--output', 'jsonl'];
  const { process: wl } = stack.spawnWl(args);
  const events: DeployEvent[] = [];
  let result: { id: string; exitCode: number } | undefined;
  let verdictAt = 0;
  for await (const line of createInterface(wl.stdout)) {
    const message = JSON.parse(line) as DeployEvent | { type: 'result'; id: string; exitCode: number };
    if (message.type === 'result') result = message;
    else events.push(message);
    if (message.type === 'verdict') verdictAt = Date.now();
  }
  if (wl.exitCode === null) await once(wl, 'exit');
  if (result === undefined) throw new Error(`wl deploy ${service} ended with ${wl.exitCode} and without a result`);
  const calls = (await stack.journal({ after: String(after) })).filter(({ principal }) => principal.includes(OUR_KEY));
  return { workflowId: deployWorkflowId(service, result.id), exitCode: result.exitCode, verdictAt, events, calls };
}

export interface Timed extends Deployed {
  /** Milliseconds from really done, settle included, to the end of the gates and to the verdict in `wl`. */
  gatesAfter: number;
  verdictAfter: number;
}

/** A rolling update of a service that runs already, timed against the cloud's own facts. */
export async function rollTimed(
  bench: Bench,
  service: string,
  manifest: string,
  settleSeconds: number,
): Promise<Timed> {
  const { serviceName = '', taskDefinition = '', desiredCount = 0 } = await requireEcsService(bench.stack, service);
  const revision = Number(taskDefinition.split(':').at(-1)) + 1;
  const [deployed, doneAt] = await Promise.all([
    deploy(bench, service, manifest),
    reallyDone(bench.stack, bench.elb, { incarnation: serviceName, revision, scale: desiredCount }),
  ]);
  const settledAt = doneAt + settleSeconds * 1_000;
  const gatesAt = deployed.events.find((e) => e.type === 'phase' && e.phase === 'finishing')?.at ?? NaN;
  return { ...deployed, gatesAfter: gatesAt - settledAt, verdictAfter: deployed.verdictAt - settledAt };
}

export interface HistoryFigures {
  events: number;
  activities: Record<string, number>;
}

export async function historyOf({ temporal }: Bench, workflowId: string): Promise<HistoryFigures> {
  const { events = [] } = await temporal.workflow.getHandle(workflowId).fetchHistory();
  const activities: Record<string, number> = {};
  for (const { activityTaskScheduledEventAttributes: scheduled } of events ?? []) {
    const name = scheduled?.activityType?.name;
    if (name) activities[name] = (activities[name] ?? 0) + 1;
  }
  return { events: events?.length ?? 0, activities };
}
