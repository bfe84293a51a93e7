import {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
  type Change,
  type ResourceRecordSet,
  type Route53Client,
} from '@aws-sdk/client-route-53';
import type { ObservedRecord } from '../domain/deploy/observed.ts';
import { WonderlandError } from '../domain/errors.ts';
import { aliasTarget } from '../domain/deploy/plan-balancer.ts';
import { serviceOfIncarnation } from '../domain/ids.ts';
import { call } from './call.ts';

const plainName = (name: string): string => name.toLowerCase().replace(/\.$/, '').replace('\\052', '*');

/** Record types that decide where a name points to. */
const POINTERS = ['A', 'AAAA', 'CNAME'];

/**
 * Id of the zone a domain lives in: the longest of the configured names that is a suffix of it. Zones without an id in
 * the configuration are looked up by name (ListHostedZonesByName).
 * @throws WonderlandError `precondition_failed` when there is none.
 */
export async function findZone(
  route53: Route53Client,
  { domain, zones }: { domain: string; zones: { name: string; id?: string }[] },
  signal?: AbortSignal,
): Promise<string> {
  const mine = zones
    .filter(({ name }) => domain === plainName(name) || domain.endsWith(`.${plainName(name)}`))
    .sort((a, b) => b.name.length - a.name.length)[0];
  if (mine === undefined) {
    throw new WonderlandError('precondition_failed', `No hosted zone of this environment holds ${domain}`, {
      hint: `Choose a domain below ${zones.map((z) => z.name).join(', ') || 'a configured zone'}.`,
    });
  }
  if (mine.id !== undefined) return mine.id;
  const answer = await call(route53, new ListHostedZonesByNameCommand({ DNSName: mine.name, MaxItems: 1 }), signal);
  const zone = answer.HostedZones?.find((z) => plainName(z.Name ?? '') === plainName(mine.name));
  if (zone?.Id !== undefined) return zone.Id.replace('/hostedzone/', '');
  throw new WonderlandError('precondition_failed', `The account has no hosted zone ${mine.name}`, {
    hint: 'Create the zone in Route 53, or correct `hosted-zones` in the configuration.',
  });
}

/** Record sets of that very name that decide where it points to. The names given to Route 53 are only a start. */
export async function listRecords(
  route53: Route53Client,
  zoneId: string,
  domain: string,
  signal?: AbortSignal,
): Promise<ResourceRecordSet[]> {
  const answer = await call(
    route53,
    new ListResourceRecordSetsCommand({
      HostedZoneId: zoneId,
      StartRecordName: domain,
      StartRecordType: 'A',
      MaxItems: 20,
    }),
    signal,
  );
  return (answer.ResourceRecordSets ?? []).filter(
    (r) => plainName(r.Name ?? '') === domain && POINTERS.includes(r.Type ?? ''),
  );
}

export const toObserved = (record: ResourceRecordSet): ObservedRecord => ({
  type: record.Type ?? '',
  ...(record.TTL === undefined ? {} : { ttlSeconds: record.TTL }),
  alias: record.AliasTarget !== undefined,
  targets:
    record.AliasTarget === undefined
      ? (record.ResourceRecords ?? []).map((r) => plainName(r.Value ?? ''))
      : [plainName(record.AliasTarget.DNSName ?? '')],
});

export interface AliasWant {
  zoneId: string;
  domain: string;
  balancer: { dnsName: string; zoneId: string };
}

/**
 * Lets the domain be an A alias to the balancer, and nothing else: foreign record sets of the name go in the same
 * atomic change batch. Answers the change to wait for, also when the record is right already: then the answer of an
 * earlier try was lost, and with it the change that may still be on its way.
 */
export async function upsertAlias(
  route53: Route53Client,
  { zoneId, domain, balancer }: AliasWant,
  signal?: AbortSignal,
): Promise<string> {
  const current = await listRecords(route53, zoneId, domain, signal);
  const foreign = current.filter((r) => r.Type !== 'A');
  const Changes: Change[] = [
    ...foreign.map((ResourceRecordSet): Change => ({ Action: 'DELETE', ResourceRecordSet })),
    {
      Action: 'UPSERT',
      ResourceRecordSet: {
        Name: domain,
        Type: 'A',
        AliasTarget: {
          HostedZoneId: balancer.zoneId,
          DNSName: aliasTarget(balancer.dnsName),
          EvaluateTargetHealth: false,
        },
      },
    },
  ];
  return change(route53, zoneId, Changes, signal);
}

