/** What callers say of a group, read and checked. */
import { AwsError, type Params } from '../../engine/contract.ts';
import type { LaunchTemplates } from '../ec2/launch-templates.ts';
import { SUBNETS, subnetOf } from '../ec2/vpc.ts';
import { list, optionalText, texts } from '../params.ts';
import { validation } from './errors.ts';
import { HEARTBEAT } from './hooks.ts';
import type { Group, GroupTag, Hook, LifecycleResult, TemplateReference, Transition } from './model.ts';
import { TERMINATION_POLICIES } from './termination-policy.ts';

/** Members of groups that are shown as they came. */
const KEPT = [
  'CapacityRebalance',
  'MaxInstanceLifetime',
  'DefaultInstanceWarmup',
  'InstanceMaintenancePolicy',
  'ServiceLinkedRoleARN',
  'PlacementGroup',
  'Context',
  'DesiredCapacityType',
  'AvailabilityZoneDistribution',
  'AvailabilityZoneImpairmentPolicy',
  'CapacityReservationSpecification',
  'InstanceLifecyclePolicy',
  'DeletionProtection',
] as const;

const MOST_TAGS = 50;
const keptMembers = (params: Params): Params =>
  Object.fromEntries(KEPT.filter((name) => params[name] !== undefined).map((name) => [name, params[name] as unknown]));

/** @throws ValidationError when there is no such template or version */
export const readTemplate = (reference: Params, templates: LaunchTemplates): TemplateReference => {
  const version = optionalText(reference, 'Version') ?? '$Default';
  try {
    const template = templates.require(reference);
    templates.version(template, version);
    return { id: template.id, name: template.name, version };
  } catch (error) {
    if (error instanceof AwsError)
      throw validation(`You must use a valid fully-formed launch template. ${error.message}`);
    throw error;
  }
};

/** A launch template, directly or as a mixed instances policy has it. */
const templateReference = (params: Params): Params | undefined =>
  (params.LaunchTemplate as Params | undefined) ??
  (params.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification as Params | undefined);

const refuseUnserved = (params: Params): void => {
  if (params.MixedInstancesPolicy?.LaunchTemplate?.Overrides !== undefined)
    throw validation('Overrides of a mixed instances policy are not served by this local cloud.');
  if (params.LaunchConfigurationName !== undefined)
    throw validation(
      `Launch configuration name not found - Launch configuration ${String(params.LaunchConfigurationName)} not found`,
    );
  if (texts(params, 'TargetGroupARNs').length > 0 || list(params, 'TrafficSources').some(({ Type }) => Type !== 'elb'))
    throw validation('Target groups are not served by this local cloud.');
};

/** Subnets and their zones; undefined when the caller names neither. @throws ValidationError */
const readPlaces = (params: Params): Pick<Group, 'subnets' | 'zones'> | undefined => {
  const named = optionalText(params, 'VPCZoneIdentifier')
    ?.split(',')
    .map((id) => id.trim());
  const zones = texts(params, 'AvailabilityZones');
  if (named === undefined && zones.length === 0) return undefined;
  const strange = zones.find((zone) => subnetOf(zone) === undefined);
  if (strange !== undefined) throw validation(`Invalid availability zone: ${strange}.`);
  const subnets = named ?? zones.map((zone) => String(subnetOf(zone)));
  const missing = subnets.filter((id) => SUBNETS[id] === undefined);
  if (missing.length > 0) throw validation(`The subnet ID '${missing.join(',')}' does not exist`);
  const theirs = [...new Set(subnets.map((id) => String(SUBNETS[id])))];
  if (zones.some((zone) => !theirs.includes(zone)))
    throw validation('The availability zones of the specified subnets and the Auto Scaling group do not match');
  return { subnets, zones: theirs.toSorted() };
};

const readPolicies = (params: Params): string[] | undefined => {
  const policies = texts(params, 'TerminationPolicies');
  const strange = policies.find((policy) => !(TERMINATION_POLICIES as readonly string[]).includes(policy));
  if (strange !== undefined) throw validation(`Termination policy ${strange} is not supported.`);
  return policies.length > 0 ? policies : undefined;
};

const atLeast = (params: Params, name: string, least: number): number | undefined => {
  const value = params[name] as number | undefined;
  if (value !== undefined && value < least) throw validation(`${name} must be greater than or equal to ${least}.`);
  return value;
};

