import { AwsError, type OperationTable, type Params } from '../../engine/contract.ts';
import { list, texts } from '../params.ts';
import { groupName, type Context } from './context.ts';
import { describeGroup, describeMemberOf } from './describe.ts';
import { limitExceeded, resourceInUse, validation } from './errors.ts';
import { MOST_HOOKS } from './hooks.ts';
import { checkSizes, readHook, readSettings, readTags } from './input.ts';
import type { Group } from './model.ts';
import { page } from './paging.ts';

export const MOST_GROUPS = 500;

const filterMatches = (group: Group, { Name: name, Values: values = [] }: Params): boolean => {
  const wanted = (values as unknown[]).map(String);
  const tags = Object.entries(group.tags);
  if (name === 'tag-key') return tags.some(([key]) => wanted.includes(key));
  if (name === 'tag-value') return tags.some(([, { value }]) => wanted.includes(value));
  if (typeof name === 'string' && name.startsWith('tag:'))
    return wanted.includes(group.tags[name.slice('tag:'.length)]?.value ?? '\0');
  throw validation(`Filter type ${String(name)} is not correct. Allowed Filter types are: tag-key tag-value tag:<key>`);
};

export const createGroup = (
  { engine, activities }: Pick<Context, 'engine' | 'activities'>,
  settings: Partial<Group> & Pick<Group, 'name' | 'min' | 'max' | 'desired' | 'template' | 'subnets' | 'zones'>,
): Group => {
  const request = `a user request created an AutoScalingGroup changing the desired capacity from 0 to ${settings.desired}.`;
  return {
    arn: `arn:aws:autoscaling:${engine.region}:${engine.account}:autoScalingGroup:${engine.random.uuid()}:autoScalingGroupName/${settings.name}`,
    createdAt: engine.clock.now(),
    healthCheckType: 'EC2',
    healthCheckGracePeriodSeconds: 0,
    cooldownSeconds: 300,
    terminationPolicies: ['Default'],
    isNewProtected: false,
    balancers: [],
    kept: {},
    tags: {},
    members: [],
    suspended: {},
    hooks: [],
    policies: [],
    scheduledActions: [],
    refreshes: [],
    causes: settings.desired > 0 ? [activities.at(request)] : [],
    replacements: 0,
    cooldownUntil: 0,
    zoneRestsUntil: {},
    isDeleting: false,
    ...settings,
  };
};

