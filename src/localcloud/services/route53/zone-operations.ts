/** Hosted zones come and go. */
import { AwsError, type Operation, type OperationTable, type Params } from '../../engine/contract.ts';
import { optionalText, requiredText } from '../params.ts';
import { writeChange, type Changes } from './changes.ts';
import { findDelegationSet } from './delegation-sets.ts';
import { invalidInput } from './errors.ts';
import { isWithin, normalizeName, readZoneName, reversed } from './names.ts';
import { pageById, readPageSize } from './paging.ts';
import { QUOTAS } from './quota-values.ts';
import { compare } from './records.ts';
import type { Context } from './state.ts';
import { chooseNameServers, findZone, newZone, type Zone } from './zones.ts';

const LARGEST_PAGE = 100;

export const createZoneOperations = (context: Context & { changes: Changes }): OperationTable => {
  const { engine, state, changes } = context;
  const all = (): Zone[] => Object.values(state().zones);

  const create: Operation = (params) => {
    const name = readZoneName(requiredText(params, 'Name'));
    const callerReference = requiredText(params, 'CallerReference');
    const isSpent = state().spentZoneReferences.includes(callerReference);
    if (isSpent || all().some((zone) => zone.callerReference === callerReference)) {
      throw new AwsError(
        'HostedZoneAlreadyExists',
        'A hosted zone has already been created with the specified caller reference.',
        409,
      );
    }
    if (engine.settings.strict && all().length >= QUOTAS.zones) {
      throw new AwsError('TooManyHostedZones', `Limit of ${QUOTAS.zones} hosted zones exceeded.`);
    }
    const comment = optionalText((params.HostedZoneConfig ?? {}) as Params, 'Comment');
    const vpc = params.VPC as Zone['vpc'];
    const setId = optionalText(params, 'DelegationSetId');
    const set = setId === undefined ? undefined : findDelegationSet(state(), setId);
    if (set !== undefined) checkNeighbours(name, set.id);
    const zone = newZone({
      id: `Z${engine.random.code(20)}`,
      name,
      callerReference,
      nameServers: set?.nameServers ?? chooseNameServers(engine),
      ...(comment === undefined ? {} : { comment }),
      ...(vpc === undefined ? {} : { vpc }),
      ...(set === undefined ? {} : { delegationSetId: set.id }),
    });
    state().zones[zone.id] = zone;
    return {
      HostedZone: writeZone(zone),
      ChangeInfo: writeChange(changes.submit(zone.id, [])),
      DelegationSet: writeDelegation(zone),
      VPC: vpc,
      Location: `https://route53.amazonaws.com/2013-04-01/hostedzone/${zone.id}`,
    };
  };

  /** Zones of one name, and a zone inside another, cannot share name servers. */
  const checkNeighbours = (name: string, setId: string): void => {
    const conflict = all().some(
      (zone) => zone.delegationSetId === setId && (isWithin(name, zone.name) || isWithin(zone.name, name)),
    );
    if (!conflict) return;
    throw new AwsError(
      'ConflictingDomainExists',
      `Cannot create hosted zone with DelegationSetId DelegationSetId:${setId} as the DNSName ${name} conflicts with existing ones sharing the delegation set`,
    );
  };

  const remove: Operation = (params) => {
    const zone = findZone(state().zones, requiredText(params, 'Id'));
    if (Object.values(zone.records).some(({ name, type }) => name !== zone.name || (type !== 'NS' && type !== 'SOA'))) {
      throw new AwsError(
        'HostedZoneNotEmpty',
        'The specified hosted zone contains non-required resource record sets and so cannot be deleted.',
      );
    }
    delete state().zones[zone.id];
    delete state().tags[`hostedzone/${zone.id}`];
    state().spentZoneReferences.push(zone.callerReference);
    return { ChangeInfo: writeChange(changes.submit(zone.id, [])) };
  };

  const get: Operation = (params) => {
    const zone = findZone(state().zones, requiredText(params, 'Id'));
    return zone.vpc === undefined
      ? { HostedZone: writeZone(zone), DelegationSet: writeDelegation(zone) }
      : { HostedZone: writeZone(zone), VPCs: [zone.vpc] };
  };

  const updateComment: Operation = (params) => {
    const zone = findZone(state().zones, requiredText(params, 'Id'));
    const comment = optionalText(params, 'Comment');
    if (comment === undefined) delete zone.comment;
    else zone.comment = comment;
    return { HostedZone: writeZone(zone) };
  };

  const list: Operation = (params) => {
    const setId = optionalText(params, 'DelegationSetId');
    const set = setId === undefined ? undefined : findDelegationSet(state(), setId);
    const isPrivateOnly = params.HostedZoneType === 'PrivateHostedZone';
    const zones = all().filter(
      ({ delegationSetId, vpc }) =>
        (set === undefined || delegationSetId === set.id) && (!isPrivateOnly || vpc !== undefined),
    );
    const { items, members } = pageById(zones, params, LARGEST_PAGE);
    return { HostedZones: items.map(writeZone), ...members };
  };

  /** By reversed name, then id; name and id are where the list starts, not a filter. */
  const listByName: Operation = (params) => {
    const most = readPageSize(params, LARGEST_PAGE);
    const from = optionalText(params, 'DNSName');
    const fromId = optionalText(params, 'HostedZoneId')?.replace(/^\/hostedzone\//, '');
    if (from === undefined && fromId !== undefined) {
      throw invalidInput('Invalid request: DNSName must be specified with HostedZoneId');
    }
    const start = from === undefined ? '' : reversed(normalizeName(from));
    const zones = all()
      .filter(
        ({ name, id }) => compare(reversed(name), start) > 0 || (reversed(name) === start && id >= (fromId ?? '')),
      )
      .sort((a, b) => compare(reversed(a.name), reversed(b.name)) || compare(a.id, b.id));
    const next = zones[most];
    return {
      HostedZones: zones.slice(0, most).map(writeZone),
      DNSName: from,
      HostedZoneId: fromId,
      IsTruncated: next !== undefined,
      NextDNSName: next?.name,
      NextHostedZoneId: next?.id,
      MaxItems: String(most),
    };
  };

  const resource = (params: Params): string | undefined => optionalText(params, 'Id');
  return {
    CreateHostedZone: {
      run: create,
      mutating: true,
      resource: (params) => optionalText(params, 'Name'),
      note: 'a private zone is kept, and nobody is answered from it',
    },
    DeleteHostedZone: { run: remove, mutating: true, resource },
    GetHostedZone: { run: get, mutating: false, resource },
    UpdateHostedZoneComment: { run: updateComment, mutating: true, resource },
    ListHostedZones: { run: list, mutating: false },
    ListHostedZonesByName: { run: listByName, mutating: false },
  };
};

const writeZone = (zone: Zone): Params => ({
  Id: `/hostedzone/${zone.id}`,
  Name: zone.name,
  CallerReference: zone.callerReference,
  Config: { Comment: zone.comment, PrivateZone: zone.vpc !== undefined },
  ResourceRecordSetCount: Object.keys(zone.records).length,
});

const writeDelegation = ({ delegationSetId, nameServers }: Zone): Params => ({
  Id: delegationSetId === undefined ? undefined : `/delegationset/${delegationSetId}`,
  NameServers: nameServers,
});
