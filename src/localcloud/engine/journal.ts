import { appendFile, readFile, rename, writeFile } from 'node:fs/promises';
import type { JournalEntry } from './contract.ts';

/** What people ask of their accounts is nobody else's to read. */
const OWNER_ONLY = { mode: 0o600 };
/** Older entries are forgotten. */
const KEPT = 50_000;

export const OUTCOMES = [
  'ok',
  'error',
  'throttled',
  'fault',
  'answer-lost',
] as const satisfies JournalEntry['outcome'][];

/** What is not given does not matter. */
export interface JournalFilter extends Partial<
  Pick<JournalEntry, 'service' | 'operation' | 'principal' | 'account' | 'outcome' | 'mutating'>
> {
  /** Text that the resource holds. */
  resource?: string;
  /** Cloud time: not before `from`, before `until`. */
  from?: number;
  until?: number;
  /** Only entries with a greater `seq`. */
  after?: number;
  /** At most so many, the oldest first. */
  limit?: number;
}

export interface Journal {
  load(): Promise<void>;
  add(entry: Omit<JournalEntry, 'seq'>): void;
  /** Resolves when everything added so far is in the file. */
  flush(): Promise<void>;
  entries(filter: JournalFilter): JournalEntry[];
  /** Called with each entry as it is made, before the call's answer leaves. */
  onEntry(listener: (entry: JournalEntry) => void): void;
  last(): number;
}

/** Values of environment variables may be secrets; the journal keeps only their names. */
const withoutEnvironment = (key: string, value: unknown): unknown => {
  if (key !== 'environment' || !Array.isArray(value)) return value;
  return value.map((variable: { name?: unknown }) => ({ name: variable.name, value: '[redacted]' }));
};

const EXACT = ['service', 'operation', 'principal', 'account', 'outcome', 'mutating'] as const;

const matches = (entry: JournalEntry, filter: JournalFilter): boolean => {
  const { resource, from = 0, until = Infinity, after = 0 } = filter;
  return (
    entry.seq > after &&
    EXACT.every((member) => filter[member] === undefined || entry[member] === filter[member]) &&
    (resource === undefined || entry.resource?.includes(resource) === true) &&
    entry.time >= from &&
    entry.time < until
  );
};

const parseLines = (text: string): JournalEntry[] =>
  text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as JournalEntry];
    } catch {
      // The process was killed in the middle of this line.
      return [];
    }
  });

/** Every call, reads too, in memory and (with a file) as JSON lines that survive kill -9 of the cloud. */
export const createJournal = (file?: string): Journal => {
  let entries: JournalEntry[] = [];
  let seq = 0;
  let unwritten = '';
  let writing: Promise<void> = Promise.resolve();
  const listeners: ((entry: JournalEntry) => void)[] = [];

  const flush = (): Promise<void> => {
    if (file === undefined) return Promise.resolve();
    writing = writing.then(async () => {
      const text = unwritten;
      unwritten = '';
      if (text !== '') await appendFile(file, text, OWNER_ONLY);
    });
    return writing;
  };

  return {
    load: async () => {
      if (file === undefined) return;
      const text = await readFile(file, 'utf8').catch(() => '');
      entries = parseLines(text).slice(-KEPT);
      seq = entries.at(-1)?.seq ?? 0;
      const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`);
      await writeFile(`${file}.new`, lines.join(''), OWNER_ONLY);
      await rename(`${file}.new`, file);
    },
    add: (entry) => {
      seq += 1;
      const line = JSON.stringify({ seq, ...entry }, withoutEnvironment);
      const kept = JSON.parse(line) as JournalEntry;
      entries.push(kept);
      if (entries.length > KEPT + 1000) entries = entries.slice(-KEPT);
      if (file !== undefined) unwritten += `${line}\n`;
      for (const listener of listeners) listener(kept);
    },
    flush,
    entries: (filter) => {
      const found: JournalEntry[] = [];
      for (const entry of entries) {
        if (found.length >= (filter.limit ?? Infinity)) break;
        if (matches(entry, filter)) found.push(entry);
      }
      return found;
    },
    onEntry: (listener) => void listeners.push(listener),
    last: () => seq,
  };
};
