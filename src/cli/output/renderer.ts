import type { DeployEvent, Verdict } from '../../domain/events.ts';

/** How the watching of a change ended. */
export type Outcome =
  | { kind: 'verdict'; verdict: Verdict; exitCode: number }
  /** Only the watching ended: Ctrl-C, or the patience of `--timeout`. */
  | { kind: 'stopped'; error: StoppedError; exitCode: number };

export interface StoppedError {
  code: 'interrupted' | 'timeout';
  message: string;
  hint: string;
}

/** Shows a change while it is watched. */
export interface Renderer {
  event(event: DeployEvent): void;
  end(outcome: Outcome): void;
}

/** Which change is shown. */
export interface Subject {
  service: string;
  id: string;
}
