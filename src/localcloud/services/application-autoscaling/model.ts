/** What Application Auto Scaling keeps. */
import type { Params } from '../../engine/contract.ts';

export type Direction = 'out' | 'in';

export interface Target {
  /** `service/<cluster>/<service>` */
  resourceId: string;
  arn: string;
  minCapacity: number;
  maxCapacity: number;
  createdAt: number;
  suspended: { in: boolean; out: boolean; scheduled: boolean };
  tags: Record<string, string>;
  /** Of the last scaling by a policy. */
  cooldown?: { direction: Direction; until: number; capacityBefore: number };
}

export interface Policy {
  name: string;
  arn: string;
  resourceId: string;
  type: 'TargetTrackingScaling' | 'StepScaling';
  /** Its configuration as it was given. */
  tracking?: Params;
  step?: Params;
  /** Of target tracking: the alarms that were made for it, by name. */
  alarmHigh?: string;
  alarmLow?: string;
  createdAt: number;
}

export type ActivityStatus = 'InProgress' | 'Successful' | 'Overridden' | 'Failed';

export interface Activity {
  id: string;
  resourceId: string;
  description: string;
  cause: string;
  startedAt: number;
  endedAt?: number;
  status: ActivityStatus;
  statusMessage?: string;
  /** Desired count it is to bring about. */
  capacity?: number;
  notScaled?: Params;
}

export interface ScheduledAction {
  name: string;
  arn: string;
  resourceId: string;
  schedule: string;
  timezone?: string;
  startTime?: number;
  endTime?: number;
  minCapacity?: number;
  maxCapacity?: number;
  createdAt: number;
  /** Of `rate(…)`: when it acts next. */
  nextAt?: number;
}

export interface Saved {
  targets: Target[];
  policies: Policy[];
  activities: Activity[];
  scheduledActions: ScheduledAction[];
}

export const NAMESPACE = 'ecs';
export const DIMENSION = 'ecs:service:DesiredCount';

/** Members that name the resource, in every answer. */
export const identity = (resourceId: string): Params => ({
  ServiceNamespace: NAMESPACE,
  ResourceId: resourceId,
  ScalableDimension: DIMENSION,
});
