/** Record sets of one zone: reading them from a request, comparing, ordering. */
import { AwsError, type Params } from '../../engine/contract.ts';
import { list, optionalInteger, optionalText, requiredText } from '../params.ts';
import { normalizeName, reversed } from './names.ts';

export interface RecordSet {
  name: string;
  type: string;
  setIdentifier?: string;
  ttlSeconds?: number;
  values?: string[];
  alias?: { hostedZoneId: string; dnsName: string; evaluateTargetHealth: string };
  /** Weight, Region, Failover, HealthCheckId …: kept and answered, without an effect here. */
  routing: Record<string, string>;
}

/** By `recordKey`. */
export type Records = Record<string, RecordSet>;

const TYPES = ['A', 'AAAA', 'CAA', 'CNAME', 'DS', 'HTTPS', 'MX', 'NAPTR', 'NS', 'PTR', 'SOA', 'SPF', 'SRV', 'TXT'];
const ROUTING = ['Weight', 'Region', 'Failover', 'MultiValueAnswer', 'HealthCheckId', 'TrafficPolicyInstanceId'];

export const recordKey = ({ name, type, setIdentifier }: Pick<RecordSet, 'name' | 'type' | 'setIdentifier'>): string =>
  `${name} ${type} ${setIdentifier ?? ''}`;

/** `[name='a.example.com.', type='A']`, as the messages of change batches name a record set. */
export const describeRecord = ({ name, type, setIdentifier }: RecordSet): string =>
  `[name='${name}', type='${type}'${setIdentifier === undefined ? '' : `, set identifier='${setIdentifier}'`}]`;

export const readRecord = (params: Params, action: string): RecordSet => {
  const name = normalizeName(requiredText(params, 'Name'));
  const type = requiredText(params, 'Type');
  if (!TYPES.includes(type)) throw new AwsError('InvalidInput', `Invalid request: unknown record type ${type}`);
  const setIdentifier = optionalText(params, 'SetIdentifier');
  const ttlSeconds = optionalInteger(params, 'TTL');
  const values = list(params, 'ResourceRecords').map((record) => requiredText(record, 'Value'));
  const alias = params.AliasTarget === undefined ? undefined : readAlias(params.AliasTarget as Params);
  const isPlain = ttlSeconds !== undefined && values.length > 0;
  const isMixed = alias !== undefined && (ttlSeconds !== undefined || values.length > 0);
  if (isMixed || isPlain === (alias !== undefined)) {
    const found = isMixed ? 'more than one' : 'none';
    throw new AwsError(
      'InvalidInput',
      'Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], ' +
        `but found ${found} in Change with [Action=${action}, Name=${name}, Type=${type}, SetIdentifier=${setIdentifier ?? 'null'}]`,
    );
  }
  const routing = ROUTING.flatMap((key) => {
    const value = optionalText(params, key);
    return value === undefined ? [] : [[key, value] as const];
  });
  return {
    name,
    type,
    ...(setIdentifier === undefined ? {} : { setIdentifier }),
    ...(alias === undefined ? { ttlSeconds: ttlSeconds!, values } : { alias }),
    routing: Object.fromEntries(routing),
  };
};

const readAlias = (params: Params): NonNullable<RecordSet['alias']> => ({
  hostedZoneId: requiredText(params, 'HostedZoneId'),
  dnsName: normalizeName(requiredText(params, 'DNSName')),
  evaluateTargetHealth: requiredText(params, 'EvaluateTargetHealth'),
});

export const writeRecord = (record: RecordSet): Params => ({
  Name: record.name,
  Type: record.type,
  SetIdentifier: record.setIdentifier,
  ...record.routing,
  TTL: record.ttlSeconds,
  ResourceRecords: record.values?.map((Value) => ({ Value })),
  AliasTarget: record.alias && {
    HostedZoneId: record.alias.hostedZoneId,
    DNSName: record.alias.dnsName,
    EvaluateTargetHealth: record.alias.evaluateTargetHealth,
  },
});

/** The same to the last value: what a DELETE has to name. Order of the values does not count. */
export const sameRecord = (a: RecordSet, b: RecordSet): boolean => canonical(a) === canonical(b);

const canonical = ({ ttlSeconds, values, alias, routing }: RecordSet): string =>
  JSON.stringify([
    ttlSeconds,
    values?.toSorted(),
    alias && [alias.hostedZoneId, alias.dnsName, alias.evaluateTargetHealth],
    Object.entries(routing).sort(([a], [b]) => a.localeCompare(b)),
  ]);

/** By reversed labels, then type, then set identifier. */
export const compareRecords = (a: SortKey, b: SortKey): number =>
  compare(reversed(a.name), reversed(b.name)) ||
  compare(a.type, b.type) ||
  compare(a.setIdentifier ?? '', b.setIdentifier ?? '');

type SortKey = Pick<RecordSet, 'name' | 'type' | 'setIdentifier'>;

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
