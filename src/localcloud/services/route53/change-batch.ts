/** ChangeResourceRecordSets: all of a batch or nothing of it, in its order, with AWS's own messages. */
import { isIPv4, isIPv6 } from 'node:net';
import { AwsError, type Params } from '../../engine/contract.ts';
import { HOSTED_ZONE_ID as ELB_ZONE_ID } from '../elb/output.ts';
import { list, requiredText } from '../params.ts';
import { isWithin } from './names.ts';
import { describeRecord, readRecord, recordKey, sameRecord, type Records, type RecordSet } from './records.ts';

const ACTIONS = ['CREATE', 'DELETE', 'UPSERT'] as const;
const MOST_RECORDS = 1000;
const MOST_CHARACTERS = 32_000;

export interface Change {
  action: (typeof ACTIONS)[number];
  record: RecordSet;
}

export interface ZoneRef {
  id: string;
  name: string;
}

export const readChanges = (params: Params): Change[] => {
  const batch = (params.ChangeBatch ?? {}) as Params;
  const changes = list(batch, 'Changes').map((change): Change => {
    const action = ACTIONS.find((known) => known === requiredText(change, 'Action'));
    if (action === undefined)
      throw new AwsError('InvalidInput', `Invalid request: unknown action ${String(change.Action)}`);
    return { action, record: readRecord((change.ResourceRecordSet ?? {}) as Params, action) };
  });
  if (changes.length === 0)
    throw new AwsError('InvalidInput', 'Invalid request: ChangeBatch must have at least one change');
  checkSize(changes);
  return changes;
};

/** UPSERT counts double. */
const checkSize = (changes: readonly Change[]): void => {
  let records = 0;
  let characters = 0;
  for (const { action, record } of changes) {
    const weight = action === 'UPSERT' ? 2 : 1;
    records += weight * (record.values?.length ?? 1);
    characters += weight * (record.values ?? []).reduce((sum, value) => sum + value.length, 0);
  }
  if (records > MOST_RECORDS) throw invalidBatch([`Number of records limit of ${MOST_RECORDS} exceeded.`]);
  if (characters > MOST_CHARACTERS) throw invalidBatch([`Number of characters limit of ${MOST_CHARACTERS} exceeded.`]);
};

/** The zone's records after the batch; throws InvalidChangeBatch with every objection. */
export const applyBatch = (zone: ZoneRef, before: Records, changes: readonly Change[]): Records => {
  const records = { ...before };
  const objections: string[] = [];
  for (const change of changes) {
    const objection = object(zone, records, change);
    if (objection === undefined) applyChange(records, change);
    else objections.push(objection);
  }
  if (objections.length > 0) throw invalidBatch(objections);
  return records;
};

/** Applies what has been accepted before. */
export const applyChange = (records: Records, { action, record }: Change): void => {
  if (action === 'DELETE') delete records[recordKey(record)];
  else records[recordKey(record)] = record;
};

const invalidBatch = (objections: readonly string[]): AwsError =>
  new AwsError('InvalidChangeBatch', `[${objections.join(', ')}]`);

const object = (zone: ZoneRef, records: Records, { action, record }: Change): string | undefined => {
  const existing = records[recordKey(record)];
  if (action === 'DELETE') return objectToDelete(zone, record, existing);
  if (!isWithin(record.name, zone.name)) {
    return `RRSet with DNS name ${record.name} is not permitted in zone ${zone.name}`;
  }
  if (action === 'CREATE' && existing !== undefined) {
    return `Tried to create resource record set ${describeRecord(record)} but it already exists`;
  }
  return objectToConflict(zone, records, record) ?? objectToValues(record) ?? objectToAlias(zone, records, record);
};

const objectToDelete = (zone: ZoneRef, record: RecordSet, existing: RecordSet | undefined): string | undefined => {
  const tried = `Tried to delete resource record set ${describeRecord(record)} but`;
  if (existing === undefined) return `${tried} it was not found`;
  if (!sameRecord(existing, record)) return `${tried} the values provided do not match the current values`;
  if (record.name !== zone.name) return undefined;
  if (record.type === 'SOA') return 'A HostedZone must contain exactly one SOA record.';
  return record.type === 'NS' ? 'A HostedZone must contain at least one NS record for the zone itself.' : undefined;
};

/** A CNAME stands alone on its name. */
const objectToConflict = (zone: ZoneRef, records: Records, record: RecordSet): string | undefined => {
  const others = Object.values(records).filter(({ name, type }) => name === record.name && type !== record.type);
  const subject = `RRSet of type ${record.type} with DNS name ${record.name} is not permitted`;
  if (record.type === 'CNAME') {
    if (record.name === zone.name) return `${subject} at apex in zone ${zone.name}`;
    if (others.length > 0) {
      return `${subject} as it conflicts with other records with the same DNS name in zone ${zone.name}`;
    }
  }
  if (!others.some(({ type }) => type === 'CNAME')) return undefined;
  return `${subject} because a conflicting RRSet of type CNAME with the same DNS name already exists in zone ${zone.name}`;
};

const objectToValues = ({ type, values = [] }: RecordSet): string | undefined => {
  const isWrong = { A: (value: string) => !isIPv4(value), AAAA: (value: string) => !isIPv6(value) }[type];
  const wrong = isWrong && values.find(isWrong);
  if (wrong !== undefined) {
    const family = type === 'A' ? 'IPv4' : 'IPv6';
    const problem = type === 'A' ? 'ARRDATAIllegalIPv4Address' : 'AAAARRDATAIllegalIPv6Address';
    return `Invalid Resource Record: 'FATAL problem: ${problem} (Value is not a valid ${family} address) encountered with '${wrong}''`;
  }
  if (type === 'CNAME' && values.length > 1) {
    return "Invalid Resource Record: 'FATAL problem: RRSetWithMultipleRecordsForCNAME (Only one record is permitted)'";
  }
  return undefined;
};

const objectToAlias = (zone: ZoneRef, records: Records, { type, alias }: RecordSet): string | undefined => {
  if (alias === undefined) return undefined;
  const tried = `Tried to create an alias that targets ${alias.dnsName}, type ${type} in zone ${alias.hostedZoneId}, but`;
  if (alias.hostedZoneId === zone.id) {
    const isThere = Object.values(records).some((record) => record.name === alias.dnsName && record.type === type);
    return isThere ? undefined : `${tried} that target was not found`;
  }
  const isBalancer = alias.hostedZoneId === ELB_ZONE_ID && alias.dnsName.endsWith('.elb.amazonaws.com.');
  return isBalancer ? undefined : `${tried} the alias target name does not lie within the target zone`;
};
