/** Hosted zones: what the API shows at once, and what DNS answers only after the change is INSYNC. */
import { AwsError } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { applyBatch, applyChange, type Change, type ZoneRef } from './change-batch.ts';
import { recordKey, type Records, type RecordSet } from './records.ts';

/** Cloud time from a change to INSYNC. */
const PROPAGATION_SECONDS = 40;
/** Changes remembered for GetChange. */
const KEPT_CHANGES = 1000;

export interface Zone extends ZoneRef {
  callerReference: string;
  comment?: string;
  /** As of the last accepted change. */
  records: Records;
  /** As DNS answers. */
  served: Records;
  /** Accepted, not served yet; oldest first. */
  pending: { at: number; changes: Change[] }[];
}

/** All times are cloud time. */
export interface ChangeInfo {
  id: string;
  submittedAt: number;
  insyncAt: number;
  comment?: string;
}

export interface ZoneState {
  zones: Record<string, Zone>;
  changes: ChangeInfo[];
}

const NAME_SERVERS = ['ns-1.awsdns-01.org.', 'ns-2.awsdns-02.co.uk.', 'ns-3.awsdns-03.net.', 'ns-4.awsdns-04.com.'];

export const nameServers = (): string[] => NAME_SERVERS.map((name) => name.slice(0, -1));

/** A zone with nothing but its NS and SOA records. */
export const newZone = (id: string, name: string, callerReference: string, comment?: string): Zone => {
  const standard: RecordSet[] = [
    { name, type: 'NS', ttlSeconds: 172_800, values: NAME_SERVERS, routing: {} },
    {
      name,
      type: 'SOA',
      ttlSeconds: 900,
      values: [`${NAME_SERVERS[0]} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400`],
      routing: {},
    },
  ];
  const records = Object.fromEntries(standard.map((record) => [recordKey(record), record]));
  const zone = { id, name, callerReference, records, served: { ...records }, pending: [] };
  return comment === undefined ? zone : { ...zone, comment };
};

type Chance = Pick<Engine, 'clock' | 'random'>;

export const recordChange = (state: ZoneState, { clock, random }: Chance, comment?: string): ChangeInfo => {
  const submittedAt = clock.now();
  const insyncAt = submittedAt + PROPAGATION_SECONDS * 1000;
  const change = { id: `C${random.code(20)}`, submittedAt, insyncAt, ...(comment === undefined ? {} : { comment }) };
  state.changes = [...state.changes, change].slice(-KEPT_CHANGES);
  return change;
};

export const changeZone = (
  zone: Zone,
  changes: Change[],
  state: ZoneState,
  engine: Chance,
  comment?: string,
): ChangeInfo => {
  zone.records = applyBatch(zone, zone.records, changes);
  const info = recordChange(state, engine, comment);
  zone.pending.push({ at: info.insyncAt, changes });
  return info;
};

/** The records DNS answers with at this moment. */
export const servedRecords = (zone: Zone, now: number): Records => {
  while (zone.pending[0] !== undefined && zone.pending[0].at <= now) {
    for (const change of zone.pending.shift()?.changes ?? []) applyChange(zone.served, change);
  }
  return zone.served;
};

export const findZone = (state: ZoneState, id: string): Zone => {
  const zone = state.zones[id.replace(/^\/hostedzone\//, '')];
  if (zone === undefined) throw new AwsError('NoSuchHostedZone', `No hosted zone found with ID: ${id}`, 404);
  return zone;
};
