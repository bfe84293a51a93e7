import type { Machine, Params } from '../../engine/contract.ts';

export type State = Machine['state'];

/** Why an instance is in its state, as DescribeInstances shows it. */
export interface StateReason {
  code: string;
  message: string;
}

/** A machine with all that EC2 tells of it. Times are cloud milliseconds. */
export interface Instance extends Machine {
  reservationId: string;
  launchIndex: number;
  imageId: string;
  subnetId: string;
  securityGroupIds: string[];
  launchedAt: number;
  /** When it last became running. */
  runningSince?: number;
  terminatedAt?: number;
  /** The state it is on its way to. */
  next?: { state: State; at: number };
  stateReason?: StateReason;
  /** `User initiated (2026-01-01 00:00:00 GMT)`. */
  transitionReason: string;
  tags: Record<string, string>;
  keyName?: string;
  instanceProfileArn?: string;
  clientToken?: string;
  /** What came with the client token, to tell a repetition from another request. */
  clientRequest?: string;
  isProtectedFromTermination: boolean;
  isProtectedFromStop: boolean;
}

export const STATE_CODES: Record<State, number> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

export const describeState = (name: State): Params => ({ Code: STATE_CODES[name], Name: name });

/** What a launch needs to know, from a template, a request, or both. */
export interface LaunchSpec {
  imageId: string;
  instanceType: string;
  zone: string;
  subnetId: string;
  securityGroupIds: string[];
  userData?: string;
  keyName?: string;
  instanceProfileArn?: string;
  tags: Record<string, string>;
  clientToken?: string;
  clientRequest?: string;
  isProtectedFromTermination: boolean;
  isProtectedFromStop: boolean;
}
