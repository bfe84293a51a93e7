/** The way of one instance through its group: launched, put into service, taken out again. */
import { AwsError, type Balancers } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import type { Fleet } from '../ec2/fleet.ts';
import { launchSpec, withTemplate } from '../ec2/launch-spec.ts';
import type { LaunchTemplates } from '../ec2/launch-templates.ts';
import { subnetOf } from '../ec2/vpc.ts';
import type { Activities } from './activities.ts';
import type { Hooks } from './hooks.ts';
import { isSuspended, type Group, type LifecycleResult, type Member, type TemplateReference } from './model.ts';
import type { Store } from './store.ts';

export interface Ports {
  engine: Engine;
  store: Store;
  fleet: Fleet;
  templates: LaunchTemplates;
  balancers: Pick<Balancers, 'exists' | 'register' | 'deregister' | 'isDraining' | 'health'>;
  activities: Activities;
  hooks: Hooks;
}

export interface Lifecycle {
  /** False when EC2 refused; the activity says why. */
  launch(group: Group, zone: string, template: TemplateReference, causes: readonly string[]): boolean;
  /** Looks whether an instance can go a step further. */
  advance(group: Group, member: Member): void;
  terminate(group: Group, member: Member, causes: readonly string[]): string;
  /** Somebody, or the clock, ends what a hook waits for. */
  complete(group: Group, member: Member, result: LifecycleResult, why: 'said' | 'timeout'): void;
  putIntoService(group: Group, member: Member): void;
  leaveBalancers(group: Group, member: Member): void;
}

/** After a launch has failed in a zone it is left alone for so long. */
const ZONE_REST_MILLISECONDS = 60_000;

/** The zones an error speaks of: the one without capacity, or all when the template is at fault. */
const zonesAtFault = (group: Group, zone: string, error: AwsError): string[] =>
  error.code === 'InsufficientInstanceCapacity' || error.code === 'Unsupported' ? [zone] : group.zones;

