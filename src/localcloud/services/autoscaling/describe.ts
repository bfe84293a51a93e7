/** Groups and what belongs to them, as the API shows them. */
import type { Params } from '../../engine/contract.ts';
import { zoneId } from '../ec2/vpc.ts';
import { globalTimeout } from './hooks.ts';
import { type Activity, type Group, type Hook, type Member, type Refresh, type TemplateReference } from './model.ts';

const GROUP = 'auto-scaling-group';

export const describeTemplate = ({ id, name, version }: TemplateReference): Params => ({
  LaunchTemplateId: id,
  LaunchTemplateName: name,
  Version: version,
});

const describeMember = (member: Member): Params => ({
  InstanceId: member.instanceId,
  InstanceType: member.instanceType,
  AvailabilityZone: member.zone,
  AvailabilityZoneId: zoneId(member.zone),
  LifecycleState: member.state,
  HealthStatus: member.health,
  LaunchTemplate: member.template && describeTemplate(member.template),
  ProtectedFromScaleIn: member.isProtected,
});

/** As DescribeAutoScalingInstances shows it, whose health status is in capitals. */
export const describeMemberOf = (group: Group, member: Member): Params => ({
  ...describeMember(member),
  HealthStatus: member.health.toUpperCase(),
  AutoScalingGroupName: group.name,
});

export const describeTags = (group: Group): Params[] =>
  Object.entries(group.tags).map(([Key, { value, isPropagated }]) => ({
    ResourceId: group.name,
    ResourceType: GROUP,
    Key,
    Value: value,
    PropagateAtLaunch: isPropagated,
  }));

export const describeGroup = (group: Group, withInstances: boolean): Params => ({
  AutoScalingGroupName: group.name,
  AutoScalingGroupARN: group.arn,
  LaunchTemplate: describeTemplate(group.template),
  MinSize: group.min,
  MaxSize: group.max,
  DesiredCapacity: group.desired,
  DefaultCooldown: group.cooldownSeconds,
  AvailabilityZones: group.zones,
  AvailabilityZoneIds: group.zones.map(zoneId),
  LoadBalancerNames: group.balancers,
  TargetGroupARNs: [],
  HealthCheckType: group.healthCheckType,
  HealthCheckGracePeriod: group.healthCheckGracePeriodSeconds,
  Instances: withInstances ? group.members.map(describeMember) : [],
  CreatedTime: new Date(group.createdAt),
  SuspendedProcesses: Object.entries(group.suspended).map(([ProcessName, at]) => ({
    ProcessName,
    SuspensionReason: `User suspended at ${new Date(at).toISOString().slice(0, 19)}Z`,
  })),
  VPCZoneIdentifier: group.subnets.join(','),
  EnabledMetrics: [],
  Status: group.isDeleting ? 'Delete in progress' : undefined,
  Tags: describeTags(group),
  TerminationPolicies: group.terminationPolicies,
  NewInstancesProtectedFromScaleIn: group.isNewProtected,
  TrafficSources: group.balancers.map((Identifier) => ({ Identifier, Type: 'elb' })),
  ...group.kept,
});

export const describeActivity = (activity: Activity): Params => ({
  ActivityId: activity.id,
  AutoScalingGroupName: activity.group,
  AutoScalingGroupARN: activity.groupArn,
  AutoScalingGroupState: activity.isOfDeletedGroup === true ? 'Deleted' : undefined,
  Description: activity.description,
  Cause: activity.cause,
  StartTime: new Date(activity.startedAt),
  EndTime: activity.endedAt === undefined ? undefined : new Date(activity.endedAt),
  StatusCode: activity.status,
  // AWS cuts it at 255 characters.
  StatusMessage: activity.statusMessage?.slice(0, 255),
  Progress: activity.progress,
  Details: activity.details,
});

export const describeHook = (group: Group, hook: Hook): Params => ({
  LifecycleHookName: hook.name,
  AutoScalingGroupName: group.name,
  LifecycleTransition: hook.transition,
  HeartbeatTimeout: hook.heartbeatTimeoutSeconds,
  GlobalTimeout: globalTimeout(hook),
  DefaultResult: hook.defaultResult,
  NotificationTargetARN: hook.notificationTargetArn,
  NotificationMetadata: hook.notificationMetadata,
  RoleARN: hook.roleArn,
});

const describePreferences = ({ preferences }: Refresh): Params => ({
  MinHealthyPercentage: preferences.minHealthyPercentage,
  MaxHealthyPercentage: preferences.maxHealthyPercentage,
  InstanceWarmup: preferences.instanceWarmupSeconds,
  ...(preferences.checkpointPercentages.length > 0 && {
    CheckpointPercentages: preferences.checkpointPercentages,
    CheckpointDelay: preferences.checkpointDelaySeconds,
  }),
  SkipMatching: preferences.skipsMatching,
  AutoRollback: preferences.rollsBack,
  ScaleInProtectedInstances: preferences.scaleInProtected,
  StandbyInstances: preferences.standby,
  BakeTime: preferences.bakeSeconds > 0 ? preferences.bakeSeconds : undefined,
  AlarmSpecification: preferences.alarms.length > 0 ? { Alarms: preferences.alarms } : undefined,
});

export const describeRefresh = (group: Group, refresh: Refresh): Params => ({
  InstanceRefreshId: refresh.id,
  AutoScalingGroupName: group.name,
  Status: refresh.status,
  StatusReason: refresh.statusReason,
  StartTime: refresh.startedAt === undefined ? undefined : new Date(refresh.startedAt),
  EndTime: refresh.endedAt === undefined ? undefined : new Date(refresh.endedAt),
  PercentageComplete: refresh.percentageComplete,
  InstancesToUpdate: refresh.instancesToUpdate,
  Preferences: describePreferences(refresh),
  DesiredConfiguration: refresh.desired && { LaunchTemplate: describeTemplate(refresh.desired) },
  Strategy: 'Rolling',
  RollbackDetails: refresh.rollback && {
    RollbackReason: refresh.rollback.reason,
    RollbackStartTime: new Date(refresh.rollback.startedAt),
    PercentageCompleteOnRollback: refresh.rollback.percentageComplete,
    InstancesToUpdateOnRollback: refresh.rollback.instancesToUpdate,
  },
});
