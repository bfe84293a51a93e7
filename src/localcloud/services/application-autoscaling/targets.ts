/** Scalable targets and their tags. */
import { AwsError, type Operation, type OperationTable, type Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { addTags, dropTags, type Tags } from '../tag-set.ts';
import { describedPage } from './describe.ts';
import { identity, NAMESPACE, type Target } from './model.ts';
import type { Scaler } from './scaler.ts';
import { invalid, type Store } from './store.ts';

const PAGE_SIZE = 50;
const ROLE =
  'aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService';

interface Ports {
  engine: Pick<Engine, 'clock' | 'random' | 'account' | 'region'>;
  store: Store;
  scaler: Scaler;
  /** Deletes a policy and the alarms that were made for it. */
  removePolicies(target: Target): void;
}

const tooManyTags = (): AwsError =>
  new AwsError('TooManyTagsException', 'A scalable target must not have more than 50 tags.');

export const targetOperations = ({ engine, store, scaler, removePolicies }: Ports): OperationTable => {
  const { account, region, clock, random } = engine;

  const checkBounds = (min: number | undefined, max: number | undefined): void => {
    if (min === undefined || max === undefined)
      throw invalid('MinCapacity and MaxCapacity must be specified when registering a new scalable target.');
    if (min < 0 || max < 0) throw invalid('Minimum and maximum capacity cannot be negative');
    if (max < min) throw invalid('Maximum capacity cannot be less than minimum capacity');
  };

  const register: Operation = (params) => {
    const resourceId = store.resourceOf(params);
    const existing = store.targets.get(resourceId);
    if (store.service(resourceId) === undefined) throw invalid(`ECS service doesn't exist: ${resourceId}`);
    const min = (params.MinCapacity ?? existing?.minCapacity) as number;
    const max = (params.MaxCapacity ?? existing?.maxCapacity) as number;
    checkBounds(min, max);
    const given = (params.Tags ?? {}) as Tags;
    if (existing !== undefined && Object.keys(given).length > 0)
      throw invalid('Tags can only be specified when registering a new scalable target; use TagResource.');
    const tags = addTags({}, given, tooManyTags);
    const suspended = (params.SuspendedState ?? {}) as Params;
    const before = existing?.suspended;
    const target: Target = {
      resourceId,
      arn: `arn:aws:application-autoscaling:${region}:${account}:scalable-target/0ec5${random.hex(32)}`,
      createdAt: clock.now(),
      tags,
      ...existing,
      minCapacity: min,
      maxCapacity: max,
      suspended: {
        in: suspended.DynamicScalingInSuspended ?? before?.in ?? false,
        out: suspended.DynamicScalingOutSuspended ?? before?.out ?? false,
        scheduled: suspended.ScheduledScalingSuspended ?? before?.scheduled ?? false,
      },
    };
    store.targets.set(resourceId, target);
    scaler.clamp(target);
    return { ScalableTargetARN: target.arn };
  };

  const describe: Operation = (params) => {
    const ids = params.ResourceIds as string[] | undefined;
    const wanted = [...store.targets.values()].filter(
      ({ resourceId }) =>
        store.isWanted(params, resourceId) && (ids === undefined || ids.length === 0 || ids.includes(resourceId)),
    );
    const { items, next } = describedPage('targets', wanted, params, PAGE_SIZE);
    return {
      ScalableTargets: items.map((target) => ({
        ...identity(target.resourceId),
        MinCapacity: target.minCapacity,
        MaxCapacity: target.maxCapacity,
        RoleARN: `arn:aws:iam::${account}:role/${ROLE}`,
        CreationTime: new Date(target.createdAt),
        SuspendedState: {
          DynamicScalingInSuspended: target.suspended.in,
          DynamicScalingOutSuspended: target.suspended.out,
          ScheduledScalingSuspended: target.suspended.scheduled,
        },
        ScalableTargetARN: target.arn,
      })),
      NextToken: next,
    };
  };

  const deregister: Operation = (params) => {
    const target = store.registered(params);
    removePolicies(target);
    for (const action of store.scheduledActionsOf(target.resourceId))
      store.scheduledActions.delete(store.childKey(action.resourceId, action.name));
    store.targets.delete(target.resourceId);
    return {};
  };

  const findTagged = (params: Params): Target => {
    const target = [...store.targets.values()].find(({ arn }) => arn === params.ResourceARN);
    if (target === undefined) {
      throw new AwsError('ResourceNotFoundException', `The resource ${params.ResourceARN} does not exist.`, 400, {
        ResourceName: params.ResourceARN,
      });
    }
    return target;
  };
  const tag: Operation = (params) => {
    addTags(findTagged(params).tags, params.Tags as Tags, tooManyTags);
    return {};
  };
  const untag: Operation = (params) => {
    dropTags(findTagged(params).tags, params.TagKeys);
    return {};
  };

  const resource = ({ ResourceId, ResourceARN }: Params): string => String(ResourceId ?? ResourceARN);
  return {
    RegisterScalableTarget: {
      run: register,
      mutating: true,
      resource,
      note: `only ${NAMESPACE} services; another namespace is refused, the role is ignored`,
    },
    DescribeScalableTargets: { run: describe, mutating: false },
    DeregisterScalableTarget: { run: deregister, mutating: true, resource },
    TagResource: { run: tag, mutating: true, resource },
    UntagResource: { run: untag, mutating: true, resource },
    ListTagsForResource: { run: (params) => ({ Tags: findTagged(params).tags }), mutating: false, resource },
  };
};
