import {
  ChangeResourceRecordSetsCommand,
  ChangeTagsForResourceCommand,
  CreateHealthCheckCommand,
  GetChangeCommand,
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
  type Change,
  type ResourceRecordSet,
  type Route53Client,
} from '@aws-sdk/client-route-53';
import type { ObservedRecord } from '../domain/deploy/observed.ts';
import { WonderlandError } from '../domain/errors.ts';
import { aliasTarget } from '../domain/deploy/plan.ts';
import { call } from './call.ts';
import { awsTags, ownerTags } from './tags.ts';
import type { Owner } from '../domain/deploy/service-want.ts';

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

/**
 * A health check of the service's public address; its id is the CheckID. The caller reference is the incarnation's, so
 * asking again answers the same one.
 */
export async function ensureHealthCheck(
  route53: Route53Client,
  want: {
    reference: string;
    domain: string;
    port: number;
    protocol: 'HTTP' | 'HTTPS' | 'TCP';
    path?: string;
    owner: Owner;
  },
  signal?: AbortSignal,
): Promise<string> {
  const answer = await call(
    route53,
    new CreateHealthCheckCommand({
      CallerReference: want.reference,
      HealthCheckConfig: {
        Type: want.protocol,
        FullyQualifiedDomainName: want.domain,
        Port: want.port,
        ...(want.path === undefined ? {} : { ResourcePath: want.path }),
        RequestInterval: 30,
        FailureThreshold: 3,
      },
    }),
    signal,
  );
  const id = answer.HealthCheck?.Id ?? '';
  const AddTags = awsTags(ownerTags(want.owner));
  await call(
    route53,
    new ChangeTagsForResourceCommand({ ResourceType: 'healthcheck', ResourceId: id, AddTags }),
    signal,
  );
  return id;
}
