import type { ErrorCode } from './errors.ts';

/** Where a change stands; also the search attribute WlPhase. */
export type Phase =
  | 'queued'
  | 'observing'
  | 'preflight'
  | 'acting'
  | 'rolling-update'
  | 'health-gate'
  | 'settling'
  | 'switching-dns'
  | 'retiring'
  | 'finishing'
  | 'rolling-back'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'superseded';

/** Counts behind the live bar. */
export interface RolloutCounts {
  /** Tasks of this deployment that are RUNNING. */
  newTasks: number;
  /** Tasks of other deployments that are RUNNING. */
  oldTasks: number;
  wanted: number;
  /** Instances InService that run a task of this deployment. */
  healthy: number;
  secondsLeft: number;
}

export interface Diagnosis {
  /** One sentence in plain words: the first cause. */
  cause: string;
  /** Further facts, one a line: stopped reasons, exit codes, ELB reasons, events, last log lines. */
  facts: string[];
  /** What to do next. */
  hint?: string;
}

export type VerdictCode = 'succeeded' | 'no_change' | ErrorCode;

/** The outcome of a change, bound to one deployment and one revision. */
export interface Verdict {
  ok: boolean;
  code: VerdictCode;
  message: string;
  hint?: string;
  diagnosis?: Diagnosis;
  /** The revision serving now, e.g. `autoscaler:7`. */
  revision?: string;
  /** Who cancelled it. */
  cancelledBy?: string;
  /** The command that undoes a change that succeeded, e.g. `wl rollback autoscaler --to 1466583476`. */
  undo?: string;
}

/** What happened, without its place in the sequence. */
export type EventBody =
  | { type: 'line'; text: string }
  | { type: 'phase'; phase: Phase }
  | { type: 'rollout'; counts: RolloutCounts }
  | { type: 'warning'; message: string; hint?: string }
  | { type: 'verdict'; verdict: Verdict };

/** One entry of a deployment's story. `text` of a line lacks the `<service>/<id> ` prefix, which renderers add. */
export type DeployEvent = EventBody & {
  /** 1-based, without gaps; the id of the Server-Sent Event. */
  seq: number;
  /** Milliseconds since the epoch, by the workflow's clock. */
  at: number;
};

/** Answer of the `progress` query; also what a closed run keeps in its result or failure details. */
export interface Progress {
  phase: Phase;
  /** Events with `seq` greater than `after`; at most the last 500 are kept. */
  events: DeployEvent[];
  verdict?: Verdict;
}
