import type { RolloutTarget } from '../domain/deploy/rollout.ts';
import type { ServiceWant } from '../domain/deploy/service-want.ts';
import type { World } from '../activities/observe.ts';
import { familyRevision, LINES, shortRevision } from '../domain/deploy/lines.ts';
import type { Change } from './change.ts';
import { explain, fail } from './failure.ts';
import { summary, writes } from './proxies.ts';
import { passRollout, type RolloutLimits } from './rollout.ts';
import type { Story } from './story.ts';

/** What a deployment has touched; each mark is set before its call, because a call can half succeed. */
export interface Touched {
  balancer?: boolean;
  listeners?: boolean;
  healthCheck?: boolean;
  attributes?: boolean;
  record?: { zoneId: string; domain: string; recordSets: unknown[] };
  /** ARN of a revision this deployment registered. */
  registered?: string;
  service?: boolean;
}

export interface PutBackInput {
  service: string;
  cluster: string;
  incarnation: string;
  /** As it was observed before the first write. */
  before: World;
  touched: Touched;
  /** Percentages that fit the cluster as it is. */
  percents: { minimumHealthyPercent: number; maximumPercent: number };
  limits: RolloutLimits;
}

export type PutBackAnswer = { ok: true; text: string; revision?: string } | { ok: false; why: string };

/** Puts back what a deployment changed, watched to its own verdict. Runs in a non-cancellable scope, under the lock. */
export async function putBack(input: PutBackInput, change: Change, story: Story): Promise<PutBackAnswer> {
  story.enter('rolling-back');
  try {
    const answer =
      input.before.service === undefined ? await remove(input, change, story) : await restore(input, change, story);
    story.line(answer.text);
    return answer;
  } catch (error) {
    const why = explain(error).message;
    story.line(LINES.notPutBack(why));
    return { ok: false, why };
  }
}

type Done = { ok: true; text: string; revision?: string };

/** Without the lock nothing is written. */
function checkLock(change: Change): void {
  if (change.lockLost()) throw fail('lock_lost', "the change's lock was ended by hand");
}

async function restore(input: PutBackInput, change: Change, story: Story): Promise<Done> {
  const { service, balancer } = input.before;
  if (service === undefined) throw fail('internal', 'there is no service to go back to');
  const { touched } = input;
  const revision = shortRevision(input.service, service.primary.taskDefinition);
  story.line(LINES.puttingBack(revision));
  checkLock(change);
  if (balancer !== undefined) {
    const { name, listeners, healthCheck, crossZone, drainingSeconds } = balancer;
    const first = listeners[0];
    if (touched.listeners === true && first !== undefined) {
      const old = listeners as { port: number; protocol: 'HTTP' | 'HTTPS' | 'TCP' | 'SSL' }[];
      const certificateArn = listeners.find((l) => l.certificateArn !== undefined)?.certificateArn;
      await writes.convergeListeners({
        name,
        listeners: old,
        hostPort: first.instancePort,
        ...(certificateArn === undefined ? {} : { certificateArn }),
      });
    }
    if (touched.healthCheck === true) await writes.configureHealthCheck({ name, check: healthCheck });
    if (touched.attributes === true) await writes.modifyBalancerAttributes({ name, crossZone, drainingSeconds });
  }
  checkLock(change);
  if (touched.record !== undefined) await writes.restoreRecords(touched.record);
  if (touched.service === true) await restoreService(input, change, story);
  checkLock(change);
  await dropRevision(input, story);
  return { ok: true, text: LINES.putBack(revision), revision };
}

async function restoreService(
  { before, cluster, percents, limits }: PutBackInput,
  change: Change,
  story: Story,
): Promise<void> {
  const service = before.service;
  if (service === undefined) return;
  checkLock(change);
  const want: ServiceWant = {
    cluster,
    name: service.name,
    taskDefinition: service.primary.taskDefinition,
    desired: service.desired,
    ...percents,
    gracePeriodSeconds: service.gracePeriodSeconds,
  };
  const deploymentId = await writes.updateService.executeWithOptions(
    summary(`back to ${familyRevision(want.taskDefinition)}`),
    [want],
  );
  const target: RolloutTarget = {
    cluster,
    name: service.name,
    deploymentId,
    taskDefinition: want.taskDefinition,
    hasEndpoint: service.behindBalancer !== undefined,
  };
  await passRollout(target, { ...limits, rolledLine: LINES.oldComplete() }, story);
}

/** A first deployment has nothing to go back to. The record goes first, so that nobody is sent to what is going away. */
async function remove(
  { cluster, incarnation, touched, service }: PutBackInput,
  change: Change,
  story: Story,
): Promise<Done> {
  story.line(LINES.removing(incarnation));
  checkLock(change);
  if (touched.record !== undefined) await writes.restoreRecords(touched.record);
  if (touched.service === true) await writes.deleteService({ cluster, name: incarnation });
  if (touched.balancer === true) await writes.deleteBalancer({ name: incarnation });
  await dropRevision({ service, touched }, story);
  return { ok: true, text: LINES.removed() };
}

async function dropRevision({ touched }: Pick<PutBackInput, 'touched' | 'service'>, story: Story): Promise<void> {
  if (touched.registered === undefined) return;
  story.line(LINES.deletingRevision(familyRevision(touched.registered)));
  await writes.deregisterRevision({ arn: touched.registered });
}
