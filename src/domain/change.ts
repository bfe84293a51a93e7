import type { ServiceSpec } from './service-spec.ts';

/** What a change of a service does; the first part of its workflow's id. */
export const CHANGE_KINDS = ['deploy', 'rollback', 'scale', 'restart', 'delete'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** Workflow type by what the change does. */
export const WORKFLOW_TYPES = {
  deploy: 'deploy',
  rollback: 'rollback',
  scale: 'scaleService',
  restart: 'restartService',
  delete: 'deleteService',
} as const satisfies Record<ChangeKind, string>;

/**
 * What to do when another change of the service runs: wait for it, ask it to stop and put back what it did, or give up
 * as `locked`. Whatever waits already is superseded by the first two.
 */
export const CONFLICT_POLICIES = ['queue', 'supersede', 'fail'] as const;
export type ConflictPolicy = (typeof CONFLICT_POLICIES)[number];

/** Argument of every change's workflow. Nothing in it is secret. */
export interface ChangeInput {
  service: string;
  /** Unix seconds; no two changes of a service share one. */
  id: string;
  team: string;
  environment: string;
  cluster: string;
  actor: string;
  /** Absent in histories from before there was a choice: `queue`. */
  onConflict?: ConflictPolicy;
}

/** Argument of `deploy`. Environment values and the manifest are sealed. */
export interface DeployInput extends ChangeInput {
  /** `components[].env` values are sealed. */
  spec: ServiceSpec;
  /** Seal of gzip + base64 of the manifest's text. */
  sealedManifest: string;
  contentKeyWarnings: { message: string; hint?: string }[];
  takeOverDomain: boolean;
}

/** Argument of `rollback`. */
export interface RollbackInput extends ChangeInput {
  /** Deployment id of the release to go back to; absent: the last one that passed its gates and is not what runs now. */
  to?: string;
}

/** Argument of `scaleService`. */
export interface ScaleInput extends ChangeInput {
  /** Wanted number of tasks, 0..100. */
  desired: number;
}
