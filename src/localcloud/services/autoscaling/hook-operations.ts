import type { OperationTable, Params } from '../../engine/contract.ts';
import { optionalText, texts } from '../params.ts';
import { groupName, type Context } from './context.ts';
import { describeHook } from './describe.ts';
import { limitExceeded, validation } from './errors.ts';
import { MOST_HOOKS } from './hooks.ts';
import { readHook, readResult } from './input.ts';
import type { Group, LifecycleAction, Member } from './model.ts';

export const hookOperations = ({ engine, store, hooks, lifecycle, control }: Context): OperationTable => {
  /** The instance that waits for the hook a call speaks of, by its id or its token. */
  const waiting = (params: Params): { group: Group; member: Member; action: LifecycleAction } => {
    const group = store.require(String(params.AutoScalingGroupName));
    const name = String(params.LifecycleHookName);
    const instanceId = optionalText(params, 'InstanceId');
    const token = optionalText(params, 'LifecycleActionToken');
    if (instanceId === undefined && token === undefined)
      throw validation('Either LifecycleActionToken or InstanceId must be specified.');
    const member = group.members.find(
      ({ action, ...one }) =>
        action?.hook === name &&
        (token === undefined || action.token === token) &&
        (instanceId === undefined || one.instanceId === instanceId),
    );
    if (member?.action === undefined) {
      const by = token === undefined ? `instance ID ${instanceId}` : `token ${token}`;
      throw validation(`No active Lifecycle Action found with ${by}`);
    }
    return { group, member, action: member.action };
  };

  return {
    PutLifecycleHook: {
      mutating: true,
      resource: groupName,
      note: 'nobody is notified: ask DescribeAutoScalingInstances who waits',
      run: (params) => {
        const group = store.require(String(params.AutoScalingGroupName));
        const index = group.hooks.findIndex(({ name }) => name === params.LifecycleHookName);
        const hook = readHook(params, group.hooks[index]);
        if (index >= 0) group.hooks[index] = hook;
        else if (group.hooks.length >= MOST_HOOKS)
          throw limitExceeded(`You have reached the limit of ${MOST_HOOKS} lifecycle hooks for this group.`);
        else group.hooks.push(hook);
        return {};
      },
    },
    DescribeLifecycleHooks: {
      mutating: false,
      resource: groupName,
      run: (params) => {
        const group = store.require(String(params.AutoScalingGroupName));
        const names = texts(params, 'LifecycleHookNames');
        const found = group.hooks.filter(({ name }) => names.length === 0 || names.includes(name));
        return { LifecycleHooks: found.map((hook) => describeHook(group, hook)) };
      },
    },
    DeleteLifecycleHook: {
      mutating: true,
      resource: groupName,
      run: (params) => {
        const group = store.require(String(params.AutoScalingGroupName));
        const name = String(params.LifecycleHookName);
        if (!group.hooks.some((hook) => hook.name === name))
          throw validation(`Lifecycle Hook name not found - No lifecycle hook found with name ${name}`);
        group.hooks = group.hooks.filter((hook) => hook.name !== name);
        // What waits for it goes on: as ABANDON where it launches, as CONTINUE where it terminates.
        for (const member of group.members.filter(({ action }) => action?.hook === name)) {
          lifecycle.complete(group, member, member.state === 'Pending:Wait' ? 'ABANDON' : 'CONTINUE', 'said');
        }
        control.lookSoon(group);
        return {};
      },
    },
    RecordLifecycleActionHeartbeat: {
      mutating: true,
      resource: groupName,
      run: (params) => {
        hooks.renew(waiting(params).action);
        return {};
      },
    },
    CompleteLifecycleAction: {
      mutating: true,
      resource: groupName,
      run: (params) => {
        const result = readResult(String(params.LifecycleActionResult));
        const { group, member } = waiting(params);
        lifecycle.complete(group, member, result, 'said');
        control.lookSoon(group);
        engine.changed();
        return {};
      },
    },
    DescribeLifecycleHookTypes: {
      mutating: false,
      depth: 'fixed',
      run: () => ({
        LifecycleHookTypes: ['autoscaling:EC2_INSTANCE_LAUNCHING', 'autoscaling:EC2_INSTANCE_TERMINATING'],
      }),
    },
  };
};
