import type { OperationTable, Params } from '../../engine/contract.ts';
import { optionalText, texts } from '../params.ts';
import { groupName, type Context } from './context.ts';
import { validation } from './errors.ts';
import type { Group } from './model.ts';
import { page } from './paging.ts';
import { executePolicy } from './policies.ts';

export const ADJUSTMENT_TYPES = ['ChangeInCapacity', 'ExactCapacity', 'PercentChangeInCapacity'];
const POLICY_TYPES = ['SimpleScaling', 'StepScaling', 'TargetTrackingScaling', 'PredictiveScaling'];

/** @throws ValidationError when what its type needs is missing */
const checkPolicy = (policy: Params): void => {
  const type = String(policy.PolicyType);
  if (!POLICY_TYPES.includes(type))
    throw validation(`Invalid policy type: ${type}. Valid values: ${POLICY_TYPES.join(', ')}`);
  const isByStep = type === 'SimpleScaling' || type === 'StepScaling';
  if (isByStep && !ADJUSTMENT_TYPES.includes(String(policy.AdjustmentType)))
    throw validation(`AdjustmentType must be one of ${ADJUSTMENT_TYPES.join(', ')} for policy type ${type}`);
  if (type === 'SimpleScaling' && policy.ScalingAdjustment === undefined)
    throw validation('ScalingAdjustment is required for policy type SimpleScaling');
  if (type === 'StepScaling' && ((policy.StepAdjustments as unknown[] | undefined) ?? []).length === 0)
    throw validation('At least one StepAdjustment is required for policy type StepScaling');
  if (type === 'TargetTrackingScaling' && policy.TargetTrackingConfiguration === undefined)
    throw validation('TargetTrackingConfiguration is required for policy type TargetTrackingScaling');
};

