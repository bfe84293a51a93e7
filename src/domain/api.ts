import type { ChangeKind, ConflictPolicy } from './change.ts';
import type { ErrorCode, Issue } from './errors.ts';
import type { Phase, Verdict } from './events.ts';

/** `application/problem+json` (RFC 9457) as the API answers it. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  instance: string;
  requestId: string;
  hint?: string;
  issues?: Issue[];
  details?: Record<string, unknown>;
}

/** Body of `PUT /v1/services/{name}/deployments/{id}` and of `POST …/deployments`. */
export interface DeploymentRequest {
  /** Text of the manifest, variables already filled in. */
  manifest: string;
  /** Name used in issues; default `wonderland.yaml`. */
  file?: string;
  /** Let the domain's record move away from what it points to now. */
  takeOverDomain?: boolean;
  /** What to do while another change of the service runs; default `queue`. */
  onConflict?: ConflictPolicy;
}

/** Body of `POST …/restart` and of `DELETE /v1/services/{name}`. */
export interface ChangeRequest {
  /** Unix seconds: the same body under the same id is the same change; default: the next free second. */
  id?: string;
  /** What to do while another change of the service runs; default `queue`. */
  onConflict?: ConflictPolicy;
}

/** Body of `POST …/rollback`. */
export interface RollbackRequest extends ChangeRequest {
  /** Id of the deployment to go back to; default: the last one that passed its gates and is not what runs now. */
  to?: string;
}

/** Body of `PATCH …/scale`. */
export interface ScaleRequest extends ChangeRequest {
  /** Wanted number of tasks, 0..100. */
  desired: number;
}

export interface Account {
  id: string;
  region: string;
  environment: string;
}

export interface Links {
  self: string;
  events: string;
  cancel: string;
  /** The workflow in the Temporal Web UI, where one is configured. */
  webUi?: string;
}

/** A change of a service, of whatever kind. */
export interface DeploymentView {
  service: string;
  id: string;
  kind: ChangeKind;
  phase: Phase;
  actor: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
  endedAt?: number;
  /** Present once it has ended. */
  verdict?: Verdict;
  /** True when no worker that may run it has polled lately: accepted, but nothing happens until one does. */
  waitingForWorker: boolean;
  /** With worker versioning: the version of the worker it began on and stays with, as `deployment:build`. */
  workerVersion?: string;
  account: Account;
  links: Links;
}

/** One row of `wl status`. */
export interface TaskRow {
  /** EC2 instance id. */
  machine: string;
  component: string;
  /** ECS task lastStatus. */
  status: string;
  /** Milliseconds since the epoch; absent until the task runs. */
  startedAt?: number;
  /** Deployment id from the revision's tag, or `-`. */
  deployment: string;
  /** ELB instance state, or `-` without an endpoint. */
  elb: string;
}

export interface OpenChange {
  id: string;
  kind: ChangeKind;
  phase: Phase;
  actor: string;
  /** Milliseconds since the epoch: when it was accepted. */
  startedAt: number;
  /** It waits for another one to end. */
  pending: boolean;
}

export interface ServiceStatus {
  service: string;
  team: string;
  /** Id of the active deployment, absent before the first success. */
  currentDeployment?: string;
  desiredScale: number;
  tasks: TaskRow[];
  /** Changes of this service that are open in Temporal, newest first. */
  changes: OpenChange[];
  account: Account;
}

export interface ServiceSummary {
  service: string;
  team: string;
  currentDeployment?: string;
  desired: number;
  running: number;
}

/** Server-Sent Events that carry no id: state of the stream, not of the deployment. */
export interface StreamNotice {
  type: 'waiting-for-worker';
}
