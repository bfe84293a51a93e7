import { createRandom, seed } from '../../../setup/random.ts';
import type { Aim, Victim } from './kill.ts';
import { KINDS, PROGRESS_SECONDS, type Kind } from './kinds.ts';
import type { Stage } from './life.ts';

/** Of the undisturbed change: how many workflow tasks it had, and what they commanded. */
export type Undisturbed = Pick<Stage, 'tasks' | 'commands'>;

/** One life of a service, and when which part dies in it. */
export interface Case {
  name: string;
  victim: Victim;
  aims: (kind: Kind, undisturbed: Undisturbed) => Aim[];
}

/** Kills of one change are so many workflow tasks apart: the next comes when the one before is overcome. */
const APART = 16;
/** Within which a rollout mostly makes its next step. */
const LATER_MILLISECONDS = 2_000;
/** The same near the end, where one task follows the other. */
const LATE_LATER_MILLISECONDS = 200;

const every = (first: number, tasks: number): number[] =>
  Array.from({ length: Math.ceil((tasks + 1 - first) / APART) }, (_, i) => first + i * APART);

function numbered(title: string, count: number, make: (i: number) => Omit<Case, 'name'>): Case[] {
  return Array.from({ length: count }, (_, i) => ({ name: `${title}-${String(i + 1).padStart(2, '0')}`, ...make(i) }));
}

/** Every change of every case has numbers of its own, so that it is the same whichever cases run before it. */
const randomFor = (salt: number, kind: Kind): (() => number) =>
  createRandom(seed * 7_919 + salt * 104_729 + KINDS.indexOf(kind));

/**
 * After Temporal took the answer of a workflow task: together they kill at every command of every change, and at every
 * boundary by its number in the undisturbed one. Changes that are held up have more, where they wait.
 */
const boundaries = numbered('boundary', APART, (i) => ({
  victim: 'worker',
  aims: (_kind, { commands, tasks }) => {
    const mine = [...commands].filter((_, n) => n % APART === i);
    return [...mine, ...every(i + 1, tasks)].map((at) => ({ victim: 'worker', at, moment: 'completed' }));
  },
}));

/** Before Temporal had the answer of a workflow task, or the result of an activity: at every other task. */
const unheard = numbered('unheard', APART / 2, (i) => ({
  victim: 'worker',
  aims: (kind, { tasks }) => {
    const random = randomFor(100 + i, kind);
    const first = 2 * i + 1 + Math.floor(random() * 2);
    return every(first, tasks).map((at) => ({
      victim: 'worker',
      at,
      moment: random() < 0.5 ? 'completing' : 'reporting',
    }));
  },
}));

/** Once in each change, at any moment. */
const anyMoment = (title: string, count: number, { victim, salt }: { victim: Victim; salt: number }): Case[] =>
  numbered(title, count, (i) => ({
    victim,
    aims: (kind, { tasks }) => {
      const random = randomFor(salt + i, kind);
      const share = random();
      const later = random() * (share < 0.5 ? LATER_MILLISECONDS : LATE_LATER_MILLISECONDS);
      const at = 1 + Math.floor(share * 0.9 * tasks);
      return [{ victim, at, moment: 'completed', later: Math.round(later) }];
    },
  }));

/**
 * Nobody works for longer than any limit: than the tries of an activity take, early in an update, where it reads, and
 * near the end of every change, where an integration is tried for a few seconds only; than a rollout may stand still,
 * while it is watched.
 */
const absences = numbered('absence', 1, () => ({
  victim: 'worker',
  aims: (kind, { tasks }) => {
    const absence = (at: Aim['at'], away: number): Aim => ({ victim: 'worker', at, moment: 'completed', away });
    const inUpdate = [absence(4, 150), absence('deploy: watchRollout', 1.5 * PROGRESS_SECONDS)];
    return [...(kind.name === 'update' ? inUpdate : []), absence(tasks - 4, 30)];
  },
}));

/**
 * In the order in which they run, the longest first: six changes are a life, so ten lives are more than fifty random
 * moments.
 */
export const CASES: Case[] = [
  ...absences,
  ...boundaries,
  ...unheard,
  ...anyMoment('random', 10, { victim: 'worker', salt: 200 }),
  ...anyMoment('api', 2, { victim: 'api', salt: 300 }),
  ...anyMoment('temporal', 2, { victim: 'temporal', salt: 400 }),
];

/** One of each of the main sorts, by the seed. */
export const SAMPLE: Case[] = [boundaries, unheard].flatMap((cases) => cases[seed % cases.length] ?? []);

/** For commands at which no worker has died: it was dead already when they came. Last, when all others have ended. */
export const again = (missed: (kind: Kind) => string[]): Case => ({
  name: 'again',
  victim: 'worker',
  aims: (kind) => missed(kind).map((at) => ({ victim: 'worker', at, moment: 'completed' })),
});
