import assert from 'node:assert/strict';
import { ListTaskDefinitionsCommand } from '@aws-sdk/client-ecs';
import type { JournalEntry } from '../../../src/localcloud/engine/contract.ts';
import { deployWorkflowId } from '../../../src/domain/ids.ts';
import type { Running } from '../../setup/process.ts';
import type { Stack } from '../../setup/stack.ts';
import { awsOf, journalEnd, mutationsOf, requireEcsService } from './aws.ts';
import { assertServes } from './ingress.ts';
import { domainOf, manifestOf, writeManifest } from './manifest.ts';
import { withTemporal } from './temporal.ts';

/** A rollout that `wl` follows. */
export interface Rollout {
  service: string;
  /** Image tag. */
  tag: string;
  /** Number of the revision it makes; the first one creates the service. */
  revision: number;
  /** Of the journal before it began. */
  after: number;
  startedAt: number;
  wl: Running;
  /** When `wl` ended; undefined while it follows. */
  endedAt: () => number | undefined;
}

export const manifestFor = (service: string, tag: string): string => manifestOf({ service, tag, scale: 2 });

/** Rolls a service to an image tag and watches that with `wl`, which is `wl deploy` unless something else is given. */
export async function startRollout(
  stack: Stack,
  { service, tag }: Pick<Rollout, 'service' | 'tag'>,
  watch?: string[],
): Promise<Rollout> {
  const [after, revision] = [await journalEnd(stack), (await newestRevision(stack, service)) + 1];
  const deploy = () => ['deploy', service, '-f', writeManifest(stack, manifestFor(service, tag))];
  const wl = stack.spawnWl(watch ?? deploy());
  let endedAt: number | undefined;
  void wl.ended.then(() => (endedAt = Date.now()));
  return { service, tag, revision, after, startedAt: Date.now(), wl, endedAt: () => endedAt };
}

async function newestRevision(stack: Stack, service: string): Promise<number> {
  const { ecs } = awsOf(stack);
  const familyPrefix = `service-${service}`;
  const lists = (['ACTIVE', 'INACTIVE'] as const).map((status) =>
    ecs.send(new ListTaskDefinitionsCommand({ familyPrefix, status })),
  );
  const arns = (await Promise.all(lists)).flatMap(({ taskDefinitionArns = [] }) => taskDefinitionArns);
  return Math.max(0, ...arns.map((arn) => Number(arn.split(':').at(-1))));
}

export interface Figures {
  seconds: number;
  historyEvents: number;
  /** Calls about this service, those shared with others included. */
  awsCalls: number;
}

/** The rollout succeeded, was told line by line, changed everything once, and its version serves. */
export async function assertRolledOnce(stack: Stack, rollout: Rollout): Promise<Figures> {
  const { service, tag, after, startedAt } = rollout;
  const { code, stdout, stderr } = await rollout.wl.ended;
  const seconds = ((rollout.endedAt() ?? Date.now()) - startedAt) / 1_000;
  assert.equal(code, 0, `wl of ${service} ${tag} ends with ${code}:\n${stdout}\n${stderr}`);
  const id = new RegExp(`^${service}/(\\d+) `).exec(stdout)?.[1] ?? '';
  assert.match(stdout, new RegExp(`${service}/${id} Deployment successful\n$`));
  const again = await stack.wl(['follow', `${service}/${id}`]);
  assert.equal(stdout, again.stdout, 'every line once and in order');
  assert.equal(again.code, 0);

  await assertChangedOnce(stack, rollout);
  await assertServes(stack, domainOf(service), tag);
  const awsCalls = (await stack.journal({ after: String(after) })).filter((e) => isAbout(e, service)).length;
  const historyEvents = await withTemporal(
    stack,
    async ({ workflow }) => (await workflow.getHandle(deployWorkflowId(service, id)).describe()).historyLength,
  );
  return { seconds, historyEvents, awsCalls };
}

async function assertChangedOnce(stack: Stack, { service, tag, revision, after }: Rollout): Promise<void> {
  const applied = (await mutationsOf(stack, service, after)).filter((e) => ['ok', 'answer-lost'].includes(e.outcome));
  const times = (operation: string) => applied.filter((e) => e.operation === operation).length;
  assert.deepEqual(
    [times('RegisterTaskDefinition'), times('CreateService'), times('UpdateService')],
    revision === 1 ? [1, 1, 0] : [1, 0, 1],
    `${service} ${tag}: revisions registered, services created, services updated`,
  );
  const found = await requireEcsService(stack, service);
  // ECS lists the old deployment for some seconds after its last task has gone.
  const deployments = found.deployments
    ?.filter((d) => d.status === 'PRIMARY' || d.runningCount !== 0)
    .map((d) => [d.status, d.taskDefinition?.split('/').at(-1), d.runningCount]);
  assert.deepEqual(deployments, [['PRIMARY', `service-${service}:${revision}`, found.desiredCount]]);
  const active = await awsOf(stack).ecs.send(
    new ListTaskDefinitionsCommand({ familyPrefix: `service-${service}`, status: 'ACTIVE' }),
  );
  assert.deepEqual(
    active.taskDefinitionArns?.map((arn) => arn.split('/').at(-1)),
    [`service-${service}:${revision}`],
  );
}

const isAbout = ({ resource, parameters }: JournalEntry, service: string): boolean =>
  JSON.stringify([resource, parameters]).includes(service);

/** A worker that was killed, and the next one. */
export interface Takeover {
  /** Services whose rollouts were under way. */
  hit: string[];
  /** When the next worker was ready, and of the journal then. */
  readyAt: number;
  after: number;
}

/**
 * Seconds from each next worker being ready to the first call it made for a rollout that it took over; without those
 * that were over by then, or hit again.
 */
export async function delaysOf(stack: Stack, takeovers: Takeover[]): Promise<number[]> {
  const { cloudTime, speed } = await stack.admin<{ cloudTime: number; speed: number }>('GET', 'health');
  const now = Date.now();
  const journal = await stack.journal({ after: String(takeovers[0]?.after ?? 0) });
  return takeovers.flatMap(({ hit, readyAt, after }, i) => {
    const until = takeovers[i + 1]?.after ?? Infinity;
    const calls = journal.filter(({ seq }) => seq > after && seq <= until);
    const first = hit.flatMap((service) => calls.find((entry) => isAbout(entry, service)) ?? []);
    return first.map(({ time }) => (now - (cloudTime - time) / speed - readyAt) / 1_000);
  });
}
