/** What an Auto Scaling group is made of. Times are cloud milliseconds, spans seconds. */
import type { Params } from '../../engine/contract.ts';

export type LifecycleState =
  | 'Pending'
  | 'Pending:Wait'
  | 'Pending:Proceed'
  | 'InService'
  | 'Terminating'
  | 'Terminating:Wait'
  | 'Terminating:Proceed'
  | 'Detaching'
  | 'EnteringStandby'
  | 'Standby';

/** `version` of a group may be `$Latest` or `$Default`; of a member it is a number. */
export interface TemplateReference {
  id: string;
  name: string;
  version: string;
}

export type Transition = 'autoscaling:EC2_INSTANCE_LAUNCHING' | 'autoscaling:EC2_INSTANCE_TERMINATING';
export type LifecycleResult = 'CONTINUE' | 'ABANDON';

export interface Hook {
  name: string;
  transition: Transition;
  heartbeatTimeoutSeconds: number;
  defaultResult: LifecycleResult;
  notificationTargetArn?: string;
  notificationMetadata?: string;
  roleArn?: string;
}

/** An instance waits for somebody to complete the action of a hook. */
export interface LifecycleAction {
  hook: string;
  token: string;
  timeoutSeconds: number;
  defaultResult: LifecycleResult;
  deadline: number;
  /** No heartbeat prolongs it beyond. */
  finalDeadline: number;
  /** Hooks of the same transition whose turn comes after. */
  following: string[];
}

export interface Member {
  instanceId: string;
  instanceType: string;
  zone: string;
  template?: TemplateReference;
  state: LifecycleState;
  health: 'Healthy' | 'Unhealthy';
  /** What an activity says when it is replaced: `in response to …`. */
  unhealthyBecause?: string;
  isProtected: boolean;
  launchedAt: number;
  inServiceSince?: number;
  /** Activity that is about it now. */
  activityId?: string;
  action?: LifecycleAction;
  /** Hooks have had their say or have none. */
  mayTerminate?: boolean;
}

export interface GroupTag {
  value: string;
  isPropagated: boolean;
}

export interface Group {
  name: string;
  arn: string;
  createdAt: number;
  min: number;
  max: number;
  desired: number;
  template: TemplateReference;
  subnets: string[];
  zones: string[];
  healthCheckType: string;
  healthCheckGracePeriodSeconds: number;
  cooldownSeconds: number;
  terminationPolicies: string[];
  isNewProtected: boolean;
  balancers: string[];
  /** Further members of the API, kept and shown as they came. */
  kept: Params;
  tags: Record<string, GroupTag>;
  members: Member[];
  /** Since when, by process. */
  suspended: Record<string, number>;
  hooks: Hook[];
  policies: Params[];
  scheduledActions: Params[];
  refreshes: Refresh[];
  /** What changed the desired capacity since the group last matched it; its activities say so. */
  causes: string[];
  /** Launches to come that replace an instance. */
  replacements: number;
  cooldownUntil: number;
  /** Zones where a launch has failed are left alone until then. */
  zoneRestsUntil: Record<string, number>;
  /** It was complained that all are protected, for this desired capacity. */
  protectedNoticeFor?: number;
  isDeleting: boolean;
}

export type ActivityStatus =
  | 'PreInService'
  | 'InProgress'
  | 'MidLifecycleAction'
  | 'WaitingForELBConnectionDraining'
  | 'Successful'
  | 'Failed'
  | 'Cancelled';

export interface Activity {
  id: string;
  group: string;
  groupArn: string;
  description: string;
  cause: string;
  startedAt: number;
  endedAt?: number;
  status: ActivityStatus;
  statusMessage?: string;
  progress: number;
  details: string;
  isOfDeletedGroup?: boolean;
}

type RefreshStatus =
  | 'Pending'
  | 'InProgress'
  | 'Successful'
  | 'Failed'
  | 'Cancelling'
  | 'Cancelled'
  | 'RollbackInProgress'
  | 'RollbackFailed'
  | 'RollbackSuccessful'
  | 'Baking';

export interface RefreshPreferences {
  minHealthyPercentage: number;
  /** Undefined when it was not given: 100, but one at a time is always replaced. */
  maxHealthyPercentage?: number;
  instanceWarmupSeconds: number;
  checkpointPercentages: number[];
  checkpointDelaySeconds: number;
  skipsMatching: boolean;
  rollsBack: boolean;
  scaleInProtected: 'Refresh' | 'Ignore' | 'Wait';
  standby: 'Terminate' | 'Ignore' | 'Wait';
  bakeSeconds: number;
  alarms: string[];
}

export interface Refresh {
  id: string;
  status: RefreshStatus;
  statusReason?: string;
  startedAt?: number;
  endedAt?: number;
  percentageComplete: number;
  instancesToUpdate: number;
  preferences: RefreshPreferences;
  desired?: TemplateReference;
  /** Instances that are to go, the group's at the beginning. */
  outdated: string[];
  outdatedAtFirst: number;
  checkpointsPassed: number;
  pausedUntil?: number;
  /** Since when it cannot go on for instances it has to wait for. */
  stuckSince?: number;
  /** A cancelled one waits for what is under way. */
  waitsForTransitions?: boolean;
  rollback?: { reason: string; startedAt: number; percentageComplete: number; instancesToUpdate: number };
}

export const PROCESSES = [
  'Launch',
  'Terminate',
  'AddToLoadBalancer',
  'AlarmNotification',
  'AZRebalance',
  'HealthCheck',
  'InstanceRefresh',
  'ReplaceUnhealthy',
  'ScheduledActions',
] as const;
export type Process = (typeof PROCESSES)[number];

export const isSuspended = (group: Group, process: Process): boolean => group.suspended[process] !== undefined;

const ACTIVE_REFRESH: readonly RefreshStatus[] = [
  'Pending',
  'InProgress',
  'Cancelling',
  'RollbackInProgress',
  'Baking',
];

export const activeRefresh = (group: Group): Refresh | undefined =>
  group.refreshes.find(({ status }) => ACTIVE_REFRESH.includes(status));

/** Instances that make up the group's capacity. */
export const counted = (group: Group): Member[] =>
  group.members.filter(({ state }) => state.startsWith('Pending') || state === 'InService');

export const isLeaving = ({ state }: Member): boolean => state.startsWith('Terminating') || state === 'Detaching';
