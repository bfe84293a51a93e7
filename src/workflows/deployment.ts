import type { World } from '../activities/observe.ts';
import type { ResolvedImages } from '../activities/revision.ts';
import type { ChangeInput, ChangeKind } from '../domain/change.ts';
import type { RolloutPercents } from '../domain/deploy/capacity.ts';
import type { Plan, Step } from '../domain/deploy/plan.ts';
import type { RolloutTarget } from '../domain/deploy/rollout.ts';
import type { Owner } from '../domain/deploy/service-want.ts';
import { revisionNumber } from '../domain/deploy/lines.ts';
import { deploymentRef } from '../domain/ids.ts';
import type { ServiceSpec } from '../domain/service-spec.ts';
import type { RolloutLimits } from './rollout.ts';
import type { Begun } from './under-lock.ts';

/** What a deploy, rollback, scale or restart wants the service to be. */
export interface Wanted {
  spec: ServiceSpec;
  sealedManifest: string;
  takeOverDomain: boolean;
  /** Deployment id of the release this makes, or makes once more. */
  releaseId: string;
  /** The scale stays what somebody set it to. */
  keepsScale?: boolean;
  /** New tasks also when nothing has changed. */
  restart?: boolean;
}

/** One rollout on its way: what its steps share. */
export interface Deployment extends Begun {
  kind: Exclude<ChangeKind, 'delete'>;
  touched: Touched;
  /** Known from the start, or found under the lock. */
  wanted?: Wanted;
  /** Reality before the first write; absent until it was observed. */
  prepared?: Prepared;
  acted?: Acted;
  /** Domains that the service had before, and whose records could not be removed: the next change tries again. */
  leftDomains?: string[];
}

/** How its lines call it. */
export const TITLES = {
  deploy: 'Deployment',
  rollback: 'Rollback',
  scale: 'Scaling',
  restart: 'Restart',
} as const satisfies Record<Deployment['kind'], string>;

/** What a rollout has touched; each mark is set before its call, because a call can half succeed. */
export interface Touched {
  balancer?: boolean;
  listeners?: boolean;
  healthCheck?: boolean;
  attributes?: boolean;
  record?: { zoneId: string; domain: string; recordSets: unknown[] };
  /** ARN of a revision this rollout registered. */
  registered?: string;
  service?: boolean;
}

export interface Prepared {
  wanted: Wanted;
  before: World;
  plan: Plan;
  percents: RolloutPercents;
  resolved: ResolvedImages;
}

export interface Acted {
  target: RolloutTarget;
  /** ARN of the revision this rollout runs. */
  revision: string;
  hostPort?: number;
  /** Of the new load balancer, for a switch after the gates. */
  balancer?: { dnsName: string; zoneId: string };
  /** Route 53 change to wait for; empty when the record was right already. */
  dnsChange: string;
}

export const ownerOf = ({ input }: { input: ChangeInput }): Owner => ({
  service: input.service,
  team: input.team,
  environment: input.environment,
});

export const refOf = ({ input }: { input: ChangeInput }): string => deploymentRef(input.service, input.id);

/** Idempotency token of the ECS service that a change creates: a name that is used again needs another one. */
export const tokenOf = ({ input }: { input: ChangeInput }): string => `${input.service}-${input.id}`;

export const has = (steps: Step[], type: Step['type']): boolean => steps.some((s) => s.type === type);

/** The host port of what runs; of a load balancer that lost its service, the port it still forwards to. */
export const hostPortOf = ({ service, balancer }: World): number | undefined =>
  service === undefined ? balancer?.listeners[0]?.instancePort : service.hostPort;

/** The service was here before, and somebody deleted its ECS service: what that one left has no owner any more. */
export const isMadeAgain = ({ touched }: Deployment, { before }: Prepared, { revision }: Acted): boolean =>
  before.service === undefined && (touched.registered === undefined || revisionNumber(revision) !== '1');

/** A new ECS service beside whatever runs. */
export const isNewIncarnation = ({ steps }: Plan): boolean => has(steps, 'create-service');

export const limitsOf = ({ wanted, before }: Prepared): Omit<RolloutLimits, 'rolledLine'> => {
  const { deployment, components } = wanted.spec;
  // Old tasks stop as their own revision says.
  const stopTimeouts = [...components.map((c) => c.stopTimeoutSeconds), before.service?.stopTimeoutSeconds ?? 0];
  return {
    timeoutSeconds: deployment.timeoutSeconds,
    ...(deployment.progressTimeoutSeconds === undefined ? {} : { progressSeconds: deployment.progressTimeoutSeconds }),
    // A wave drains at most 180 s and then has the longest stop timeout; two waves replace everything.
    oldTasksSeconds: 2 * (180 + Math.max(...stopTimeouts)),
    settleSeconds: deployment.settleSeconds,
  };
};

/** Nothing was written yet. */
export const isUntouched = ({ touched }: Deployment): boolean =>
  Object.values(touched).every((mark) => mark === undefined || mark === false);
