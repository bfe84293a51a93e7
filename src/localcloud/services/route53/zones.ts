/** Hosted zones: what the API shows at once, and what DNS answers only after the change is INSYNC. */
import type { Engine } from '../../registration.ts';
import { noSuchZone } from './errors.ts';
import { recordKey, type Records, type RecordSet } from './records.ts';

export interface Zone {
  id: string;
  name: string;
  callerReference: string;
  comment?: string;
  /** A private zone belongs to this VPC; nobody outside it is answered. */
  vpc?: { VPCId?: string; VPCRegion?: string };
  delegationSetId?: string;
  nameServers: string[];
  /** As of the last accepted change. */
  records: Records;
  /** As DNS answers. */
  served: Records;
}

const TOP_LEVELS = ['com', 'net', 'org', 'co.uk'];

/** Four name servers, one under each top level. */
export const chooseNameServers = ({ random }: Pick<Engine, 'random'>): string[] =>
  TOP_LEVELS.map((topLevel) => {
    const number = random.below(2048);
    return `ns-${number}.awsdns-${String(number % 64).padStart(2, '0')}.${topLevel}`;
  });

/** A zone with nothing but its NS and SOA records. */
export const newZone = (zone: Omit<Zone, 'records' | 'served'>): Zone => {
  const { name, nameServers } = zone;
  const standard: RecordSet[] = [
    { name, type: 'NS', ttlSeconds: 172_800, values: nameServers.map((server) => `${server}.`), routing: {} },
    {
      name,
      type: 'SOA',
      ttlSeconds: 900,
      values: [`${nameServers[0]}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400`],
      routing: {},
    },
  ];
  const records = Object.fromEntries(standard.map((record) => [recordKey(record), record]));
  return { ...zone, records, served: { ...records } };
};

export const findZone = (zones: Record<string, Zone>, id: string): Zone => {
  const zone = zones[id.replace(/^\/hostedzone\//, '')];
  if (zone === undefined) throw noSuchZone(id);
  return zone;
};