/** Puts the record sets of a name back to what they were. Answers the change, or undefined when they are so already. */
export async function restoreRecords(
  route53: Route53Client,
  { zoneId, domain, records }: { zoneId: string; domain: string; records: ResourceRecordSet[] },
  signal?: AbortSignal,
): Promise<string | undefined> {
  const current = await listRecords(route53, zoneId, domain, signal);
  const key = (r: ResourceRecordSet) => JSON.stringify(toObserved(r));
  const before = new Set(records.map(key));
  const now = new Set(current.map(key));
  const Changes: Change[] = [
    ...current
      .filter((r) => !before.has(key(r)) && !records.some((b) => b.Type === r.Type))
      .map((ResourceRecordSet): Change => ({ Action: 'DELETE', ResourceRecordSet })),
    ...records
      .filter((r) => !now.has(key(r)))
      .map((ResourceRecordSet): Change => ({ Action: 'UPSERT', ResourceRecordSet })),
  ];
  return Changes.length === 0 ? undefined : change(route53, zoneId, Changes, signal);
}

/**
 * Deletes the A aliases of a name that point to one of these load balancers; records that point elsewhere stay. Answers
 * the change to wait for, or undefined when there is none of them.
 * @param balancers their names
 */
export async function removeAliases(
  route53: Route53Client,
  { zoneId, domain, balancers }: { zoneId: string; domain: string; balancers: string[] },
  signal?: AbortSignal,
): Promise<string | undefined> {
  const ours = (await listRecords(route53, zoneId, domain, signal)).filter((r) => isAliasOf(r, balancers));
  const Changes = ours.map((ResourceRecordSet): Change => ({ Action: 'DELETE', ResourceRecordSet }));
  return Changes.length === 0 ? undefined : change(route53, zoneId, Changes, signal);
}

/** Names that are A aliases, and the load balancers they point to, which may be gone. */
export interface Aliases {
  domains: string[];
  balancers: string[];
}

/**
 * Names in the configured zones that point to a load balancer of a service, also to one that somebody has deleted.
 * @param incarnations names of every ECS service: `internal-api-…` may be an internal load balancer of `api`, or a
 * public one of `internal-api`
 */
export async function aliasesOf(
  route53: Route53Client,
  { zones, service, incarnations }: { zones: { name: string; id?: string }[]; service: string; incarnations: string[] },
  signal?: AbortSignal,
): Promise<Aliases> {
  const domains = new Set<string>();
  const balancers = new Set<string>();
  for (const { name: domain } of zones) {
    const zoneId = await findZone(route53, { domain, zones }, signal);
    for await (const record of recordsOf(route53, zoneId, signal)) {
      const label = balancerLabel(record);
      const name = incarnations.includes(label) ? label : label.replace(/^internal-/, '');
      if (serviceOfIncarnation(name) !== service) continue;
      domains.add(plainName(record.Name ?? ''));
      balancers.add(name);
    }
  }
  return { domains: [...domains], balancers: [...balancers] };
}

/** Name of the classic ELB an alias points to, with `internal-` before that of an internal one; empty for other records. */
const balancerLabel = ({ Type, AliasTarget }: ResourceRecordSet): string =>
  (Type === 'A' && /^(?:dualstack\.)?([^.]+)-[0-9]+\./.exec(plainName(AliasTarget?.DNSName ?? ''))?.[1]) || '';

/** Every record set of a zone. ListResourceRecordSets: 300 a call. */
async function* recordsOf(
  route53: Route53Client,
  HostedZoneId: string,
  signal?: AbortSignal,
): AsyncGenerator<ResourceRecordSet> {
  let start: { StartRecordName?: string; StartRecordType?: ResourceRecordSet['Type'] } = {};
  for (;;) {
    const page = await call(route53, new ListResourceRecordSetsCommand({ HostedZoneId, ...start }), signal);
    yield* page.ResourceRecordSets ?? [];
    if (page.IsTruncated !== true || page.NextRecordName === undefined) return;
    start = { StartRecordName: page.NextRecordName, StartRecordType: page.NextRecordType };
  }
}

/** The DNS name of a classic ELB begins with its name and some digits. */
const isAliasOf = ({ Type, AliasTarget }: ResourceRecordSet, balancers: string[]): boolean =>
  Type === 'A' &&
  balancers.some((name) =>
    new RegExp(`^(dualstack\\.)?(internal-)?${name}-[0-9]+\\.`).test(plainName(AliasTarget?.DNSName ?? '')),
  );

async function change(
  route53: Route53Client,
  HostedZoneId: string,
  Changes: Change[],
  signal?: AbortSignal,
): Promise<string> {
  const answer = await call(
    route53,
    new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes } }),
    signal,
  );
  return answer.ChangeInfo?.Id?.replace('/change/', '') ?? '';
}

/** Whether a change has reached every name server (INSYNC). */
export async function isInSync(route53: Route53Client, changeId: string, signal?: AbortSignal): Promise<boolean> {
  const answer = await call(route53, new GetChangeCommand({ Id: changeId }), signal);
  return answer.ChangeInfo?.Status === 'INSYNC';
}
