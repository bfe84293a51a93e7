/** Scaling policies. */
import { AwsError, type Operation, type OperationTable, type Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import type { ScalingAlarms } from '../cloudwatch.ts';
import { describedPage } from './describe.ts';
import { identity, type Policy, type Target } from './model.ts';
import { sameMetric, trackingAlarms } from './policy-alarms.ts';
import { readPolicy } from './policy-input.ts';
import { invalid, limitExceeded, type Store } from './store.ts';

const PAGE_SIZE = 10;
const POLICIES_PER_TARGET = 50;

interface Ports {
  engine: Pick<Engine, 'clock' | 'random' | 'account' | 'region'>;
  store: Store;
  alarms: ScalingAlarms;
}

export const createPolicies = ({ engine, store, alarms }: Ports) => {
  const { account, region, clock, random } = engine;

  const alarmsOf = (policy: Policy): Params[] =>
    alarms.callersOf(policy.arn).map((name) => ({ AlarmName: name, AlarmARN: alarms.arnOf(name) }));

  const newPolicy = (resourceId: string, name: string): Omit<Policy, 'type'> => {
    const id = random.uuid();
    return {
      name,
      arn: `arn:aws:autoscaling:${region}:${account}:scalingPolicy:${id}:resource/ecs/${resourceId}:policyName/${name}`,
      resourceId,
      createdAt: clock.now(),
    };
  };

  /** CloudWatch judges the metric; what it refuses is a mistake of this call. */
  const putAlarms = (policy: Policy): void => {
    try {
      for (const alarm of trackingAlarms(policy)) alarms.put(alarm);
    } catch (error) {
      throw error instanceof AwsError ? invalid(error.message) : error;
    }
  };

  const put: Operation = (params) => {
    const { resourceId } = store.owner(params);
    const name = String(params.PolicyName);
    const key = store.childKey(resourceId, name);
    const existing = store.policies.get(key);
    const configuration = readPolicy(params, existing?.type);
    const siblings = store.policiesOf(resourceId).filter((one) => one !== existing);
    if (existing === undefined && siblings.length >= POLICIES_PER_TARGET)
      throw limitExceeded(`A scalable target must not have more than ${POLICIES_PER_TARGET} scaling policies.`);
    const policy: Policy = { ...(existing ?? newPolicy(resourceId, name)), ...configuration };
    if (policy.type === 'TargetTrackingScaling') {
      if (siblings.some((one) => one.type === policy.type && sameMetric(one, policy)))
        throw invalid('Only one TargetTrackingScaling policy for a given metric specification is allowed.');
      policy.alarmHigh ??= `TargetTracking-${resourceId}-AlarmHigh-${random.uuid()}`;
      policy.alarmLow ??= `TargetTracking-${resourceId}-AlarmLow-${random.uuid()}`;
      putAlarms(policy);
    }
    store.policies.set(key, policy);
    return { PolicyARN: policy.arn, Alarms: alarmsOf(policy) };
  };

  const describe: Operation = (params) => {
    const names = params.PolicyNames as string[] | undefined;
    const wanted = [...store.policies.values()].filter(
      ({ resourceId, name }) =>
        store.isWanted(params, resourceId) && (names === undefined || names.length === 0 || names.includes(name)),
    );
    const { items, next } = describedPage('policies', wanted, params, PAGE_SIZE);
    return {
      ScalingPolicies: items.map((policy) => ({
        PolicyARN: policy.arn,
        PolicyName: policy.name,
        ...identity(policy.resourceId),
        PolicyType: policy.type,
        StepScalingPolicyConfiguration: policy.step,
        TargetTrackingScalingPolicyConfiguration: policy.tracking,
        Alarms: alarmsOf(policy),
        CreationTime: new Date(policy.createdAt),
      })),
      NextToken: next,
    };
  };

  const remove = (policy: Policy): void => {
    store.policies.delete(store.childKey(policy.resourceId, policy.name));
    alarms.delete([policy.alarmHigh ?? '', policy.alarmLow ?? '']);
  };

  const resource = ({ ResourceId }: Params): string | undefined => ResourceId as string | undefined;
  const operations: OperationTable = {
    PutScalingPolicy: {
      run: put,
      mutating: true,
      resource,
      note: 'target tracking (CPU, memory, customised metric) and step scaling; no predictive scaling, no ALB or high-resolution metrics',
    },
    DescribeScalingPolicies: { run: describe, mutating: false, resource },
    DeleteScalingPolicy: {
      run: (params) => {
        remove(store.policy(params));
        return {};
      },
      mutating: true,
      resource,
    },
  };
  return {
    operations,
    removeAll: ({ resourceId }: Target): void => store.policiesOf(resourceId).forEach(remove),
  };
};
