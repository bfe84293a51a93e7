import assert from 'node:assert/strict';
import type { Client } from '@temporalio/client';
import type { DeploymentView } from '../../src/domain/api.ts';
import { deployWorkflowId, serviceLockId } from '../../src/domain/ids.ts';
import type { JournalEntry } from '../../src/localcloud/engine/contract.ts';
import { eventually } from '../setup/eventually.ts';
import { sharedStack, startStack, type Stack } from '../setup/stack.ts';
import { ask, deploymentsPath, post, verdictOf, view } from './support/api.ts';
import { countCalls, journalEnd, mutationsOf, tagsOf, requireEcsService, untilRolling } from './support/aws.ts';
import { assertExit } from './support/exit.ts';
import { assertServes } from './support/ingress.ts';
import { domainOf, manifestOf } from './support/manifest.ts';
import { startPart } from './support/part.ts';
import { sideBySide } from './support/side-by-side.ts';
import { withTemporal } from './support/temporal.ts';

const FULL = process.env.WL_TEST_FULL === '1';

/** Holds the lock until the test has asked for the next ones: it answers twenty seconds after its start. */
const SLOW = { tag: 'v1-slowstart200', graceSeconds: 600 };

interface Accepted {
  service: string;
  id: string;
}

/** When a deployment made its writes, in milliseconds: from its first such activity to the end of its last. */
interface Writing extends Accepted {
  from: number;
  to: number;
}

const WRITES =
  /^(create(Balancer|Service)|registerRevision|updateService|convergeListeners|configureHealthCheck|modifyBalancerAttributes|upsertAlias|deregisterRevision|tagRelease|tagManifest)$/;

async function writingOf(temporal: Client, { service, id }: Accepted): Promise<Writing | undefined> {
  const { events } = await temporal.workflow.getHandle(deployWorkflowId(service, id)).fetchHistory();
  const times: number[] = [];
  const writes = new Set<string>();
  for (const event of events ?? []) {
    const at = Number(event.eventTime?.seconds ?? 0) * 1_000 + Number(event.eventTime?.nanos ?? 0) / 1e6;
    const type = event.activityTaskScheduledEventAttributes?.activityType?.name;
    const scheduled = event.activityTaskCompletedEventAttributes?.scheduledEventId;
    if (type !== undefined && type !== null && WRITES.test(type)) {
      writes.add(String(event.eventId));
      times.push(at);
    } else if (scheduled !== undefined && writes.has(String(scheduled))) times.push(at);
  }
  return times.length === 0 ? undefined : { service, id, from: Math.min(...times), to: Math.max(...times) };
}

/** Runs of a service's lock, oldest first. */
async function lockRuns(temporal: Client, lockId: string): Promise<{ from: number; to: number }[]> {
  const runs: { from: number; to: number }[] = [];
  for await (const run of temporal.workflow.list({ query: `WorkflowId = '${lockId}'` })) {
    runs.push({ from: run.startTime.getTime(), to: run.closeTime?.getTime() ?? Number.POSITIVE_INFINITY });
  }
  return runs.toSorted((a, b) => a.from - b.from);
}

function assertApart(what: string, intervals: { from: number; to: number }[]): void {
  const sorted = intervals.toSorted((a, b) => a.from - b.from);
  for (const [index, one] of sorted.entries()) {
    const next = sorted[index + 1];
    assert.ok(
      next === undefined || one.to <= next.from,
      `${what}: ${JSON.stringify(one)} and ${JSON.stringify(next)} overlap`,
    );
  }
}

/** Value of the tag wonderland:deployment in the parameters of an ECS call. */
function deploymentTag(parameters: unknown): string | undefined {
  const { tags } = parameters as { tags?: { key: string; value: string }[] };
  return Array.isArray(tags) ? tags.find(({ key }) => key === 'wonderland:deployment')?.value : undefined;
}

