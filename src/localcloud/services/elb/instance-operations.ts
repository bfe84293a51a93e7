/** Instances behind a load balancer: registration and health. */
import type { Operation, OperationTable } from '../../engine/contract.ts';
import { invalidInstance } from './errors.ts';
import { readName } from './input.ts';
import { find, knownInstances, reading, writing, type Context } from './lookup.ts';
import { describeInstances } from './output.ts';
import { checkInstanceCount } from './quotas.ts';

export const createInstanceOperations = (context: Context): OperationTable => {
  const register: Operation = (params) => {
    const balancer = find(context, readName(params));
    const ids = knownInstances(context, params);
    const gone = ids.find((id) => context.machines.get(id)?.state === 'terminated');
    if (gone !== undefined) throw invalidInstance(gone);
    checkInstanceCount(context.engine, new Set([...balancer.instanceIds(), ...ids]).size);
    for (const id of ids) balancer.register(id);
    return { Instances: describeInstances(balancer.instanceIds()) };
  };

  const deregister: Operation = (params) => {
    const balancer = find(context, readName(params));
    for (const id of knownInstances(context, params)) balancer.deregister(id);
    return { Instances: describeInstances(balancer.instanceIds()) };
  };

  /** Without ids: all that are registered or still draining. */
  const describeHealth: Operation = (params) => {
    const balancer = find(context, readName(params));
    const named = knownInstances(context, params);
    const states = (named.length > 0 ? named : balancer.knownIds()).flatMap((InstanceId) => {
      const state = balancer.state(InstanceId);
      if (state === undefined) return [];
      return [{ InstanceId, State: state.state, ReasonCode: state.reasonCode, Description: state.description }];
    });
    return { InstanceStates: states };
  };

  return {
    RegisterInstancesWithLoadBalancer: writing(register),
    DeregisterInstancesFromLoadBalancer: writing(deregister),
    DescribeInstanceHealth: reading(describeHealth),
  };
};