export const createLifecycle = ({
  engine,
  store,
  fleet,
  templates,
  balancers,
  activities,
  hooks,
}: Ports): Lifecycle => {
  const { clock } = engine;
  const eachBalancer = (group: Group, act: (name: string) => void): void => {
    for (const name of group.balancers.filter(balancers.exists)) act(name);
  };
  const enter = (member: Member, state: Member['state']): void => {
    member.state = state;
    engine.changed();
  };

  const putIntoService = (group: Group, member: Member): void => {
    enter(member, 'InService');
    member.inServiceSince = clock.now();
    const isOn = fleet.get(member.instanceId) !== undefined && !isSuspended(group, 'AddToLoadBalancer');
    if (isOn) eachBalancer(group, (name) => balancers.register(name, member.instanceId));
    activities.endOf(member, 'Successful');
  };
  const leaveBalancers = (group: Group, { instanceId }: Member): void => {
    if (fleet.get(instanceId) !== undefined) eachBalancer(group, (name) => balancers.deregister(name, instanceId));
  };
  const isDraining = (group: Group, { instanceId }: Member): boolean =>
    group.balancers.some((name) => balancers.exists(name) && balancers.isDraining(name, instanceId));

  const start = (group: Group, zone: string, template: TemplateReference, causes: readonly string[]): void => {
    const reference = { LaunchTemplateId: template.id, Version: template.version };
    const own = Object.entries(group.tags).filter(([, { isPropagated }]) => isPropagated);
    const tags = Object.fromEntries(own.map(([key, { value }]) => [key, value]));
    const params = withTemplate({ LaunchTemplate: reference, SubnetId: subnetOf(zone) }, templates);
    const spec = launchSpec(params, engine);
    const ofGroup = { ...spec.tags, ...tags, 'aws:autoscaling:groupName': group.name };
    const [instance] = fleet.launch({ ...spec, tags: ofGroup }, 1);
    if (instance === undefined) {
      throw new AwsError(
        'InsufficientFreeAddressesInSubnet',
        `There are not enough free addresses in subnet '${spec.subnetId}' to satisfy the requested number of instances.`,
      );
    }
    const activity = activities.begin(group, {
      description: `Launching a new EC2 instance: ${instance.instanceId}`,
      causes,
      zone,
      status: 'PreInService',
      progress: 30,
    });
    store.enrol(group, {
      instanceId: instance.instanceId,
      instanceType: instance.instanceType,
      zone,
      template: { ...template, version: instance.tags['aws:ec2launchtemplate:version'] ?? template.version },
      state: 'Pending',
      health: 'Healthy',
      isProtected: group.isNewProtected,
      launchedAt: clock.now(),
      activityId: activity.id,
    });
  };
  const launch: Lifecycle['launch'] = (group, zone, template, causes) => {
    try {
      start(group, zone, template, causes);
      return true;
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const description = 'Launching a new EC2 instance';
      const activity = activities.begin(group, { description, causes, zone, status: 'InProgress' });
      activities.end(activity, 'Failed', `${error.message} Launching EC2 instance failed.`);
      for (const one of zonesAtFault(group, zone, error))
        group.zoneRestsUntil[one] = clock.now() + ZONE_REST_MILLISECONDS;
      return false;
    }
  };

  const terminate: Lifecycle['terminate'] = (group, member, causes) => {
    // What was under way with it has no other end.
    activities.endOf(member, 'Cancelled');
    delete member.action;
    delete member.mayTerminate;
    const activity = activities.begin(group, {
      description: `Terminating EC2 instance: ${member.instanceId}`,
      causes,
      zone: member.zone,
      status: 'InProgress',
    });
    member.activityId = activity.id;
    enter(member, 'Terminating');
    leaveBalancers(group, member);
    advance(group, member);
    return activity.id;
  };

  const proceed = (group: Group, member: Member): void => {
    member.mayTerminate = true;
    delete member.action;
    if (member.state === 'Terminating:Wait') enter(member, 'Terminating:Proceed');
    advance(group, member);
  };
  const advanceTerminating = (group: Group, member: Member): void => {
    if (member.state === 'Terminating:Wait') return;
    if (isDraining(group, member)) return activities.move(member, 'WaitingForELBConnectionDraining', 50);
    if (member.mayTerminate !== true) {
      if (!hooks.begin(group, member, 'autoscaling:EC2_INSTANCE_TERMINATING')) return proceed(group, member);
      enter(member, 'Terminating:Wait');
      return activities.move(member, 'MidLifecycleAction', 60);
    }
    const instance = fleet.get(member.instanceId);
    if (instance !== undefined && instance.state !== 'terminated') {
      activities.move(member, 'InProgress', 75);
      if (instance.state !== 'shutting-down') fleet.terminate(instance);
      return undefined;
    }
    activities.endOf(member, 'Successful');
    store.dismiss(group, member);
    return undefined;
  };
  const advancePending = (group: Group, member: Member): void => {
    const state = fleet.get(member.instanceId)?.state;
    // The health check sees to one that will never run.
    if (member.state === 'Pending:Wait' || state !== 'running') return;
    if (member.state === 'Pending' && hooks.begin(group, member, 'autoscaling:EC2_INSTANCE_LAUNCHING')) {
      enter(member, 'Pending:Wait');
      activities.move(member, 'MidLifecycleAction', 60);
      return;
    }
    putIntoService(group, member);
  };
  const advance: Lifecycle['advance'] = (group, member) => {
    const result = member.action && hooks.expired(member.action);
    if (result !== undefined) complete(group, member, result, 'timeout');
    else if (member.state.startsWith('Terminating')) advanceTerminating(group, member);
    else if (member.state.startsWith('Pending')) advancePending(group, member);
    else if (!isDraining(group, member)) {
      if (member.state === 'EnteringStandby') {
        enter(member, 'Standby');
        activities.endOf(member, 'Successful');
      }
      if (member.state === 'Detaching') {
        activities.endOf(member, 'Successful');
        delete fleet.get(member.instanceId)?.tags['aws:autoscaling:groupName'];
        store.dismiss(group, member);
      }
    }
  };

  const complete: Lifecycle['complete'] = (group, member, result, why) => {
    const { action } = member;
    if (action === undefined) return;
    if (result === 'CONTINUE' && hooks.next(group, member)) return;
    // ABANDON leaves out the hooks that would follow, and at a launch takes the instance down again.
    delete member.action;
    if (member.state === 'Terminating:Wait') return proceed(group, member);
    if (result === 'CONTINUE') {
      enter(member, 'Pending:Proceed');
      advance(group, member);
      return;
    }
    const reason = why === 'timeout' ? 'Heartbeat Timeout' : 'Lifecycle Action Completed with ABANDON Result';
    activities.endOf(
      member,
      'Cancelled',
      `Instance failed to complete user's Lifecycle Action: Lifecycle Action with token ${action.token} was abandoned: ${reason}`,
    );
    terminate(group, member, [
      activities.at('an instance was taken out of service in response to a lifecycle action that was abandoned.'),
    ]);
    // An instance that never was in service has nothing to say goodbye to.
    if (store.member(member.instanceId) !== undefined) proceed(group, member);
  };

  return { launch, advance, terminate, complete, putIntoService, leaveBalancers };
};
