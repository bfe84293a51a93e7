/** Records of a zone: changed in batches, listed, asked for as DNS would be. */
import { AwsError, type Operation, type OperationTable, type Params } from '../../engine/contract.ts';
import { optionalText, requiredText } from '../params.ts';
import { applyBatch, readChanges } from './change-batch.ts';
import { writeChange, type Changes } from './changes.ts';
import { invalidBatch, invalidInput, noSuchHealthCheck, priorRequestNotComplete } from './errors.ts';
import type { Change } from './objections.ts';
import { normalizeName } from './names.ts';
import { readPageSize } from './paging.ts';
import { QUOTAS } from './quota-values.ts';
import { compare, orderKey, writeRecord } from './records.ts';
import type { Resolver } from './resolver.ts';
import type { Context } from './state.ts';
import { findZone } from './zones.ts';

const LARGEST_PAGE = 300;
/** Real time Route 53 takes over a change, whatever the clock; another one for the same zone is refused as long. */
const PROCESSING_MILLISECONDS = 20;

interface Ports extends Context {
  changes: Changes;
  resolver: Resolver;
  isBalancer: (dnsName: string) => boolean;
}

export const createRecordOperations = ({ engine, state, changes, resolver, isBalancer }: Ports): OperationTable => {
  const busy = new Set<string>();

  const checkHealthChecks = (batch: readonly Change[]): void => {
    for (const { action, record } of batch) {
      const { healthCheckId: id } = record;
      if (action !== 'DELETE' && id !== undefined && state().healthChecks[id] === undefined)
        throw noSuchHealthCheck(id);
    }
  };

  const change: Operation = async (params) => {
    const zone = findZone(state().zones, requiredText(params, 'HostedZoneId'));
    const batch = readChanges(params);
    checkHealthChecks(batch);
    if (busy.has(zone.id) || engine.settings.dnsBusy === true) throw priorRequestNotComplete();
    const records = applyBatch({ ...zone, isBalancer }, batch);
    const count = Object.keys(records).length;
    if (engine.settings.strict && count > QUOTAS.recordsByZone && count > Object.keys(zone.records).length) {
      throw invalidBatch([
        `Number of resource record sets in a hosted zone limit of ${QUOTAS.recordsByZone} exceeded.`,
      ]);
    }
    zone.records = records;
    const comment = optionalText((params.ChangeBatch ?? {}) as Params, 'Comment');
    const answer = writeChange(changes.submit(zone.id, batch, comment));
    busy.add(zone.id);
    await new Promise((resolve) => setTimeout(resolve, PROCESSING_MILLISECONDS));
    busy.delete(zone.id);
    return { ChangeInfo: answer };
  };

  /** Name, type and identifier say where the list starts; callers have to look whether they got what they asked for. */
  const list: Operation = (params) => {
    const zone = findZone(state().zones, requiredText(params, 'HostedZoneId'));
    const most = readPageSize(params, LARGEST_PAGE);
    const name = optionalText(params, 'StartRecordName');
    const type = optionalText(params, 'StartRecordType');
    const setIdentifier = optionalText(params, 'StartRecordIdentifier');
    if (name === undefined && type !== undefined) {
      throw invalidInput('Invalid request: the name must be specified with the type');
    }
    if (setIdentifier !== undefined && (name === undefined || type === undefined)) {
      throw invalidInput('Invalid request: name and type must be specified with the identifier');
    }
    const start =
      name === undefined
        ? ''
        : orderKey({
            name: normalizeName(name),
            type: type ?? '',
            ...(setIdentifier === undefined ? {} : { setIdentifier }),
          });
    const found = Object.values(zone.records)
      .map((record) => ({ key: orderKey(record), record }))
      .filter(({ key }) => key >= start)
      .sort((a, b) => compare(a.key, b.key));
    const next = found[most]?.record;
    return {
      ResourceRecordSets: found.slice(0, most).map(({ record }) => writeRecord(record)),
      IsTruncated: next !== undefined,
      NextRecordName: next?.name,
      NextRecordType: next?.type,
      NextRecordIdentifier: next?.setIdentifier,
      MaxItems: String(most),
    };
  };

  const test: Operation = (params) => {
    const zone = findZone(state().zones, requiredText(params, 'HostedZoneId'));
    if (zone.vpc !== undefined)
      throw new AwsError('InvalidInput', 'TestDNSAnswer does not support private hosted zones');
    const name = normalizeName(requiredText(params, 'RecordName'));
    const RecordType = requiredText(params, 'RecordType');
    const answer = resolver.test(zone, name, RecordType);
    return {
      Nameserver: zone.nameServers[0],
      RecordName: name,
      RecordType,
      RecordData: answer ?? [],
      ResponseCode: answer === undefined ? 'NXDOMAIN' : 'NOERROR',
      Protocol: 'UDP',
    };
  };

  const byZone = (params: Params): string | undefined => optionalText(params, 'HostedZoneId');
  return {
    ChangeResourceRecordSets: { run: change, mutating: true, resource: namesOfBatch },
    ListResourceRecordSets: { run: list, mutating: false, resource: byZone },
    GetChange: {
      run: (params) => ({ ChangeInfo: writeChange(changes.get(requiredText(params, 'Id'))) }),
      mutating: false,
      resource: (params) => optionalText(params, 'Id'),
    },
    TestDNSAnswer: { run: test, mutating: false, resource: byZone, note: 'wherever the resolver is' },
  };
};

/** The names a batch is about say more than the zone they are in. */
const namesOfBatch = (params: Params): string | undefined => {
  const changes: unknown = (params.ChangeBatch as Params | undefined)?.Changes;
  if (!Array.isArray(changes)) return undefined;
  return changes.map((change: Params) => String((change.ResourceRecordSet as Params | undefined)?.Name)).join(',');
};
