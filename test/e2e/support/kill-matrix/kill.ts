import type { Moment } from './gate.ts';

export type Victim = 'worker' | 'api' | 'temporal';

/** When which part shall die: at a moment of a change's n-th workflow task, or of the first that commands something. */
export interface Aim {
  victim: Victim;
  moment: Moment;
  at: number | string;
  /** Milliseconds after the moment. */
  later?: number;
  /** Seconds until the next one is started; at once by default. */
  away?: number;
}

export interface Kill {
  aim: Aim;
  /** Workflow tasks of the change that were completed by then. */
  task: number;
  /** Whose task passed the gate at the moment: `deploy`, `lock`, or an activity. */
  passing: string;
  /** At a boundary: what the workflow task commanded, each with the workflow's type before it. */
  commands: string[];
  /** Milliseconds since the epoch, as is `readyAt`. */
  at: number;
  /** When the next one was ready. */
  readyAt: number;
  /** Of the journal: what stands after `from` may repeat what stands up to `to`. */
  from: number;
  to: number;
}

/** For people: `completed 17 (deploy)`. */
export const nameKill = ({ aim, task, passing }: Kill): string =>
  `${aim.victim === 'worker' ? '' : `${aim.victim} `}${aim.moment} ${task} (${passing})`;