export const groupOperations = (context: Context): OperationTable => {
  const { engine, store, fleet, templates, balancers, activities, control } = context;

  const create = (params: Params): Params => {
    const name = String(params.AutoScalingGroupName);
    if (store.find(name) !== undefined)
      throw new AwsError(
        'AlreadyExists',
        `AutoScalingGroup by this name already exists - A group with the name ${name} already exists`,
      );
    if (store.groups().length >= MOST_GROUPS)
      throw limitExceeded(`You have reached the limit of ${MOST_GROUPS} Auto Scaling groups.`);
    const { template, subnets, zones, ...settings } = readSettings(params, templates);
    if (params.InstanceId !== undefined)
      throw validation('Groups made after an instance are not served by this local cloud.');
    if (template === undefined)
      throw validation(
        'Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.',
      );
    if (subnets === undefined || zones === undefined)
      throw validation('At least one Availability Zone or VPC Subnet is required.');
    const names = [
      ...texts(params, 'LoadBalancerNames'),
      ...list(params, 'TrafficSources').map(({ Identifier }) => String(Identifier)),
    ];
    const unknown = names.find((balancer) => !balancers.exists(balancer));
    if (unknown !== undefined)
      throw validation(`Provided Load Balancers may not be valid. Please ensure they exist and try again.`);
    const [min, max] = [Number(params.MinSize), Number(params.MaxSize)];
    const sizes = { min, max, desired: (params.DesiredCapacity as number | undefined) ?? min };
    checkSizes(sizes);
    const hooks = list(params, 'LifecycleHookSpecificationList').map((hook) => readHook(hook));
    if (hooks.length > MOST_HOOKS) throw limitExceeded(`A group may have ${MOST_HOOKS} lifecycle hooks.`);
    const tags = readTags(list(params, 'Tags'));
    const group = createGroup(context, {
      ...settings,
      name,
      ...sizes,
      template,
      subnets,
      zones,
      tags,
      hooks,
      balancers: names,
    });
    store.add(group);
    control.lookSoon(group);
    return {};
  };

  const update = (params: Params): Params => {
    const group = store.require(String(params.AutoScalingGroupName));
    const settings = readSettings(params, templates);
    const min = (params.MinSize as number | undefined) ?? group.min;
    const max = (params.MaxSize as number | undefined) ?? group.max;
    const wanted = params.DesiredCapacity as number | undefined;
    const desired = wanted ?? Math.min(Math.max(group.desired, min), Math.max(min, max));
    checkSizes({ min, max, desired });
    if (desired !== group.desired) {
      const change = `a user request update of AutoScalingGroup constraints to min: ${min}, max: ${max}, desired: ${desired} changing the desired capacity from ${group.desired} to ${desired}.`;
      group.causes.push(activities.at(change));
    }
    Object.assign(group, settings, { min, max, desired, kept: { ...group.kept, ...settings.kept } });
    control.lookSoon(group);
    return {};
  };

  const remove = (params: Params): Params => {
    const group = store.require(String(params.AutoScalingGroupName));
    const isForced = params.ForceDelete === true;
    const protection: unknown = group.kept.DeletionProtection ?? 'none';
    if (protection === 'prevent-all-deletion' || (isForced && protection === 'prevent-force-deletion'))
      throw validation(
        `The Auto Scaling group ${group.name} is protected from deletion by its deletion protection setting ${String(protection)}.`,
      );
    if (!isForced && activities.inProgress(group) !== undefined)
      throw new AwsError(
        'ScalingActivityInProgress',
        'You cannot delete an AutoScalingGroup while there are scaling activities in progress for that group.',
      );
    if (!isForced && group.members.length > 0)
      throw resourceInUse(
        'You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.',
      );
    group.isDeleting = true;
    group.hooks = [];
    const what = `a user request force deleted AutoScalingGroup changing the desired capacity from ${group.desired} to 0.`;
    const causes = [activities.at(what)];
    Object.assign(group, { min: 0, desired: 0 });
    for (const member of group.members) context.lifecycle.terminate(group, member, causes);
    control.look(group);
    return {};
  };

  return {
    CreateAutoScalingGroup: {
      run: create,
      mutating: true,
      resource: groupName,
      note: 'launch templates only; no mixed instances, target groups, warm pools; maintenance policy and instance lifetime are kept',
    },
    UpdateAutoScalingGroup: { run: update, mutating: true, resource: groupName, note: 'as CreateAutoScalingGroup' },
    DeleteAutoScalingGroup: { run: remove, mutating: true, resource: groupName },
    DescribeAutoScalingGroups: {
      mutating: false,
      resource: (params) => texts(params, 'AutoScalingGroupNames').join(',') || undefined,
      run: (params) => {
        const names = texts(params, 'AutoScalingGroupNames');
        const found = store
          .groups()
          .filter(({ name, arn }) => names.length === 0 || names.includes(name) || names.includes(arn))
          .filter((group) => list(params, 'Filters').every((filter) => filterMatches(group, filter)))
          .toSorted((a, b) => (a.name < b.name ? -1 : 1));
        const { items, NextToken } = page(found, params, { byDefault: 50, most: 100 });
        const withInstances = params.IncludeInstances !== false;
        return { AutoScalingGroups: items.map((group) => describeGroup(group, withInstances)), NextToken };
      },
    },
    DescribeAutoScalingInstances: {
      mutating: false,
      run: (params) => {
        const ids = texts(params, 'InstanceIds');
        if (ids.length > 50) throw validation('The number of instance IDs that may be passed in is limited to 50');
        const found = store
          .groups()
          .flatMap((group) => group.members.map((member) => ({ group, member })))
          .filter(({ member }) => ids.length === 0 || ids.includes(member.instanceId));
        const { items, NextToken } = page(found, params, { byDefault: 50, most: 50 });
        return { AutoScalingInstances: items.map(({ group, member }) => describeMemberOf(group, member)), NextToken };
      },
    },
    AttachLoadBalancers: {
      mutating: true,
      resource: groupName,
      run: (params) => {
        const group = store.require(String(params.AutoScalingGroupName));
        const names = texts(params, 'LoadBalancerNames');
        if (names.some((name) => !balancers.exists(name)))
          throw validation('Provided Load Balancers may not be valid. Please ensure they exist and try again.');
        for (const name of names.filter((one) => !group.balancers.includes(one))) {
          group.balancers.push(name);
          if (group.suspended.AddToLoadBalancer !== undefined) continue;
          const serving = group.members.filter(({ state }) => state === 'InService');
          for (const { instanceId } of serving) if (fleet.get(instanceId)) balancers.register(name, instanceId);
        }
        return {};
      },
    },
    DetachLoadBalancers: {
      mutating: true,
      resource: groupName,
      run: (params) => {
        const group = store.require(String(params.AutoScalingGroupName));
        const names = texts(params, 'LoadBalancerNames');
        const strange = names.find((name) => !group.balancers.includes(name));
        if (strange !== undefined)
          throw validation(`Trying to remove Load Balancers that are not part of the group: ${strange}`);
        group.balancers = group.balancers.filter((name) => !names.includes(name));
        for (const name of names.filter(balancers.exists)) {
          for (const { instanceId } of group.members) if (fleet.get(instanceId)) balancers.deregister(name, instanceId);
        }
        engine.changed();
        return {};
      },
    },
    DescribeLoadBalancers: {
      mutating: false,
      resource: groupName,
      run: (params) => {
        const group = store.require(String(params.AutoScalingGroupName));
        const { items, NextToken } = page(group.balancers, params, { byDefault: 100, most: 100 });
        return {
          LoadBalancers: items.map((LoadBalancerName) => ({ LoadBalancerName, State: 'InService' })),
          NextToken,
        };
      },
    },
  };
};
