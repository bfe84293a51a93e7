/**
 * What a rollout costs and how soon its verdict is there, on an embedded stack of its own:
 *
 *     node --import=tsx bench/rollout.ts
 *
 * Takes about five minutes, because rollouts are measured at the real pace of ECS.
 */
import type { JournalEntry } from '../src/localcloud/engine/contract.ts';
import { build } from '../scripts/lib/build.mjs';
import { awsOf, countCalls } from '../test/e2e/support/aws.ts';
import { manifestOf } from '../test/e2e/support/manifest.ts';
import { withTemporal } from '../test/e2e/support/temporal.ts';
import { startStack } from '../test/setup/stack.ts';
import { deploy, historyOf, rollTimed, type Bench, type Deployed } from './measured-rollout.ts';
import { measureStartup } from './startup.ts';
import { median, percentile } from './statistics.ts';

const SETTLE_SECONDS = 5;
const ALONE = 'alone';
const TOGETHER = Array.from({ length: 10 }, (_, i) => `together-${i}`);
/** Of the cloud's clock; where nothing is measured. */
const HURRY = 20;

const manifest = (service: string, tag: string): string =>
  manifestOf({ service, tag, scale: 2, more: { deployment: { timeout: 180, settle: SETTLE_SECONDS } } });

async function measure(bench: Bench): Promise<void> {
  const { stack } = bench;
  const pace = (speed: number) => stack.admin('PUT', 'speed', { speed });
  await Promise.all([ALONE, ...TOGETHER].map((service) => deploy(bench, service, manifest(service, 'v1'))));

  const startup = await measureStartup(stack, ALONE);
  print('Start-up', {
    'wl --help / bare node': `${(startup.help / startup.bareNode).toFixed(2)} (${ms(startup.help)} / ${ms(startup.bareNode)})`,
    'wl status': ms(startup.status),
  });

  await pace(1);
  const alone = await rollTimed(bench, ALONE, manifest(ALONE, 'v2'), SETTLE_SECONDS);
  await printRollout(bench, 'One rolling update alone, scale 2, speed 1', alone);
  print('', { 'really done → gates passed → verdict': `${ms(alone.gatesAfter)}, ${ms(alone.verdictAfter)}` });

  await pace(3);
  const failed = await deploy(bench, ALONE, manifest(ALONE, 'v3-crash'));
  await printRollout(bench, 'One that crashes and is rolled back, scale 2, speed 3', failed);

  await pace(1);
  const after = (await stack.journal()).at(-1)?.seq ?? 0;
  const together = await Promise.all(
    TOGETHER.map((service) => rollTimed(bench, service, manifest(service, 'v2'), SETTLE_SECONDS)),
  );
  const calls = new Set(
    together.flatMap((rollout) => rollout.calls.map(({ seq }) => seq)).filter((seq) => seq > after),
  );
  const times = (pick: (rollout: (typeof together)[number]) => number) => {
    const values = together.map(pick);
    return `median ${ms(median(values))}, p95 ${ms(percentile(values, 0.95))}, least ${ms(Math.min(...values))}`;
  };
  print(`${TOGETHER.length} rolling updates at once, scale 2 each, speed 1`, {
    'really done → gates passed': times((rollout) => rollout.gatesAfter),
    'really done → verdict in wl': times((rollout) => rollout.verdictAfter),
    'AWS calls each, all': (calls.size / TOGETHER.length).toFixed(1),
  });
}

async function printRollout(bench: Bench, title: string, rollout: Deployed): Promise<void> {
  const { events, activities } = await historyOf(bench, rollout.workflowId);
  const { before, until, rest } = split(rollout.calls);
  print(title, {
    'exit code': String(rollout.exitCode),
    duration: `${((rollout.verdictAt - (rollout.events[0]?.at ?? NaN)) / 1000).toFixed(0)} s`,
    'history events': String(events),
    activities: `${sum(activities)}: ${list(activities)}`,
    'AWS calls': String(rollout.calls.length),
    '… until UpdateService is accepted': `${before.length}: ${list(countCalls(before))}`,
    '… from there to the verdict': `${until.length}: ${list(countCalls(until))}`,
    '… after it': `${rest.length}: ${list(countCalls(rest))}`,
  });
}

/** After the gates the old, or on failure the new, revision is deregistered first. */
function split(calls: JournalEntry[]): Record<'before' | 'until' | 'rest', JournalEntry[]> {
  const accepted = calls.findIndex(({ operation }) => operation === 'UpdateService') + 1;
  const verdict = calls.findIndex(({ operation }) => operation === 'DeregisterTaskDefinition');
  return { before: calls.slice(0, accepted), until: calls.slice(accepted, verdict), rest: calls.slice(verdict) };
}

function print(title: string, figures: Record<string, string>): void {
  if (title !== '') console.log(`\n${title}`);
  for (const [name, value] of Object.entries(figures)) console.log(`  ${name}: ${value}`);
}

const ms = (milliseconds: number): string => `${Math.round(milliseconds)} ms`;
const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((a, b) => a + b, 0);
const list = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');

await build();
const stack = await startStack({ speed: HURRY });
try {
  await withTemporal(stack, (temporal) => measure({ stack, temporal, elb: awsOf(stack).elb }));
} finally {
  await stack.stop();
}