/** Everything of a group that CreateAutoScalingGroup and UpdateAutoScalingGroup have in common; only what was given. */
export const readSettings = (params: Params, templates: LaunchTemplates): Partial<Group> => {
  refuseUnserved(params);
  const reference = templateReference(params);
  const places = readPlaces(params);
  const healthCheckType = optionalText(params, 'HealthCheckType');
  if (healthCheckType?.split(',').some((type) => !['EC2', 'ELB', 'EBS', 'VPC_LATTICE'].includes(type)) === true)
    throw validation(`Invalid health check type: ${healthCheckType}`);
  const graceSeconds = atLeast(params, 'HealthCheckGracePeriod', 0);
  const cooldownSeconds = atLeast(params, 'DefaultCooldown', 0);
  const terminationPolicies = readPolicies(params);
  return {
    ...(reference && { template: readTemplate(reference, templates) }),
    ...places,
    ...(healthCheckType === undefined ? {} : { healthCheckType }),
    ...(graceSeconds === undefined ? {} : { healthCheckGracePeriodSeconds: graceSeconds }),
    ...(cooldownSeconds === undefined ? {} : { cooldownSeconds }),
    ...(terminationPolicies && { terminationPolicies }),
    ...(params.NewInstancesProtectedFromScaleIn === undefined
      ? {}
      : { isNewProtected: params.NewInstancesProtectedFromScaleIn === true }),
    kept: keptMembers(params),
  };
};

/** @throws ValidationError when the numbers do not fit together */
export const checkSizes = ({ min, max, desired }: Pick<Group, 'min' | 'max' | 'desired'>): void => {
  if (min < 0) throw validation(`Min bound, ${min}, must be greater than or equal to 0.`);
  if (max < min) throw validation(`Max bound, ${max}, must be greater than or equal to min bound, ${min}`);
  if (desired < min || desired > max)
    throw validation(`Desired capacity:${desired} must be between the specified min size:${min} and max size:${max}`);
};

/** @throws ValidationError for AWS's own keys, a missing value, and too many */
export const readTags = (tags: readonly Params[]): Record<string, GroupTag> => {
  if (tags.length > MOST_TAGS) throw validation(`The number of tags exceeds the limit of ${MOST_TAGS}.`);
  return Object.fromEntries(
    tags.map(({ Key, Value = '', PropagateAtLaunch }) => {
      const key = String(Key);
      if (key.toLowerCase().startsWith('aws:'))
        throw validation(`Invalid tag key: ${key}. Tag keys starting with aws: are reserved.`);
      return [key, { value: String(Value), isPropagated: PropagateAtLaunch === true }];
    }),
  );
};

const TRANSITIONS = ['autoscaling:EC2_INSTANCE_LAUNCHING', 'autoscaling:EC2_INSTANCE_TERMINATING'];

/** A hook, new or with changes. @throws ValidationError */
export const readHook = (params: Params, existing?: Hook): Hook => {
  const transition = optionalText(params, 'LifecycleTransition') ?? existing?.transition;
  if (transition === undefined) throw validation('Lifecycle transition is required for a new lifecycle hook.');
  if (!TRANSITIONS.includes(transition))
    throw validation(`Invalid lifecycle transition: ${transition}. Valid values: ${TRANSITIONS.join(', ')}`);
  const timeout =
    (params.HeartbeatTimeout as number | undefined) ?? existing?.heartbeatTimeoutSeconds ?? HEARTBEAT.byDefault;
  if (timeout < HEARTBEAT.least || timeout > HEARTBEAT.most)
    throw validation(`Heartbeat timeout must be between ${HEARTBEAT.least} and ${HEARTBEAT.most} seconds.`);
  const result = optionalText(params, 'DefaultResult') ?? existing?.defaultResult ?? 'ABANDON';
  const target = optionalText(params, 'NotificationTargetARN');
  const metadata = optionalText(params, 'NotificationMetadata');
  const roleArn = optionalText(params, 'RoleARN');
  return {
    ...existing,
    name: String(params.LifecycleHookName),
    transition: transition as Transition,
    heartbeatTimeoutSeconds: timeout,
    defaultResult: readResult(result),
    ...(target === undefined ? {} : { notificationTargetArn: target }),
    ...(metadata === undefined ? {} : { notificationMetadata: metadata }),
    ...(roleArn === undefined ? {} : { roleArn }),
  };
};

/** @throws ValidationError */
export const readResult = (result: string): LifecycleResult => {
  if (result === 'CONTINUE' || result === 'ABANDON') return result;
  throw validation(`Invalid lifecycle action result: ${result}. Valid values: CONTINUE, ABANDON`);
};
