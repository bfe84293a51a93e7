import { sleep } from '@temporalio/workflow';
import type { Waits, World } from '../activities/observe.ts';
import { LINES } from '../domain/deploy/lines.ts';
import type { ObservedDomain, ObservedRecord } from '../domain/deploy/observed.ts';
import { aliasTarget } from '../domain/deploy/plan-balancer.ts';
import { foreignRecord } from '../domain/deploy/plan-refusal.ts';
import { has, isNewIncarnation, type Deployment, type Prepared } from './deployment.ts';
import { dnsWaits, summary, writes } from './proxies.ts';
import type { Story } from './story.ts';

/**
 * Whether users are sent to the new release only after its gates: while it comes up somebody else serves the domain, an
 * older incarnation or, where the domain is taken over, whoever has it.
 */
export function isSwitchedLate({ input }: Deployment, { plan, before, wanted: { spec } }: Prepared): boolean {
  if (plan.mode === 'replacement') return true;
  if (spec.endpoint === undefined) return false;
  if (foreignRecord(input.service, before) !== undefined) return true;
  const { records = [] } = before.domain ?? {};
  return isNewIncarnation(plan) && records.some((r) => !isOwn(r, before));
}

/** It points to a load balancer of this service, which has lost its ECS service. */
const isOwn = ({ targets }: ObservedRecord, { balancer }: World): boolean =>
  balancer !== undefined && targets.includes(aliasTarget(balancer.dnsName));

/** Lets the manifest's domain point to a load balancer; answers the change to wait for, or nothing. */
export async function pointDomain(
  { story, touched }: Deployment,
  { plan, before, wanted }: Prepared,
  balancer: { dnsName: string; zoneId: string },
): Promise<string> {
  const domain = wanted.spec.endpoint?.domain ?? '';
  story.line(LINES.record(domain, balancer.dnsName));
  const zone = before.domain;
  if (!has(plan.steps, 'upsert-record') || zone === undefined) return '';
  touched.record = { zoneId: zone.zoneId, domain, recordSets: zone.recordSets };
  return writes.upsertAlias.executeWithOptions(summary(`${domain} → ${aliasTarget(balancer.dnsName)}`), [
    { zoneId: zone.zoneId, domain, balancer },
  ]);
}

export const awaitInSync = (changeId: string, domain: string): Promise<void> =>
  dnsWaits.awaitInSync.executeWithOptions(summary(`${domain} INSYNC`), [{ changeId }]);

/**
 * Until nobody is sent to the old address any more: resolvers keep an answer for its TTL, which for an alias is 60 s.
 * @param old record sets as they were before the change
 */
export async function outliveOldAnswers(story: Story, waits: Waits, old?: ObservedDomain): Promise<void> {
  const seconds = Math.max(waits.dnsSeconds, ...(old?.records ?? []).map((r) => r.ttlSeconds ?? 0));
  story.line(LINES.dnsWait(seconds));
  await sleep(seconds * 1_000, { summary: 'resolvers forget the old address' });
}
