import { appendFile, readFile, rename, writeFile } from 'node:fs/promises';
import type { JournalEntry } from './contract.ts';

/** Older entries are forgotten. */
const KEPT = 50_000;

export interface JournalFilter {
  after?: number;
  service?: string;
  operation?: string;
  mutating?: boolean;
}

export interface Journal {
  load(): Promise<void>;
  add(entry: Omit<JournalEntry, 'seq'>): void;
  /** Resolves when everything added so far is in the file. */
  flush(): Promise<void>;
  entries(filter: JournalFilter): JournalEntry[];
  last(): number;
}

/** Values of environment variables may be secrets; the journal keeps only their names. */
const withoutEnvironment = (key: string, value: unknown): unknown => {
  if (key !== 'environment' || !Array.isArray(value)) return value;
  return value.map((variable: { name?: unknown }) => ({ name: variable.name, value: '[redacted]' }));
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

  const flush = (): Promise<void> => {
    if (file === undefined) return Promise.resolve();
    writing = writing.then(async () => {
      const text = unwritten;
      unwritten = '';
      if (text !== '') await appendFile(file, text);
    });
    return writing;
  };

  return {
    load: async () => {
      if (file === undefined) return;
      const text = await readFile(file, 'utf8').catch(() => '');
      entries = parseLines(text).slice(-KEPT);
      seq = entries.at(-1)?.seq ?? 0;
      await writeFile(`${file}.new`, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
      await rename(`${file}.new`, file);
    },
    add: (entry) => {
      seq += 1;
      const line = JSON.stringify({ seq, ...entry }, withoutEnvironment);
      entries.push(JSON.parse(line) as JournalEntry);
      if (entries.length > KEPT + 1000) entries = entries.slice(-KEPT);
      if (file !== undefined) unwritten += `${line}\n`;
    },
    flush,
    entries: ({ after = 0, service, operation, mutating }) =>
      entries.filter(
        (entry) =>
          entry.seq > after &&
          (service === undefined || entry.service === service) &&
          (operation === undefined || entry.operation === operation) &&
          (mutating === undefined || entry.mutating === mutating),
      ),
    last: () => seq,
  };
};