export const policyOperations = (context: Context): OperationTable => {
  const { engine, store } = context;
  const arnOf = (group: Group, name: string): string =>
    `arn:aws:autoscaling:${engine.region}:${engine.account}:scalingPolicy:${engine.random.uuid()}:autoScalingGroupName/${group.name}:policyName/${name}`;

  /** By name within a group, or by ARN alone. */
  const requirePolicy = (params: Params): { group: Group; policy: Params } => {
    const wanted = String(params.PolicyName);
    const name = optionalText(params, 'AutoScalingGroupName');
    const groups = name === undefined ? store.groups() : [store.require(name)];
    for (const group of groups) {
      const isIt = ({ PolicyName, PolicyARN }: Params): boolean =>
        PolicyARN === wanted || (name !== undefined && PolicyName === wanted);
      const policy = group.policies.find(isIt);
      if (policy !== undefined) return { group, policy };
    }
    throw validation(`PolicyName not found - No scaling policy found with name ${wanted}`);
  };

  return {
    PutScalingPolicy: {
      mutating: true,
      resource: groupName,
      note: 'simple and step scaling act when executed; target tracking and predictive scaling are kept, without alarms',
      run: (params) => {
        const group = store.require(String(params.AutoScalingGroupName));
        const existing = group.policies.find(({ PolicyName }) => PolicyName === params.PolicyName);
        const policy: Params = {
          ...params,
          PolicyType: params.PolicyType ?? 'SimpleScaling',
          Enabled: params.Enabled ?? true,
          PolicyARN: existing?.PolicyARN ?? arnOf(group, String(params.PolicyName)),
          Alarms: [],
        };
        delete policy.MinAdjustmentStep;
        checkPolicy(policy);
        group.policies = [...group.policies.filter((one) => one !== existing), policy];
        return { PolicyARN: policy.PolicyARN as string, Alarms: [] };
      },
    },
    DescribePolicies: {
      mutating: false,
      resource: groupName,
      run: (params) => {
        const name = groupName(params);
        const names = texts(params, 'PolicyNames');
        const types = texts(params, 'PolicyTypes');
        const found = (name === undefined ? store.groups() : [store.require(name)])
          .flatMap(({ policies }) => policies)
          .filter(
            ({ PolicyName, PolicyARN }) =>
              names.length === 0 || names.includes(PolicyName) || names.includes(PolicyARN),
          )
          .filter(({ PolicyType }) => types.length === 0 || types.includes(PolicyType));
        const { items, NextToken } = page(found, params, { byDefault: 50, most: 100 });
        return { ScalingPolicies: items, NextToken };
      },
    },
    DeletePolicy: {
      mutating: true,
      resource: groupName,
      run: (params) => {
        const { group, policy } = requirePolicy(params);
        group.policies = group.policies.filter((one) => one !== policy);
        return {};
      },
    },
    ExecutePolicy: {
      mutating: true,
      resource: groupName,
      run: (params) => {
        const { group, policy } = requirePolicy(params);
        const { MetricValue: value, BreachThreshold: threshold } = params as {
          MetricValue?: number;
          BreachThreshold?: number;
        };
        const breach = value === undefined || threshold === undefined ? undefined : value - threshold;
        executePolicy(context, group, policy, {
          by: 'a user request',
          honoursCooldown: params.HonorCooldown === true,
          ...(breach === undefined ? {} : { breach }),
        });
        return {};
      },
    },
    PutScheduledUpdateGroupAction: {
      mutating: true,
      resource: groupName,
      depth: 'keeps',
      run: (params) => {
        const group = store.require(String(params.AutoScalingGroupName));
        const name = String(params.ScheduledActionName);
        if ([params.MinSize, params.MaxSize, params.DesiredCapacity].every((size) => size === undefined))
          throw validation('At least one of MinSize, MaxSize and DesiredCapacity must be specified.');
        const { Time: time, StartTime: start = time, ...rest } = params;
        const action: Params = {
          ...rest,
          ScheduledActionARN: `arn:aws:autoscaling:${engine.region}:${engine.account}:scheduledUpdateGroupAction:${engine.random.uuid()}:autoScalingGroupName/${group.name}:scheduledActionName/${name}`,
          ...(start === undefined
            ? {}
            : { StartTime: (start as Date).toISOString(), Time: (start as Date).toISOString() }),
          ...(params.EndTime === undefined ? {} : { EndTime: (params.EndTime as Date).toISOString() }),
        };
        group.scheduledActions = [...group.scheduledActions.filter((one) => one.ScheduledActionName !== name), action];
        return {};
      },
    },
    DescribeScheduledActions: {
      mutating: false,
      resource: groupName,
      run: (params) => {
        const name = groupName(params);
        const names = texts(params, 'ScheduledActionNames');
        const found = (name === undefined ? store.groups() : [store.require(name)])
          .flatMap(({ scheduledActions }) => scheduledActions)
          .filter(({ ScheduledActionName }) => names.length === 0 || names.includes(ScheduledActionName));
        const { items, NextToken } = page(found, params, { byDefault: 50, most: 100 });
        // The state file has times as texts.
        const dates = ({ StartTime, EndTime }: Params): Params => ({
          ...(StartTime === undefined ? {} : { StartTime: new Date(StartTime), Time: new Date(StartTime) }),
          ...(EndTime === undefined ? {} : { EndTime: new Date(EndTime) }),
        });
        return { ScheduledUpdateGroupActions: items.map((action) => ({ ...action, ...dates(action) })), NextToken };
      },
    },
    DeleteScheduledAction: {
      mutating: true,
      resource: groupName,
      run: (params) => {
        const group = store.require(String(params.AutoScalingGroupName));
        const name = String(params.ScheduledActionName);
        if (!group.scheduledActions.some(({ ScheduledActionName }) => ScheduledActionName === name))
          throw validation(`Scheduled action name not found - ${name}`);
        group.scheduledActions = group.scheduledActions.filter(
          ({ ScheduledActionName }) => ScheduledActionName !== name,
        );
        return {};
      },
    },
  };
};
