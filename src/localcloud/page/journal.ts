import type { JournalEntry } from '../engine/contract.ts';
import type { Journal } from '../engine/journal.ts';
import { html, type Content, type Html } from './html.ts';
import { badge, clockTime, section, table, type Mood } from './pieces.ts';

const MOST = 40;
/** How far back those are looked for. */
const WINDOW = 2000;

const MOODS: Record<JournalEntry['outcome'], Mood> = {
  ok: 'good',
  error: 'bad',
  throttled: 'busy',
  fault: 'bad',
  'answer-lost': 'bad',
};

const row = ({
  time,
  service,
  operation,
  principal,
  resource,
  outcome,
  errorCode,
  mutating,
}: JournalEntry): Content[] => [
  clockTime(time),
  html`<code class="${mutating ? '' : 'dim'}">${service} ${operation}</code>`,
  resource ?? '',
  html`<span class="dim">${principal}</span>`,
  badge(MOODS[outcome], errorCode ?? outcome),
];

export const journalSection = (journal: Pick<Journal, 'entries' | 'last'>, account: string, text: string): Html => {
  const found = journal
    .entries({ account, after: journal.last() - WINDOW, ...(text === '' ? {} : { resource: text }) })
    .slice(-MOST)
    .toReversed();
  const head = ['time', 'call', 'about', 'who', 'outcome'];
  return section(
    'journal',
    'Journal',
    `the last ${found.length} of ${journal.last()} calls`,
    table(head, found.map(row), 'No call yet.'),
  );
};
