/** Record sets of one zone: reading them from a request, writing, comparing, ordering. */
import type { Params } from '../../engine/contract.ts';
import { list, optionalText, requiredText } from '../params.ts';
import { invalidInput } from './errors.ts';
import { normalizeName, reversed } from './names.ts';

export interface Alias {
  hostedZoneId: string;
  dnsName: string;
  evaluateTargetHealth: boolean;
}

export interface RecordSet {
  name: string;
  type: string;
  setIdentifier?: string;
  ttlSeconds?: number;
  values?: string[];
  alias?: Alias;
  healthCheckId?: string;
  /** Weight, Region, Failover …: at most one of them, as the model has it. */
  routing: Params;
}

/** By `recordKey`. */
export type Records = Record<string, RecordSet>;

const ROUTING = [
  'Weight',
  'Region',
  'Failover',
  'GeoLocation',
  'MultiValueAnswer',
  'CidrRoutingConfig',
  'GeoProximityLocation',
];

export const recordKey = ({ name, type, setIdentifier }: Pick<RecordSet, 'name' | 'type' | 'setIdentifier'>): string =>
  `${name} ${type} ${setIdentifier ?? ''}`;

/** `[name='a.example.com.', type='A']`, as the messages of change batches name a record set. */
export const describeRecord = ({ name, type, setIdentifier }: RecordSet): string =>
  `[name='${name}', type='${type}'${setIdentifier === undefined ? '' : `, set identifier='${setIdentifier}'`}]`;

export const readRecord = (params: Params, action: string): RecordSet => {
  const given = requiredText(params, 'Name');
  const type = requiredText(params, 'Type');
  const setIdentifier = optionalText(params, 'SetIdentifier');
  const ttlSeconds = params.TTL as number | undefined;
  const values = list(params, 'ResourceRecords').map((record) => requiredText(record, 'Value'));
  const alias = params.AliasTarget === undefined ? undefined : readAlias(params.AliasTarget as Params);
  const change = `Change with [Action=${action}, Name=${given}, Type=${type}, SetIdentifier=${setIdentifier ?? 'null'}]`;
  const isPlain = ttlSeconds !== undefined && values.length > 0;
  const isMixed = alias !== undefined && (ttlSeconds !== undefined || values.length > 0);
  if (isMixed || isPlain === (alias !== undefined)) {
    throw invalidInput(
      'Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], ' +
        `but found ${isMixed ? 'more than one' : 'none'} in ${change}`,
    );
  }
  const routing = Object.fromEntries(
    ROUTING.filter((key) => params[key] !== undefined).map((key) => [key, params[key] as unknown]),
  );
  const ways = Object.keys(routing).length;
  if (ways > 0 && setIdentifier === undefined)
    throw invalidInput(`Invalid request: Missing field 'SetIdentifier' in ${change}`);
  if (ways > 1 || (ways === 0 && setIdentifier !== undefined)) {
    const found = ways > 1 ? 'more than one' : 'none';
    throw invalidInput(
      `Invalid request: Expected exactly one of [${ROUTING.join(', ')}], but found ${found} in ${change}`,
    );
  }
  const healthCheckId = optionalText(params, 'HealthCheckId');
  return {
    name: normalizeName(given),
    type,
    ...(setIdentifier === undefined ? {} : { setIdentifier }),
    ...(alias === undefined ? { ttlSeconds: ttlSeconds!, values } : { alias }),
    ...(healthCheckId === undefined ? {} : { healthCheckId }),
    routing,
  };
};

const readAlias = (params: Params): Alias => ({
  hostedZoneId: requiredText(params, 'HostedZoneId').replace(/^\/hostedzone\//, ''),
  dnsName: normalizeName(requiredText(params, 'DNSName')),
  evaluateTargetHealth: params.EvaluateTargetHealth === true,
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
  HealthCheckId: record.healthCheckId,
});

/** The same to the last value: what a DELETE has to name. Order of the values does not count. */
export const sameRecord = (a: RecordSet, b: RecordSet): boolean => canonical(a) === canonical(b);

const canonical = ({ ttlSeconds, values, alias, healthCheckId, routing }: RecordSet): string =>
  JSON.stringify([
    ttlSeconds,
    values?.toSorted(),
    alias && [alias.hostedZoneId, alias.dnsName, alias.evaluateTargetHealth],
    healthCheckId,
    Object.entries(routing).sort(([a], [b]) => a.localeCompare(b)),
  ]);

/** Sorts by reversed labels, then type, then set identifier. */
export const orderKey = ({
  name,
  type,
  setIdentifier = '',
}: Pick<RecordSet, 'name' | 'type' | 'setIdentifier'>): string => [reversed(name), type, setIdentifier].join('\0');

export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
