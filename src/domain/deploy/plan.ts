import type { ErrorCode } from '../errors.ts';
import { incarnationName } from '../ids.ts';
import type { ServiceSpec } from '../service-spec.ts';
import { familyRevision } from './lines.ts';
import { balancerSteps, newBalancerSteps } from './plan-balancer.ts';
import { refusalOf } from './plan-refusal.ts';
import { isAdoptable, replacementReason } from './plan-replacement.ts';
import type { ObservedBalancer, ObservedDomain, ObservedRemains, ObservedService } from './observed.ts';

export interface Observed {
  service?: ObservedService;
  /** Of the service; without one, the newest that a deleted service left. */
  balancer?: ObservedBalancer;
  domain?: ObservedDomain;
  /** Zones of the cluster's instances, and since when the service's tasks run. */
  cluster?: { instances: { availabilityZone: string }[]; oldestTaskAt?: number };
  /** For HTTPS and SSL listeners. */
  certificateArn?: string;
  /** Other incarnations of this service; absent when there are none. */
  remains?: ObservedRemains[];
}

export interface Want {
  service: string;
  team: string;
  /** Id of the change; a new incarnation is named after it. */
  id: string;
  spec: ServiceSpec;
  /** Content hash of the wanted revision; absent while its host port is not chosen. */
  contentHash?: string;
  takeOverDomain: boolean;
  /** New tasks also when nothing has changed. */
  restart?: boolean;
}

/** What differs from reality, one entry for each call that will be made. */
export type Step =
  | { type: 'create-balancer' }
  | { type: 'create-listeners'; ports: number[] }
  | { type: 'delete-listeners'; ports: number[] }
  | { type: 'set-certificate'; ports: number[] }
  | { type: 'configure-health-check' }
  | { type: 'modify-balancer-attributes' }
  | { type: 'enable-zones'; zones: string[] }
  | { type: 'upsert-record' }
  | { type: 'register-task-definition' }
  | { type: 'create-service' }
  /** `force`: the revision stays, and all its tasks are started anew. */
  | { type: 'update-service'; newDeployment: boolean; force?: true }
  /** After the gates, once nobody is sent to the old name any more. */
  | { type: 'delete-record'; domain: string }
  | { type: 'retire'; incarnation: string };

export type PlanMode = 'create' | 'rolling-update' | 'replacement' | 'repair' | 'no-change';

export interface Plan {
  mode: PlanMode;
  incarnation: string;
  steps: Step[];
  /** What is not as the last release left it and is put right, in plain words. */
  repairs: string[];
  /** Why the incarnation is replaced. */
  because?: string;
}

export interface Refusal {
  code: ErrorCode;
  message: string;
  hint: string;
}

export type PlanAnswer = { plan: Plan; refusal?: undefined } | { plan?: undefined; refusal: Refusal };

/** Pure: what has to change so that reality becomes what the manifest says. */
export function planDeploy(want: Want, observed: Observed): PlanAnswer {
  const refusal = refusalOf(want, observed);
  if (refusal !== undefined) return { refusal };
  const { service } = observed;
  if (service === undefined)
    return { plan: planAdoption(want, observed) ?? planNewIncarnation(want, observed, 'create') };
  const because = replacementReason(want.spec.endpoint, service, observed);
  if (because !== undefined) return { plan: { ...planNewIncarnation(want, observed, 'replacement'), because } };
  return { plan: planInPlace(want, observed, service) };
}

/**
 * Somebody deleted the ECS service, and its load balancer still stands: with a new service under the old name the record
 * is right already, and nobody waits for DNS. Undefined when there is none, or it is not as wanted.
 */
function planAdoption(want: Want, observed: Observed): Plan | undefined {
  const { balancer, remains = [] } = observed;
  const { endpoint } = want.spec;
  if (balancer === undefined || endpoint === undefined || !isAdoptable(balancer, endpoint)) return undefined;
  const converged = balancerSteps(endpoint, observed);
  return {
    mode: 'repair',
    incarnation: balancer.name,
    steps: [
      ...converged.steps,
      { type: 'register-task-definition' },
      { type: 'create-service' },
      ...remains.map((r): Step => ({ type: 'retire', incarnation: r.name })),
    ],
    repairs: [`the ECS service ${balancer.name} is gone, and its load balancer is still there`, ...converged.repairs],
  };
}

