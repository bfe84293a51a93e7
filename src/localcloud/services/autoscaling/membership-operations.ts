import type { OperationTable, Params } from '../../engine/contract.ts';
import { texts } from '../params.ts';
import { groupName, type Context } from './context.ts';
import { describeActivity } from './describe.ts';
import { limitExceeded, validation } from './errors.ts';
import type { Group, Member } from './model.ts';

const MOST_IDS = 20;
const MOST_PROTECTED_IDS = 50;

const idsOf = (params: Params): string[] => {
  const ids = texts(params, 'InstanceIds');
  if (ids.length === 0) throw validation('At least one instance ID is required.');
  if (ids.length > MOST_IDS)
    throw validation(`The number of instance IDs that may be passed in is limited to ${MOST_IDS}`);
  return ids;
};

/** @throws ValidationError when the group's bounds do not allow so many more or fewer */
const checkBounds = (group: Group, change: number, what: string): void => {
  const desired = group.desired + change;
  if (desired >= group.min && desired <= group.max) return;
  const count = Math.abs(change);
  throw validation(
    `AutoScalingGroup ${group.name} has min-size=${group.min}, max-size=${group.max}, and desired-size=${group.desired}. To ${what} ${count}${what === 'attach' ? ' more' : ''} instance${count === 1 ? '' : 's'}, please update the AutoScalingGroup sizes appropriately.`,
  );
};

