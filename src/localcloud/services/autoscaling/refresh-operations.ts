import { AwsError, type OperationTable, type Params } from '../../engine/contract.ts';
import { texts } from '../params.ts';
import { groupName, type Context } from './context.ts';
import { describeRefresh } from './describe.ts';
import { validation } from './errors.ts';
import { readTemplate } from './input.ts';
import { activeRefresh, type Group, type Refresh, type RefreshPreferences, type TemplateReference } from './model.ts';
import { page } from './paging.ts';

const CHECKPOINT_DELAY_SECONDS = 3600;
const MIN_HEALTHY = 90;

const noActiveRefresh = (group: Group): AwsError =>
  new AwsError(
    'ActiveInstanceRefreshNotFound',
    `No in progress or pending Instance Refresh found for Auto Scaling group ${group.name}`,
  );

/** @throws ValidationError when the numbers do not fit together */
const readPreferences = (given: Params, group: Group): RefreshPreferences => {
  const policy = group.kept.InstanceMaintenancePolicy as Params | undefined;
  const ofPolicy = (name: string): number | undefined => {
    const value = policy?.[name] as number | undefined;
    return value === undefined || value < 0 ? undefined : value;
  };
  if (given.MaxHealthyPercentage !== undefined && given.MinHealthyPercentage === undefined)
    throw validation('You must specify MinHealthyPercentage when you specify MaxHealthyPercentage.');
  const min = Number(given.MinHealthyPercentage ?? ofPolicy('MinHealthyPercentage') ?? MIN_HEALTHY);
  const max = (given.MaxHealthyPercentage ?? ofPolicy('MaxHealthyPercentage')) as number | undefined;
  if (max !== undefined && max - min > 100)
    throw validation(
      'The difference between MaxHealthyPercentage and MinHealthyPercentage cannot be greater than 100.',
    );
  const checkpoints = (given.CheckpointPercentages as number[] | undefined) ?? [];
  if (checkpoints.some((one, i) => i > 0 && one <= checkpoints[i - 1]!))
    throw validation('CheckpointPercentages must be unique and in ascending order.');
  if (given.CheckpointDelay !== undefined && checkpoints.length === 0)
    throw validation('You must specify CheckpointPercentages when you specify CheckpointDelay.');
  const warmup = (given.InstanceWarmup ?? group.kept.DefaultInstanceWarmup) as number | undefined;
  return {
    minHealthyPercentage: min,
    ...(max === undefined ? {} : { maxHealthyPercentage: max }),
    instanceWarmupSeconds: warmup === undefined || warmup < 0 ? group.healthCheckGracePeriodSeconds : warmup,
    checkpointPercentages: checkpoints,
    checkpointDelaySeconds: (given.CheckpointDelay as number | undefined) ?? CHECKPOINT_DELAY_SECONDS,
    skipsMatching: given.SkipMatching === true,
    rollsBack: given.AutoRollback === true,
    scaleInProtected: (given.ScaleInProtectedInstances as RefreshPreferences['scaleInProtected']) ?? 'Wait',
    standby: (given.StandbyInstances as RefreshPreferences['standby']) ?? 'Wait',
    bakeSeconds: (given.BakeTime as number | undefined) ?? 0,
    alarms: ((given.AlarmSpecification as Params | undefined)?.Alarms as string[] | undefined) ?? [],
  };
};

/** Back one can only go to a configuration that stays what it was. */
const isReversible = (group: Group, desired: TemplateReference | undefined): boolean =>
  desired !== undefined && !desired.version.startsWith('$') && !group.template.version.startsWith('$');

export const refreshOperations = (context: Context): OperationTable => {
  const { engine, store, templates, refresher, control } = context;

  const start = (params: Params): Params => {
    const group = store.require(String(params.AutoScalingGroupName));
    if (params.Strategy === 'ReplaceRootVolume')
      throw validation('The strategy ReplaceRootVolume is not served by this local cloud.');
    if (activeRefresh(group) !== undefined)
      throw new AwsError(
        'InstanceRefreshInProgress',
        'An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.',
      );
    const configuration = params.DesiredConfiguration as Params | undefined;
    const reference = (configuration?.LaunchTemplate ??
      configuration?.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification) as Params | undefined;
    const desired = reference && readTemplate(reference, templates);
    const preferences = readPreferences((params.Preferences as Params | undefined) ?? {}, group);
    if (preferences.rollsBack && !isReversible(group, desired))
      throw validation(
        'Auto rollback requires a desired configuration, and launch template versions other than $Latest and $Default.',
      );
    const refresh: Refresh = {
      id: engine.random.uuid(),
      status: 'Pending',
      percentageComplete: 0,
      instancesToUpdate: group.members.length,
      preferences,
      outdated: [],
      outdatedAtFirst: 0,
      checkpointsPassed: 0,
      ...(desired === undefined ? {} : { desired }),
    };
    group.refreshes.unshift(refresh);
    control.lookSoon(group);
    return { InstanceRefreshId: refresh.id };
  };

  return {
    StartInstanceRefresh: {
      run: start,
      mutating: true,
      resource: groupName,
      note: 'Rolling only; alarms are kept',
    },
    CancelInstanceRefresh: {
      mutating: true,
      resource: groupName,
      run: (params) => {
        const group = store.require(String(params.AutoScalingGroupName));
        const refresh = activeRefresh(group);
        if (refresh === undefined) throw noActiveRefresh(group);
        Object.assign(refresh, {
          status: 'Cancelling',
          statusReason: 'Cancelled by user.',
          waitsForTransitions: params.WaitForTransitioningInstances !== false,
        });
        control.lookSoon(group);
        return { InstanceRefreshId: refresh.id };
      },
    },
    RollbackInstanceRefresh: {
      mutating: true,
      resource: groupName,
      run: (params) => {
        const group = store.require(String(params.AutoScalingGroupName));
        const refresh = activeRefresh(group);
        if (refresh === undefined || refresh.rollback !== undefined) throw noActiveRefresh(group);
        if (!isReversible(group, refresh.desired))
          throw new AwsError(
            'IrreversibleInstanceRefresh',
            'The instance refresh cannot be rolled back: it has no desired configuration, or a launch template version is $Latest or $Default.',
          );
        refresher.beginRollback(group, refresh, 'Rollback requested by user.');
        control.lookSoon(group);
        return { InstanceRefreshId: refresh.id };
      },
    },
    DescribeInstanceRefreshes: {
      mutating: false,
      resource: groupName,
      run: (params) => {
        const group = store.require(String(params.AutoScalingGroupName));
        const ids = texts(params, 'InstanceRefreshIds');
        const strange = ids.find((id) => !group.refreshes.some((refresh) => refresh.id === id));
        if (strange !== undefined) throw validation(`Instance refresh ID not found - ${strange}`);
        const found = group.refreshes.filter(({ id }) => ids.length === 0 || ids.includes(id));
        const { items, NextToken } = page(found, params, { byDefault: 50, most: 100 });
        return { InstanceRefreshes: items.map((refresh) => describeRefresh(group, refresh)), NextToken };
      },
    },
  };
};