/** Nothing of the current incarnation is touched before the new one has passed its gates. */
function planNewIncarnation(want: Want, observed: Observed, mode: 'create' | 'replacement'): Plan {
  const { service, balancer, remains = [] } = observed;
  const { endpoint } = want.spec;
  const incarnation = incarnationName(want.service, Number(want.id));
  const current = service?.name ?? balancer?.name;
  const old = [...remains.map((r) => r.name), ...(current === undefined ? [] : [current])];
  const isLost = service === undefined && balancer !== undefined;
  return {
    mode: isLost ? 'repair' : mode,
    incarnation,
    steps: [
      ...(endpoint === undefined ? [] : newBalancerSteps()),
      { type: 'register-task-definition' },
      { type: 'create-service' },
      ...recordSteps(want, observed),
      ...old.filter((name) => name !== incarnation).map((name): Step => ({ type: 'retire', incarnation: name })),
    ],
    repairs: isLost ? [`the ECS service ${balancer.name} is gone, and its load balancer is not as wanted`] : [],
  };
}

function planInPlace(want: Want, observed: Observed, service: ObservedService): Plan {
  const { endpoint } = want.spec;
  const balancer = balancerSteps(endpoint, observed);
  const revision = revisionSteps(want, observed, service);
  const steps: Step[] = [
    ...balancer.steps,
    ...revision.steps,
    ...recordSteps(want, observed),
    ...(observed.remains ?? []).map((r): Step => ({ type: 'retire', incarnation: r.name })),
  ];
  const remains = (observed.remains ?? []).map((r) => `${r.name} is left over from a change that was broken off`);
  const repairs = [...balancer.repairs, ...revision.repairs, ...remains];
  const isContentNew = want.contentHash === undefined || want.contentHash !== service.contentHash;
  const isOnlyRepair = repairs.length > 0 && !(isContentNew && service.isRevisionActive);
  const mode = steps.length === 0 ? 'no-change' : isOnlyRepair ? 'repair' : 'rolling-update';
  return { mode, incarnation: service.name, steps, repairs };
}

/** Names that the service had and has no more. */
function recordSteps({ spec }: Want, { service }: Observed): Step[] {
  const old = [...new Set([service?.domain, ...(service?.leftDomains ?? [])])].filter((name) => name !== undefined);
  return old.filter((name) => name !== spec.endpoint?.domain).map((domain) => ({ type: 'delete-record', domain }));
}

function revisionSteps(
  { spec, contentHash, restart }: Want,
  observed: Observed,
  service: ObservedService,
): { steps: Step[]; repairs: string[] } {
  const isSame = contentHash !== undefined && contentHash === service.contentHash;
  if (!isSame || !service.isRevisionActive) {
    return {
      steps: [{ type: 'register-task-definition' }, { type: 'update-service', newDeployment: true }],
      repairs: service.isRevisionActive
        ? []
        : [
            `the task definition revision that runs was deregistered (${familyRevision(service.primary.taskDefinition)})`,
          ],
    };
  }
  const unregistered = spec.endpoint === undefined ? [] : unregisteredTasks(observed);
  const isBalancerLost = spec.endpoint !== undefined && observed.balancer === undefined;
  if (restart === true || isBalancerLost || unregistered.length > 0)
    return { steps: [{ type: 'update-service', newDeployment: true, force: true }], repairs: unregistered };
  const grace = spec.endpoint?.healthCheck.gracePeriodSeconds;
  const settled = service.desired === spec.scale && (grace === undefined || grace === service.gracePeriodSeconds);
  return { steps: settled ? [] : [{ type: 'update-service', newDeployment: false }], repairs: [] };
}

/**
 * ECS registers a task at its load balancer when the task starts, so a new balancer needs new tasks. A change that broke
 * off may have made the balancer and no tasks.
 */
function unregisteredTasks({ balancer, cluster }: Observed): string[] {
  const { oldestTaskAt } = cluster ?? {};
  if (balancer?.createdAt === undefined || oldestTaskAt === undefined || oldestTaskAt >= balancer.createdAt) return [];
  return [`tasks that are older than the load balancer ${balancer.name} are not registered at it`];
}