/** Instances that come from outside, go on standby, or leave their group and live on. */
export const membershipOperations = (context: Context): OperationTable => {
  const { engine, store, fleet, activities, lifecycle, control } = context;

  const inState = (group: Group, ids: readonly string[], state: Member['state']): Member[] =>
    ids.map((id) => {
      const { member } = store.requireMember(id, group);
      if (member.state !== state) throw validation(`The instance ${id} is not in ${state}.`);
      return member;
    });

  const attach = (params: Params): Params => {
    const group = store.require(String(params.AutoScalingGroupName));
    const ids = idsOf(params);
    checkBounds(group, ids.length, 'attach');
    const instances = ids.map((id) => {
      const instance = fleet.get(id);
      if (instance === undefined || instance.state === 'terminated')
        throw validation(`Invalid Instance ID(s): [${id}] specified`);
      if (instance.state !== 'running')
        throw validation(`Instance ${id} is not in correct state. Instance(s) must be in 'running' state.`);
      const other = store.groupOf(id);
      if (other !== undefined) throw validation(`Instance ${id} is already part of AutoScalingGroup: ${other.name}`);
      if (!group.zones.includes(instance.availabilityZone))
        throw validation(`Instance ${id} is not in an Availability Zone of the Auto Scaling group.`);
      return instance;
    });
    for (const instance of instances) {
      const { instanceId, instanceType, availabilityZone } = instance;
      const what = `an instance was attached in response to a user request, increasing the capacity from ${group.desired} to ${group.desired + 1}.`;
      const activity = activities.begin(group, {
        description: `Attaching an existing EC2 instance: ${instanceId}`,
        causes: [activities.at(what)],
        zone: availabilityZone,
        status: 'InProgress',
      });
      group.desired += 1;
      instance.tags['aws:autoscaling:groupName'] = group.name;
      const member: Member = {
        instanceId,
        instanceType,
        zone: availabilityZone,
        state: 'Pending',
        health: 'Healthy',
        isProtected: group.isNewProtected,
        launchedAt: instance.launchedAt,
        activityId: activity.id,
      };
      store.enrol(group, member);
      lifecycle.advance(group, member);
    }
    control.lookSoon(group);
    return {};
  };

  /** DetachInstances and EnterStandby: out of service, with or without somebody in its place. */
  const takeOut = (params: Params, to: 'Detaching' | 'EnteringStandby'): Params => {
    const group = store.require(String(params.AutoScalingGroupName));
    const ids = idsOf(params);
    const isDetaching = to === 'Detaching';
    const isStandby = (id: string): boolean => store.member(id)?.member.state === 'Standby';
    const members = ids.map((id) => inState(group, [id], isDetaching && isStandby(id) ? 'Standby' : 'InService')[0]!);
    const isDecrement = params.ShouldDecrementDesiredCapacity === true;
    if (isDecrement) checkBounds(group, -ids.length, isDetaching ? 'detach' : 'place into standby');
    const shown = members.map((member) => {
      const { instanceId, zone } = member;
      const did = isDetaching ? 'was detached' : 'was moved to standby';
      const shrinking = isDecrement ? `, shrinking the capacity from ${group.desired} to ${group.desired - 1}` : '';
      const activity = activities.begin(group, {
        description: `${isDetaching ? 'Detaching EC2 instance' : 'Moving EC2 instance to Standby'}: ${instanceId}`,
        causes: [activities.at(`instance ${instanceId} ${did} in response to a user request${shrinking}.`)],
        zone,
        status: 'InProgress',
        progress: 50,
      });
      const answer = describeActivity(activity);
      if (isDecrement) group.desired -= 1;
      Object.assign(member, { state: to, activityId: activity.id });
      lifecycle.leaveBalancers(group, member);
      return answer;
    });
    control.lookSoon(group);
    return { Activities: shown };
  };

  const exitStandby = (params: Params): Params => {
    const group = store.require(String(params.AutoScalingGroupName));
    const members = inState(group, idsOf(params), 'Standby');
    checkBounds(group, members.length, 'take out of standby');
    const shown = members.map((member) => {
      const { instanceId, zone } = member;
      const what = `instance ${instanceId} was moved out of standby in response to a user request, increasing the capacity from ${group.desired} to ${group.desired + 1}.`;
      const activity = activities.begin(group, {
        description: `Moving EC2 instance out of Standby: ${instanceId}`,
        causes: [activities.at(what)],
        zone,
        status: 'PreInService',
        progress: 30,
      });
      const answer = describeActivity(activity);
      group.desired += 1;
      Object.assign(member, { state: 'Pending', activityId: activity.id });
      return answer;
    });
    control.lookSoon(group);
    return { Activities: shown };
  };

  return {
    AttachInstances: { run: attach, mutating: true, resource: groupName },
    DetachInstances: { run: (params) => takeOut(params, 'Detaching'), mutating: true, resource: groupName },
    EnterStandby: { run: (params) => takeOut(params, 'EnteringStandby'), mutating: true, resource: groupName },
    ExitStandby: { run: exitStandby, mutating: true, resource: groupName },
    SetInstanceProtection: {
      mutating: true,
      resource: groupName,
      run: (params) => {
        const group = store.require(String(params.AutoScalingGroupName));
        const ids = texts(params, 'InstanceIds');
        if (ids.length > MOST_PROTECTED_IDS)
          throw limitExceeded(`The number of instance IDs that may be passed in is limited to ${MOST_PROTECTED_IDS}`);
        const members = ids.map((id) => store.requireMember(id, group).member);
        const open = members.find(
          ({ state }) => state !== 'InService' && state !== 'Standby' && !state.startsWith('Pending'),
        );
        if (open !== undefined)
          throw validation(`The instance ${open.instanceId} is not in InService, EnteringStandby or Standby.`);
        for (const member of members) member.isProtected = params.ProtectedFromScaleIn === true;
        delete group.protectedNoticeFor;
        control.lookSoon(group);
        return {};
      },
    },
    SetInstanceHealth: {
      mutating: true,
      resource: (params) => String(params.InstanceId),
      run: (params) => {
        const { group, member } = store.requireMember(String(params.InstanceId));
        const status = String(params.HealthStatus).toLowerCase();
        if (status !== 'healthy' && status !== 'unhealthy')
          throw validation(`Invalid Health Status: ${String(params.HealthStatus)}. Valid values: Healthy, Unhealthy`);
        const since = member.inServiceSince ?? engine.clock.now();
        const isInGrace = engine.clock.now() < since + group.healthCheckGracePeriodSeconds * 1000;
        if (status === 'unhealthy' && isInGrace && params.ShouldRespectGracePeriod !== false) return {};
        member.health = status === 'healthy' ? 'Healthy' : 'Unhealthy';
        if (status === 'healthy') delete member.unhealthyBecause;
        else member.unhealthyBecause = 'a user health-check.';
        control.lookSoon(group);
        return {};
      },
    },
  };
};
