import { sleep } from '@temporalio/workflow';
import { familyRevision, LINES } from '../domain/deploy/lines.ts';
import type { ObservedRemains } from '../domain/deploy/observed.ts';
import { attempt } from './attempt.ts';
import { has, isMadeAgain, type Acted, type Deployment, type Prepared } from './deployment.ts';
import { awaitInSync, isSwitchedLate, outliveOldAnswers, pointDomain } from './dns.ts';
import { explain } from './failure.ts';
import { drains, reads, summary, writes } from './proxies.ts';

/** After so long the old load balancer goes although somebody still uses it. */
const IDLE_LIMIT_SECONDS = 600;

/**
 * Sends users to the new release and waits until nobody is sent elsewhere any more. A switch that fails is thrown: the
 * release does not serve then. False when a record could not be removed or a change
 * has not come INSYNC: nothing old may be taken away.
 */
export async function settleDns(deployment: Deployment, prepared: Prepared, acted: Acted): Promise<boolean> {
  const { story } = deployment;
  const { plan, wanted, before } = prepared;
  const domain = wanted.spec.endpoint?.domain ?? '';
  const changes = [{ domain, changeId: acted.dnsChange }];
  if (isSwitchedLate(deployment, prepared)) {
    story.enter('switching-dns');
    if (acted.balancer !== undefined)
      changes.push({ domain, changeId: await pointDomain(deployment, prepared, acted.balancer) });
  }
  let isInSync = true;
  for (const step of plan.steps) {
    if (step.type !== 'delete-record') continue;
    story.line(LINES.removingRecord(step.domain));
    const isRemoved = await attempt(deployment, 'The old record', async () => {
      changes.push({ domain: step.domain, changeId: await removeName(deployment, prepared, step.domain) });
    });
    if (isRemoved) continue;
    isInSync = false;
    deployment.leftDomains = [...(deployment.leftDomains ?? []), step.domain];
  }
  for (const { domain: name, changeId } of changes.filter((c) => c.changeId !== '')) {
    const came = await attempt(deployment, 'The DNS change', () => awaitInSync(changeId, name));
    isInSync = isInSync && came;
  }
  if (isInSync && oldOnes(prepared).some((old) => old.hasBalancer))
    await outliveOldAnswers(story, before.waits, before.domain);
  return isInSync;
}

/** Answers the change to wait for, or nothing: also of a name in a zone that is not ours any more, which is only said. */
async function removeName({ story }: Deployment, prepared: Prepared, domain: string): Promise<string> {
  const balancers = [prepared.plan.incarnation, ...oldOnes(prepared).map((old) => old.name)];
  try {
    return await writes.removeAliases({ domain, balancers });
  } catch (error) {
    const { code, message, hint } = explain(error);
    if (code !== 'precondition_failed') throw error;
    story.warn(`The old record: ${message}`, hint);
    return '';
  }
}

/** Takes away what the release replaced, and what broken-off changes left. What cannot be done is left to the next one. */
export async function retireOld(deployment: Deployment, prepared: Prepared, acted: Acted): Promise<void> {
  const { story } = deployment;
  // A service that was deleted by hand left its revision, whether it had a load balancer or not.
  if (!has(prepared.plan.steps, 'retire') && !isMadeAgain(deployment, prepared, acted)) return;
  story.enter('retiring');
  for (const old of oldOnes(prepared)) {
    story.line(LINES.retiring(old.name));
    await attempt(deployment, `The old ${old.name}`, () => retire(deployment, prepared, old));
  }
  await attempt(deployment, 'The old revisions', () => retireRevisions(deployment, acted));
}

/** In the order of the plan. */
function oldOnes({ plan, before }: Prepared): ObservedRemains[] {
  const { service, remains = [] } = before;
  const orphan = before.balancer === undefined ? [] : [before.balancer.name];
  const replaced: ObservedRemains[] =
    service === undefined
      ? orphan.map((name) => ({ name, hasService: false, hasBalancer: true }))
      : [
          {
            name: service.name,
            hasService: true,
            hasBalancer: service.behindBalancer !== undefined && before.balancer !== undefined,
          },
        ];
  return plan.steps.flatMap((step) =>
    step.type === 'retire' ? [...replaced, ...remains].filter((old) => old.name === step.incarnation) : [],
  );
}

async function retire(deployment: Deployment, { before }: Prepared, old: ObservedRemains): Promise<void> {
  const { input } = deployment;
  const { name } = old;
  const at = { cluster: input.cluster, name };
  if (old.hasBalancer && old.hasService) await untilIdle(deployment, name, before.waits.idleSeconds);
  await writes.deleteService(at);
  await drains.awaitDrained.executeWithOptions(summary(`${name} drains`), [at]);
  await writes.deleteBalancer({ name });
  await writes.deleteHealthChecks({ incarnation: name });
}

/** Those that what was replaced, or deleted by hand, has left; nothing starts with them any more. */
async function retireRevisions({ input, story }: Deployment, acted: Acted): Promise<void> {
  // Found before the first goes: a deletion whose answer is lost could not tell what it has deleted.
  for (const arn of await reads.findOtherRevisions({ service: input.service, keep: acted.revision })) {
    story.line(LINES.deletingRevision(familyRevision(arn)));
    await writes.deregisterRevision({ arn });
  }
}

/** Two equal counts of its requests, so many seconds apart. */
async function untilIdle({ input, story }: Deployment, balancer: string, idleSeconds: number): Promise<void> {
  if (idleSeconds === 0) return;
  story.line(LINES.idleWait(balancer, idleSeconds));
  const count = () => reads.countRequests({ balancer, sinceMs: Number(input.id) * 1_000 - 3_600_000 });
  let before = await count();
  for (let waited = 0; waited < IDLE_LIMIT_SECONDS; waited += idleSeconds) {
    const pause = Math.min(idleSeconds, IDLE_LIMIT_SECONDS - waited);
    await sleep(pause * 1_000, { summary: `${balancer} idle` });
    const now = await count();
    if (now === before) return;
    before = now;
  }
  story.warn(`ELB ${balancer} still had requests after ${IDLE_LIMIT_SECONDS} s, and is deleted now`);
}