/** By the journal: from a deployment's revision to its release tag no other deployment registers, updates or tags. */
function assertNeverInterleaved(service: string, entries: JournalEntry[]): void {
  let holder: string | undefined;
  for (const { operation, resource = '', parameters } of entries) {
    const deployment = deploymentTag(parameters);
    if (operation === 'RegisterTaskDefinition') {
      assert.equal(holder, undefined, `${service}/${deployment} began before ${service}/${holder} had ended`);
      holder = deployment;
    }
    if (operation === 'UpdateService' || operation === 'CreateService') assert.ok(holder, `${operation} by nobody`);
    if (operation === 'TagResource' && resource.startsWith(`${service}-`)) {
      assert.equal(deployment, holder, 'a release that somebody else writes down');
      holder = undefined;
    }
  }
  assert.equal(holder, undefined, `${service}/${holder} has not ended`);
}

/** So many different deployments of so many new services, all posted at once, through two API processes in turn. */
async function crowd(
  stack: Stack,
  { services, deployments, name }: { services: number; deployments: number; name: string },
) {
  const second = await startPart(stack, 'src/api/server.js');
  const urls = [stack.client.apiUrl, second.ready.url ?? ''];
  try {
    const names = Array.from({ length: services }, (_, index) => `${name}-${index}`);
    const accepted = await Promise.all(
      Array.from({ length: deployments }, async (_, index): Promise<Accepted> => {
        const service = names[index % services] ?? '';
        const manifest = manifestOf({ service, env: { NUMBER: String(index) } });
        const asked = { method: 'POST', apiUrl: urls[index % 2] ?? '', body: { manifest } };
        const { status, body } = await ask<DeploymentView>(stack, deploymentsPath(service), asked);
        assert.equal(status, 202, JSON.stringify(body));
        return { service, id: body.id };
      }),
    );
    assert.equal(new Set(accepted.map(({ service, id }) => `${service}/${id}`)).size, deployments, 'an id twice');

    const ended = await Promise.all(
      accepted.map(async ({ service, id }, index) => {
        const verdict = await verdictOf(stack, service, id, urls[index % 2]);
        return { ...(await view(stack, service, id)), verdict };
      }),
    );
    for (const service of names) {
      const mine = ended.filter((one) => one.service === service).toSorted((a, b) => a.startedAt - b.startedAt);
      const told = JSON.stringify(mine.map(({ id, startedAt, verdict }) => ({ id, startedAt, code: verdict.code })));
      assert.equal(mine.at(-1)?.verdict.code, 'succeeded', `the newest of ${service} did not succeed: ${told}`);
      for (const { verdict } of mine) assert.match(verdict.code, /^(succeeded|superseded)$/, told);
      const { serviceArn = '' } = await requireEcsService(stack, service);
      assert.equal((await tagsOf(stack, serviceArn))['wonderland:deployment'], mine.at(-1)?.id, told);
    }
    await withTemporal(stack, async (temporal) => {
      for (const service of names) {
        const mine = accepted.filter((one) => one.service === service);
        const writing = (await Promise.all(mine.map((one) => writingOf(temporal, one)))).filter((w) => w !== undefined);
        assert.ok(writing.length >= 1);
        assertApart(`writes of ${service}`, writing);
        assertApart(`locks of ${service}`, await lockRuns(temporal, serviceLockId(service)));
        const entries = (await mutationsOf(stack, service)).filter(({ outcome }) => outcome === 'ok');
        assertNeverInterleaved(service, entries);
        const calls = countCalls(entries);
        assert.deepEqual([calls.CreateLoadBalancer, calls.CreateService], [1, 1], service);
        assert.equal(
          calls.RegisterTaskDefinition,
          ended.filter((one) => one.service === service && one.verdict.ok).length,
        );
      }
    });
    const { balancers } = await stack.admin<{ balancers: { name: string }[] }>('GET', 'balancers');
    const created = (await stack.journal({ operation: 'CreateLoadBalancer' })).filter(
      ({ outcome }) => outcome === 'ok',
    );
    const ports = created.map(({ resource, parameters }) => ({
      resource,
      port: (parameters as { Listeners: { InstancePort: number }[] }).Listeners[0]?.InstancePort,
    }));
    // One that was made again after somebody had deleted it has its name and its port again.
    const last = new Map(ports.map((one) => [one.resource, one]));
    const standing = [...last.values()].filter(({ resource }) => balancers.some(({ name: n }) => n === resource));
    assert.ok(standing.length >= services);
    assert.equal(new Set(standing.map(({ port }) => port)).size, standing.length, 'a host port twice');
    await Promise.all(names.map((service) => assertServes(stack, domainOf(service), 'v1')));
  } finally {
    await second.stop();
  }
}

