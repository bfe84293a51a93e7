/** What Route 53 has against one change of a batch, in its own words. */
import { isIPv4, isIPv6 } from 'node:net';
import { HOSTED_ZONE_ID as ELB_ZONE_ID } from '../elb/output.ts';
import { isWithin, objectToName } from './names.ts';
import { describeRecord, recordKey, sameRecord, type Alias, type Records, type RecordSet } from './records.ts';

const MOST_VALUES = 400;

export interface Change {
  action: 'CREATE' | 'DELETE' | 'UPSERT';
  record: RecordSet;
}

/** A zone as it is while a batch is applied. */
export interface Draft {
  id: string;
  name: string;
  records: Records;
  /** Whether a balancer of this account has the DNS name, with or without `dualstack.`. */
  isBalancer: (dnsName: string) => boolean;
}

export const objectTo = (zone: Draft, { action, record }: Change): string[] => {
  const wrongName = objectToName(record.name);
  if (wrongName !== undefined) return [wrongName];
  const existing = zone.records[recordKey(record)];
  if (action === 'DELETE') return some(objectToDelete(zone, record, existing));
  if (!isWithin(record.name, zone.name)) {
    return [`RRSet with DNS name ${record.name} is not permitted in zone ${zone.name}`];
  }
  if (action === 'CREATE' && existing !== undefined) {
    return [`Tried to create resource record set ${describeRecord(record)} but it already exists`];
  }
  const conflict = objectToConflict(zone, record) ?? objectToValues(record);
  return conflict === undefined ? objectToAlias(zone, record) : [conflict];
};

const some = (objection: string | undefined): string[] => (objection === undefined ? [] : [objection]);

const objectToDelete = (zone: Draft, record: RecordSet, existing: RecordSet | undefined): string | undefined => {
  const tried = `Tried to delete resource record set ${describeRecord(record)} but`;
  if (existing === undefined) return `${tried} it was not found`;
  if (!sameRecord(existing, record)) return `${tried} the values provided do not match the current values`;
  if (record.name !== zone.name) return undefined;
  if (record.type === 'SOA') return 'A HostedZone must contain exactly one SOA record.';
  return record.type === 'NS' ? 'A HostedZone must contain at least one NS record for the zone itself.' : undefined;
};

/** A CNAME stands alone on its name; sets of one name and type are routed in one way. */
const objectToConflict = (zone: Draft, record: RecordSet): string | undefined => {
  const others = Object.values(zone.records).filter(({ name }) => name === record.name);
  const ofOtherType = others.filter(({ type }) => type !== record.type);
  const subject = `RRSet of type ${record.type} with DNS name ${record.name} is not permitted`;
  if (record.type === 'CNAME') {
    if (record.name === zone.name) return `${subject} at apex in zone ${zone.name}`;
    if (ofOtherType.length > 0) {
      return `${subject} as it conflicts with other records with the same DNS name in zone ${zone.name}`;
    }
  }
  if (ofOtherType.some(({ type }) => type === 'CNAME')) {
    return `${subject} because a conflicting RRSet of type CNAME with the same DNS name already exists in zone ${zone.name}`;
  }
  return objectToRouting(
    record,
    others.filter((other) => other.type === record.type && other.setIdentifier !== record.setIdentifier),
  );
};

const objectToRouting = (record: RecordSet, others: readonly RecordSet[]): string | undefined => {
  const kind = routingOf(record);
  const stranger = others.find((other) => routingOf(other) !== kind);
  const subject = `RRSet with DNS name ${record.name}, type ${record.type}`;
  if (stranger !== undefined) {
    return kind === undefined
      ? `${subject} cannot be created as other RRSets exist with the same name and type.`
      : `${subject}, SetIdentifier ${record.setIdentifier} cannot be created as a non-${ROUTING_NAMES[kind] ?? kind.toLowerCase()} set exists with the same name and type.`;
  }
  const isTaken = kind === 'Failover' && others.some(({ routing }) => routing.Failover === record.routing.Failover);
  return isTaken
    ? `${subject}, SetIdentifier ${record.setIdentifier} cannot be created as a ${String(record.routing.Failover)} failover set exists with the same name and type.`
    : undefined;
};

const ROUTING_NAMES: Record<string, string> = {
  Weight: 'weighted',
  Region: 'latency',
  GeoLocation: 'geolocation',
  MultiValueAnswer: 'multivalue answer',
};

const routingOf = ({ routing }: RecordSet): string | undefined => Object.keys(routing)[0];

const wrongValue = (problem: string, why: string, value: string): string =>
  `Invalid Resource Record: 'FATAL problem: ${problem} (${why}) encountered with '${value}''`;

const objectToValues = ({ type, values = [] }: RecordSet): string | undefined => {
  const twice = values.find((value, i) => values.indexOf(value) < i);
  if (twice !== undefined) return `Duplicate Resource Record: '${twice}'`;
  if (values.length > MOST_VALUES)
    return `Number of records in a resource record set limit of ${MOST_VALUES} exceeded.`;
  if (type === 'CNAME' && values.length > 1) {
    return "Invalid Resource Record: 'FATAL problem: RRSetWithMultipleRecordsForCNAME (Only one record is permitted)'";
  }
  for (const value of values) {
    if (type === 'A' && !isIPv4(value)) {
      return wrongValue('ARRDATAIllegalIPv4Address', 'Value is not a valid IPv4 address', value);
    }
    if (type === 'AAAA' && !isIPv6(value)) {
      return wrongValue('AAAARRDATAIllegalIPv6Address', 'Value is not a valid IPv6 address', value);
    }
    if ((type === 'TXT' || type === 'SPF') && !/^\s*"/.test(value)) {
      return wrongValue('InvalidCharacterString', 'Value should be enclosed in quotation marks', value);
    }
    if ((type === 'CNAME' || type === 'NS' || type === 'PTR') && !/^[^\s.][^\s]*$/.test(value)) {
      return wrongValue('DomainLabelEmpty', 'Domain label is empty', value);
    }
  }
  return undefined;
};

/** A target has to lie in the zone that is named for it, and to be there. */
const objectToAlias = (zone: Draft, { type, alias }: RecordSet): string[] => {
  if (alias === undefined) return [];
  const tried = `Tried to create an alias that targets ${alias.dnsName}, type ${type} in zone ${alias.hostedZoneId}, but`;
  return [
    ...(liesWithin(zone, alias) ? [] : [`${tried} the alias target name does not lie within the target zone`]),
    ...(isThere(zone, type, alias) ? [] : [`${tried} that target was not found`]),
  ];
};

const liesWithin = (zone: Draft, { hostedZoneId, dnsName }: Alias): boolean =>
  hostedZoneId === zone.id
    ? isWithin(dnsName, zone.name)
    : hostedZoneId === ELB_ZONE_ID && dnsName.endsWith('.elb.amazonaws.com.');

const isThere = (zone: Draft, type: string, { hostedZoneId, dnsName }: Alias): boolean =>
  hostedZoneId === zone.id
    ? Object.values(zone.records).some((record) => record.name === dnsName && record.type === type)
    : (type === 'A' || type === 'AAAA') && zone.isBalancer(dnsName);
