import type { OperationTable, Params } from '../../engine/contract.ts';
import { optionalText } from '../params.ts';
import { groupName, type Context } from './context.ts';
import { describeActivity } from './describe.ts';
import { activityInProgress, validation } from './errors.ts';
import { isLeaving, type Group, type Member } from './model.ts';

/** @throws ValidationError when so many less would be fewer than the group's minimum */
const checkDecrement = (group: Group, count: number): void => {
  if (group.desired - count >= group.min) return;
  throw validation(
    `Currently, desiredSize equals minSize (${group.min}). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.`,
  );
};

/** Changes of a group's size by a user, and of which instances there are. */
export const capacityOperations = ({ engine, store, activities, lifecycle, control }: Context): OperationTable => {
  const setDesired = (params: Params): Params => {
    const group = store.require(String(params.AutoScalingGroupName));
    const desired = params.DesiredCapacity as number;
    if (desired > group.max)
      throw validation(
        `New SetDesiredCapacity value ${desired} is above max value ${group.max} for the AutoScalingGroup.`,
      );
    if (desired < group.min)
      throw validation(
        `New SetDesiredCapacity value ${desired} is below min value ${group.min} for the AutoScalingGroup.`,
      );
    if (params.HonorCooldown === true) {
      const blocking = activities.blocking(group);
      if (blocking !== undefined) throw activityInProgress(blocking);
      group.cooldownUntil = engine.clock.now() + group.cooldownSeconds * 1000;
    }
    if (desired === group.desired) return {};
    const change = `a user request explicitly set group desired capacity changing the desired capacity from ${group.desired} to ${desired}.`;
    group.causes.push(activities.at(change));
    group.desired = desired;
    control.lookSoon(group);
    return {};
  };

  const terminateOne = (group: Group, member: Member, isDecrement: boolean): Params => {
    const { instanceId } = member;
    const what = `instance ${instanceId} was taken out of service in response to a user request`;
    const shrinking = isDecrement ? `, shrinking the capacity from ${group.desired} to ${group.desired - 1}` : '';
    if (isDecrement) group.desired -= 1;
    else group.replacements += 1;
    const id = lifecycle.terminate(group, member, [activities.at(`${what}${shrinking}.`)]);
    return describeActivity(store.activity(id)!);
  };
  const terminate = (params: Params): Params => {
    const { InstanceIds: several, ShouldDecrementDesiredCapacity: isDecrement } = params as {
      InstanceIds?: string[];
      ShouldDecrementDesiredCapacity: boolean;
    };
    const single = optionalText(params, 'InstanceId');
    if ((single === undefined) === (several === undefined))
      throw validation('Exactly one of InstanceId and InstanceIds must be specified.');
    const name = optionalText(params, 'AutoScalingGroupName');
    if (several !== undefined && name === undefined)
      throw validation('AutoScalingGroupName is required when InstanceIds is specified.');
    const group = name === undefined ? undefined : store.require(name);
    const found = (several ?? [single!]).map((id) => store.requireMember(id, group));
    const leaving = found.find(({ member }) => isLeaving(member));
    const blocking = leaving && store.activity(leaving.member.activityId);
    if (blocking !== undefined) throw activityInProgress(blocking.id);
    // All are of one group: several need its name.
    if (isDecrement && found[0] !== undefined) checkDecrement(found[0].group, found.length);
    const shown = found.map(({ group: its, member }) => terminateOne(its, member, isDecrement));
    for (const { group: its } of found) control.lookSoon(its);
    return several === undefined ? { Activity: shown[0] } : { Activities: shown };
  };

  return {
    SetDesiredCapacity: { run: setDesired, mutating: true, resource: groupName },
    TerminateInstanceInAutoScalingGroup: {
      run: terminate,
      mutating: true,
      resource: (params) => optionalText(params, 'InstanceId') ?? groupName(params),
    },
  };
};
