import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { Worker, type ReplayResult, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import * as workflows from '../../src/workflows/index.ts';
import type { ChangeOutcome } from '../../src/workflows/messages.ts';
import { bundle, quietRuntime } from '../setup/temporal.ts';
import { readHistories, toHistory, type JsonObject } from './history-file.ts';

/** Made by `scripts/record-history.ts`: every workflow, and the ways it may end. */
const RECORDED: Record<string, string> = {
  delete: 'succeeded',
  'deploy-after-waiting': 'succeeded',
  'deploy-cancelled': 'cancelled',
  'deploy-create': 'succeeded',
  'deploy-first-failed': 'deploy_failed_rolled_back',
  'deploy-lock-lost': 'lock_lost',
  'deploy-locked': 'locked',
  'deploy-no-change': 'no_change',
  'deploy-repair': 'succeeded',
  'deploy-replacement': 'succeeded',
  'deploy-replacement-failed': 'deploy_failed_rolled_back',
  'deploy-rolled-back': 'deploy_failed_rolled_back',
  'deploy-rolling-update': 'succeeded',
  'deploy-service-deleted': 'succeeded',
  'deploy-stopped-by-newer': 'cancelled',
  'deploy-superseded': 'superseded',
  'deploy-superseding': 'succeeded',
  'deploy-taken-over': 'succeeded',
  'lock-ports': 'completed',
  'lock-released': 'completed',
  'lock-with-queue': 'completed',
  restart: 'succeeded',
  'restart-failed': 'deploy_failed',
  'restart-made-again': 'deploy_failed_rolled_back',
  rollback: 'succeeded',
  'rollback-cancelled': 'cancelled',
  'rollback-refused': 'precondition_failed',
  scale: 'succeeded',
  'scale-back': 'succeeded',
  'scale-cancelled': 'cancelled',
  'scale-no-room': 'capacity',
};

describe('replay', function () {
  this.timeout(60_000);
  const histories = readHistories();
  let code: WorkflowBundleWithSourceMap;
  let warnings: string[];
  before(async () => {
    quietRuntime();
    ({ bundle: code, warnings } = await bundle(
      fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url)),
    ));
  });

  const replay = async (recorded: Iterable<[string, JsonObject[]]>): Promise<Map<string, ReplayResult>> => {
    const entries = [...recorded].map(([workflowId, events]) => ({ workflowId, history: toHistory(events) }));
    const results = new Map<string, ReplayResult>();
    for await (const result of Worker.runReplayHistories({ workflowBundle: code }, entries))
      results.set(result.workflowId, result);
    return results;
  };

  it('bundles the workflows without a warning: nothing reaches the sandbox that must not', () => {
    assert.deepEqual(warnings, []);
  });

  it('has a history of every workflow and of the ways it may end', () => {
    assert.deepEqual(Object.fromEntries([...histories].map(([name, events]) => [name, endOf(events)])), RECORDED);
    assert.deepEqual(new Set([...histories.values()].map(typeOf)), new Set(Object.keys(workflows)));
  });

  it('replays them all', async () => {
    const errors = [...(await replay(histories)).values()].map(({ workflowId, error }) => [workflowId, error?.message]);
    assert.deepEqual(
      errors,
      [...histories.keys()].map((name) => [name, undefined]),
    );
  });

  it('catches every change of order of two activities', async () => {
    const recorded = histories.get('deploy-rolling-update') ?? [];
    const variants = reorderings(recorded);
    assert.ok(variants.size >= 10, `${variants.size} neighbours to swap prove little`);
    for (const [name, { error }] of await replay(variants))
      assert.ok(error instanceof DeterminismViolationError, `nobody noticed: ${name}`);
  });

  it('names no machine in a history', () => {
    for (const [name, events] of histories) {
      const text = JSON.stringify(events, (key, value: unknown) => (key === 'data' ? decode(value) : value));
      const named =
        /\d+@(?!host)[\w.-]+|"\/(?:home|root|Users|tmp|work|private|opt|var)\/[^"]*|file:\/\/[^"]*|\bat \S+ \([^)]*\)/.exec(
          text,
        );
      assert.equal(named, null, name);
    }
  });
});

/** The parts of an event that are looked at here. */
interface Event {
  workflowExecutionStartedEventAttributes?: { workflowType: { name: string } };
  workflowExecutionCompletedEventAttributes?: { result: { payloads: { data: string }[] } };
  workflowExecutionFailedEventAttributes?: { failure: { applicationFailureInfo: { type: string } } };
  activityTaskScheduledEventAttributes?: { activityType: { name: string } };
}

/** The code of its verdict; a lock has none. */
const endOf = (events: JsonObject[]): string | undefined => {
  const last = events.at(-1) as Event | undefined;
  const completed = last?.workflowExecutionCompletedEventAttributes;
  if (completed === undefined) return last?.workflowExecutionFailedEventAttributes?.failure.applicationFailureInfo.type;
  const result = JSON.parse(decode(completed.result.payloads[0]?.data)) as Partial<ChangeOutcome>;
  return result.progress?.verdict?.code ?? 'completed';
};

const typeOf = (events: JsonObject[]): string | undefined =>
  (events[0] as Event | undefined)?.workflowExecutionStartedEventAttributes?.workflowType.name;

const activityAt = (events: JsonObject[], index: number) =>
  (events[index] as Event | undefined)?.activityTaskScheduledEventAttributes?.activityType;

const decode = (data: unknown): string => Buffer.from(String(data), 'base64').toString();

/** The history a program would have left that runs two activities, one after the other, the other way round. */
function reorderings(events: JsonObject[]): Map<string, JsonObject[]> {
  const scheduled = events.flatMap((_, index) => {
    const name = activityAt(events, index)?.name;
    return name === undefined ? [] : [{ index, name }];
  });
  const variants = new Map<string, JsonObject[]>();
  for (const [i, second] of scheduled.entries()) {
    const first = scheduled[i - 1];
    if (first === undefined || first.name === second.name) continue;
    const variant = structuredClone(events);
    Object.assign(activityAt(variant, first.index) ?? {}, { name: second.name });
    Object.assign(activityAt(variant, second.index) ?? {}, { name: first.name });
    variants.set(`${i}: ${second.name} before ${first.name}`, variant);
  }
  return variants;
}
