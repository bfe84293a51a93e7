/** Operations on hosted zones, their records and changes. */
import { AwsError, type Operation, type OperationTable, type Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { optionalInteger, optionalText, requiredText } from '../params.ts';
import { readChanges } from './change-batch.ts';
import { normalizeName, reversed } from './names.ts';
import { compareRecords, writeRecord } from './records.ts';
import {
  changeZone,
  findZone,
  nameServers,
  newZone,
  recordChange,
  type ChangeInfo,
  type Zone,
  type ZoneState,
} from './zones.ts';

const LARGEST_ZONE_PAGE = 100;
const LARGEST_RECORD_PAGE = 300;

export const createZoneOperations = (engine: Engine, state: () => ZoneState): OperationTable => {
  const writeChange = (change: ChangeInfo): Params => ({
    Id: `/change/${change.id}`,
    Status: engine.clock.now() >= change.insyncAt ? 'INSYNC' : 'PENDING',
    SubmittedAt: new Date(change.submittedAt),
    Comment: change.comment,
  });

  const createHostedZone: Operation = (params) => {
    const name = normalizeName(requiredText(params, 'Name'));
    const reference = requiredText(params, 'CallerReference');
    if (Object.values(state().zones).some(({ callerReference }) => callerReference === reference)) {
      throw new AwsError(
        'HostedZoneAlreadyExists',
        `A hosted zone has already been created with the specified caller reference.`,
        409,
      );
    }
    const comment = optionalText((params.HostedZoneConfig || {}) as Params, 'Comment');
    const zone = newZone(`Z${engine.random.code(20)}`, name, reference, comment);
    state().zones[zone.id] = zone;
    return {
      HostedZone: writeZone(zone),
      ChangeInfo: writeChange(recordChange(state(), engine)),
      DelegationSet: { NameServers: nameServers() },
      Location: `/2013-04-01/hostedzone/${zone.id}`,
    };
  };

  const deleteHostedZone: Operation = (params) => {
    const zone = findZone(state(), requiredText(params, 'Id'));
    if (Object.values(zone.records).some(({ name, type }) => name !== zone.name || (type !== 'NS' && type !== 'SOA'))) {
      throw new AwsError(
        'HostedZoneNotEmpty',
        'The specified hosted zone contains non-required resource record sets and so cannot be deleted.',
      );
    }
    delete state().zones[zone.id];
    return { ChangeInfo: writeChange(recordChange(state(), engine)) };
  };

  const getHostedZone: Operation = (params) => ({
    HostedZone: writeZone(findZone(state(), requiredText(params, 'Id'))),
    DelegationSet: { NameServers: nameServers() },
  });

  const listHostedZones: Operation = (params) => {
    const most = readPageSize(params, LARGEST_ZONE_PAGE);
    const zones = Object.values(state().zones);
    const marker = optionalText(params, 'Marker');
    const start = marker === undefined ? 0 : zones.findIndex(({ id }) => id === marker);
    if (start < 0) throw new AwsError('InvalidInput', `Invalid request: marker ${marker} is not a hosted zone`);
    const next = zones[start + most];
    return {
      HostedZones: zones.slice(start, start + most).map(writeZone),
      Marker: marker,
      IsTruncated: next !== undefined,
      NextMarker: next?.id,
      MaxItems: most,
    };
  };

  /** By reversed name; `DNSName` is where the list starts, not a filter. */
  const listHostedZonesByName: Operation = (params) => {
    const most = readPageSize(params, LARGEST_ZONE_PAGE);
    const from = optionalText(params, 'DNSName');
    const first = from === undefined ? '' : reversed(normalizeName(from));
    const zones = Object.values(state().zones)
      .filter(({ name }) => reversed(name) >= first)
      .sort((a, b) => (reversed(a.name) < reversed(b.name) ? -1 : 1));
    const next = zones[most];
    return {
      HostedZones: zones.slice(0, most).map(writeZone),
      DNSName: from,
      HostedZoneId: optionalText(params, 'HostedZoneId'),
      IsTruncated: next !== undefined,
      NextDNSName: next?.name,
      NextHostedZoneId: next?.id,
      MaxItems: most,
    };
  };

  const changeRecords: Operation = (params) => {
    const zone = findZone(state(), requiredText(params, 'HostedZoneId'));
    const comment = optionalText((params.ChangeBatch || {}) as Params, 'Comment');
    return { ChangeInfo: writeChange(changeZone(zone, readChanges(params), state(), engine, comment)) };
  };

  /** Name and type say where the list starts; callers have to look whether they got what they asked for. */
  const listRecords: Operation = (params) => {
    const zone = findZone(state(), requiredText(params, 'HostedZoneId'));
    const most = readPageSize(params, LARGEST_RECORD_PAGE);
    const name = optionalText(params, 'StartRecordName');
    const type = optionalText(params, 'StartRecordType');
    if (name === undefined && type !== undefined) {
      throw new AwsError('InvalidInput', 'Invalid request: the name must be specified with the type');
    }
    const start = {
      name: name === undefined ? '' : normalizeName(name),
      type: type ?? '',
      setIdentifier: optionalText(params, 'StartRecordIdentifier') ?? '',
    };
    const records = Object.values(zone.records)
      .filter((record) => compareRecords(record, start) >= 0)
      .sort(compareRecords);
    const next = records[most];
    return {
      ResourceRecordSets: records.slice(0, most).map(writeRecord),
      IsTruncated: next !== undefined,
      NextRecordName: next?.name,
      NextRecordType: next?.type,
      NextRecordIdentifier: next?.setIdentifier,
      MaxItems: most,
    };
  };

  const getChange: Operation = (params) => {
    const id = requiredText(params, 'Id').replace(/^\/change\//, '');
    const change = state().changes.find((candidate) => candidate.id === id);
    if (change === undefined) {
      throw new AwsError('NoSuchChange', `Could not find resource with ID: ${id}`, 404);
    }
    return { ChangeInfo: writeChange(change) };
  };

  const byId = (params: Params): string | undefined => optionalText(params, 'Id');
  const byZone = (params: Params): string | undefined => optionalText(params, 'HostedZoneId');
  return {
    CreateHostedZone: { run: createHostedZone, mutating: true, resource: (params) => optionalText(params, 'Name') },
    DeleteHostedZone: { run: deleteHostedZone, mutating: true, resource: byId },
    GetHostedZone: { run: getHostedZone, mutating: false, resource: byId },
    ListHostedZones: { run: listHostedZones, mutating: false },
    ListHostedZonesByName: { run: listHostedZonesByName, mutating: false },
    ChangeResourceRecordSets: { run: changeRecords, mutating: true, resource: namesOfBatch },
    ListResourceRecordSets: { run: listRecords, mutating: false, resource: byZone },
    GetChange: { run: getChange, mutating: false, resource: byId },
  };
};

/** The names a batch is about say more than the zone they are in. */
const namesOfBatch = (params: Params): string | undefined => {
  const changes: unknown = (params.ChangeBatch as Params | undefined)?.Changes;
  if (!Array.isArray(changes)) return undefined;
  return changes.map((change: Params) => String((change.ResourceRecordSet as Params | undefined)?.Name)).join(',');
};

const writeZone = (zone: Zone): Params => ({
  Id: `/hostedzone/${zone.id}`,
  Name: zone.name,
  CallerReference: zone.callerReference,
  Config: { Comment: zone.comment, PrivateZone: false },
  ResourceRecordSetCount: Object.keys(zone.records).length,
});

const readPageSize = (params: Params, largest: number): number =>
  Math.max(1, Math.min(optionalInteger(params, 'MaxItems') ?? largest, largest));