describe('The queue of a service', () => {
  let stack: Stack;
  const prepare = async () => {
    stack = await sharedStack();
  };

  sideBySide(prepare, {
    'lets the second wait its turn, and the third take its place': async () => {
      const service = 'turns';
      const first = await post(stack, service, { manifest: manifestOf({ service, ...SLOW }) });
      await untilRolling(stack, service);
      const second = await post(stack, service, { manifest: manifestOf({ service, tag: 'v2' }) });
      const waits = async () =>
        withTemporal(stack, async (temporal) => {
          const { events } = await temporal.workflow.getHandle(serviceLockId(service)).fetchHistory();
          return events?.some((e) => e.workflowExecutionSignaledEventAttributes?.signalName === 'wait');
        });
      await eventually('the second waits for the lock', waits, 60);
      assert.equal((await view(stack, service, second)).phase, 'queued');
      const third = await post(stack, service, { manifest: manifestOf({ service, tag: 'v3' }) });

      const superseded = await stack.wl(['follow', `${service}/${second}`]);
      assertExit(superseded, 6);
      assert.match(
        superseded.stderr,
        new RegExp(`^Error: A newer change of this service took its place: .*${service}/${third}$`, 'm'),
      );
      assert.equal((await view(stack, service, second)).verdict?.code, 'superseded');
      assert.equal((await verdictOf(stack, service, first)).code, 'succeeded');
      const [firstEnd = 0, secondEnd = Infinity] = await Promise.all(
        [first, second].map(async (id) => (await view(stack, service, id)).endedAt),
      );
      assert.ok(secondEnd < firstEnd, 'the second was told only after the first had ended');
      assert.equal((await verdictOf(stack, service, third)).code, 'succeeded');
      await assertServes(stack, domainOf(service), 'v3');
      const entries = await mutationsOf(stack, service);
      assertNeverInterleaved(service, entries);
      assert.equal(countCalls(entries).RegisterTaskDefinition, 2);
    },

    'is not blocked by a holder that somebody terminates': async () => {
      const service = 'heirs';
      const first = await post(stack, service, { manifest: manifestOf({ service, ...SLOW }) });
      await untilRolling(stack, service);
      const next = await post(stack, service, { manifest: manifestOf({ service, tag: 'v2' }) });
      await withTemporal(stack, (temporal) =>
        temporal.workflow.getHandle(deployWorkflowId(service, first)).terminate(),
      );
      const end = await journalEnd(stack);
      assert.equal((await verdictOf(stack, service, next)).code, 'succeeded');
      const told = await stack.wl(['follow', `${service}/${first}`]);
      assertExit(told, 8);
      assert.match(told.stderr, /terminated by hand in Temporal; nothing was put back/);
      await assertServes(stack, domainOf(service), 'v2');
      const calls = countCalls(await mutationsOf(stack, service, end));
      assert.deepEqual([calls.CreateService, calls.CreateLoadBalancer, calls.UpdateService], [undefined, undefined, 1]);
    },

    ...(!FULL && {
      'keeps 12 deployments of 5 new services apart that come at once, through two API processes': () =>
        crowd(stack, { services: 5, deployments: 12, name: 'few' }),
    }),
  });
});

if (FULL) {
  describe('A crowd', () => {
    it('50 deployments of 20 new services at once, through two API processes: none lost, none at once', async function () {
      this.timeout(600_000);
      await crowd(await startStack({ speed: 20 }), { services: 20, deployments: 50, name: 'many' });
    });
  });
}
