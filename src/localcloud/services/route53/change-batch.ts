/** ChangeResourceRecordSets: all of a batch or nothing of it, in its order, with AWS's own messages. */
import type { Params } from '../../engine/contract.ts';
import { list, requiredText } from '../params.ts';
import { invalidBatch } from './errors.ts';
import { objectTo, type Change, type Draft } from './objections.ts';
import { readRecord, recordKey, type Records, type RecordSet } from './records.ts';

const MOST_RECORDS = 1000;
const MOST_CHARACTERS = 32_000;

export const readChanges = (params: Params): Change[] => {
  const changes = list((params.ChangeBatch ?? {}) as Params, 'Changes').map((change): Change => {
    const action = requiredText(change, 'Action') as Change['action'];
    return { action, record: readRecord((change.ResourceRecordSet ?? {}) as Params, action) };
  });
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

/** The zone's records after the batch. @throws InvalidChangeBatch with every objection */
export const applyBatch = (zone: Draft, changes: readonly Change[]): Records => {
  const draft = { ...zone, records: { ...zone.records } };
  const done = new Map<string, Change>();
  const objections: string[] = [];
  for (const change of changes) {
    const key = recordKey(change.record);
    const before = done.get(key);
    done.set(key, change);
    const found = isSetTwice(before, change) ? [setTwice(change.record)] : objectTo(draft, change);
    if (found.length === 0) applyChange(draft.records, change);
    else objections.push(...found);
  }
  if (objections.length > 0) throw invalidBatch(objections);
  return draft.records;
};

/** In one batch a set may be deleted and then made again; nothing else may happen to it twice. */
const isSetTwice = (before: Change | undefined, change: Change): boolean =>
  before !== undefined && (before.action !== 'DELETE' || change.action === 'DELETE');

const setTwice = ({ type, name }: RecordSet): string =>
  `The request contains an invalid set of changes for a resource record set '${type} ${name}'`;

/** Applies what has been accepted before. */
export const applyChange = (records: Records, { action, record }: Change): void => {
  if (action === 'DELETE') delete records[recordKey(record)];
  else records[recordKey(record)] = record;
};
