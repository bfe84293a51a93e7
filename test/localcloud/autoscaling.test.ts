import assert from 'node:assert/strict';
import {
  AttachInstancesCommand,
  AttachLoadBalancersCommand,
  CompleteLifecycleActionCommand,
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
  CreateOrUpdateTagsCommand,
  DeleteAutoScalingGroupCommand,
  DeleteTagsCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
  DescribeLifecycleHooksCommand,
  DescribePoliciesCommand,
  DescribeScalingActivitiesCommand,
  DescribeScheduledActionsCommand,
  DescribeTagsCommand,
  DetachInstancesCommand,
  EnterStandbyCommand,
  ExecutePolicyCommand,
  ExitStandbyCommand,
  PutLifecycleHookCommand,
  PutScalingPolicyCommand,
  PutScheduledUpdateGroupActionCommand,
  RecordLifecycleActionHeartbeatCommand,
  ResumeProcessesCommand,
  SetDesiredCapacityCommand,
  SetInstanceHealthCommand,
  SetInstanceProtectionCommand,
  SuspendProcessesCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
  type PutLifecycleHookCommandInput,
} from '@aws-sdk/client-auto-scaling';
import { RunInstancesCommand, StopInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { DescribeClustersCommand, ECSClient } from '@aws-sdk/client-ecs';
import {
  CreateLoadBalancerCommand,
  DescribeLoadBalancersCommand,
  ElasticLoadBalancingClient,
} from '@aws-sdk/client-elastic-load-balancing';
import { createRandom } from '../../src/localcloud/engine/random.ts';
import { createVirtualClock } from '../../src/localcloud/engine/virtual-clock.ts';
import type { Engine } from '../../src/localcloud/registration.ts';
import { createHooks } from '../../src/localcloud/services/autoscaling/hooks.ts';
import type { Group, Member } from '../../src/localcloud/services/autoscaling/model.ts';
import { sdkConfig } from './cloud-kit.ts';
import { BOOT, MINUTE, plain, SECOND, startYard, type Yard } from './autoscaling-kit.ts';

const AutoScalingGroupName = 'crims';

describe('Auto Scaling groups', () => {
  let yard: Yard;
  beforeEach(async () => {
    yard = await startYard();
  });
  afterEach(() => yard.stop());

  const setDesired = (DesiredCapacity: number, HonorCooldown?: boolean) =>
    yard.asg.send(new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity, HonorCooldown }));
  const update = (more: object) => yard.asg.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, ...more }));
  const suspend = (...ScalingProcesses: string[]) =>
    yard.asg.send(new SuspendProcessesCommand({ AutoScalingGroupName, ScalingProcesses }));
  const resume = (...ScalingProcesses: string[]) =>
    yard.asg.send(new ResumeProcessesCommand({ AutoScalingGroupName, ScalingProcesses }));
  const terminate = (InstanceId: string, ShouldDecrementDesiredCapacity: boolean) =>
    yard.asg.send(new TerminateInstanceInAutoScalingGroupCommand({ InstanceId, ShouldDecrementDesiredCapacity }));
  const protect = (InstanceIds: string[], ProtectedFromScaleIn = true) =>
    yard.asg.send(new SetInstanceProtectionCommand({ AutoScalingGroupName, InstanceIds, ProtectedFromScaleIn }));
  const zones = async () => {
    const all = await yard.members();
    return ['eu-west-1a', 'eu-west-1b'].map((zone) => all.filter((one) => one.AvailabilityZone === zone).length);
  };
  const happens = async (event: string, zone: string) => {
    const response = await fetch(`${yard.url}/_wonderland/world/${event}`, {
      method: 'POST',
      body: JSON.stringify({ zone }),
    });
    assert.equal(response.status, 200, await response.text());
  };

  describe('size', () => {
    it('grows by a machine that boots, is seen in EC2, is InService, and joins the cluster', async () => {
      const before = await yard.ids();
      await setDesired(5);
      await yard.advance(2 * SECOND);
      assert.deepEqual(await yard.states(), { InService: 4, Pending: 1 });
      await yard.advance(BOOT);
      assert.deepEqual(await yard.states(), { InService: 5 });
      const [id = ''] = (await yard.ids()).filter((one) => !before.includes(one));
      const machine = await yard.machine(id);
      assert.equal(machine.State!.Name, 'running');
      const tags = Object.fromEntries(machine.Tags!.map(({ Key, Value }) => [Key, Value]));
      assert.equal(tags['aws:autoscaling:groupName'], 'crims');
      assert.equal(tags.Name, 'crims', 'a tag of the group that is propagated');
      const [activity] = await yard.activities();
      assert.equal(activity!.Description, `Launching a new EC2 instance: ${id}`);
      assert.equal(activity!.StatusCode, 'Successful');
      assert.equal(
        plain(activity!.Cause),
        'At TIME a user request explicitly set group desired capacity changing the desired capacity from 4 to 5.  At TIME an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 4 to 5.',
      );
      await yard.advance(MINUTE);
      const ecs = new ECSClient(sdkConfig(yard.url));
      const { clusters } = await ecs.send(new DescribeClustersCommand({ clusters: ['crims'] }));
      ecs.destroy();
      assert.equal(clusters![0]!.registeredContainerInstancesCount, 5);
    });

    it('spreads over its zones, and shrinks from the fuller one, the older template and the oldest hour first', async () => {
      await setDesired(7);
      await yard.advance(BOOT);
      assert.deepEqual((await zones()).toSorted(), [3, 4]);
      await setDesired(4);
      await yard.advance(MINUTE);
      assert.deepEqual(await zones(), [2, 2]);
      const [activity] = await yard.activities();
      assert.match(
        plain(activity!.Cause),
        /changing the desired capacity from 7 to 4\. {2}At TIME an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from 7 to 4\. {2}At TIME instance ID was selected for termination\.$/,
      );
    });

    it('follows its termination policies', async () => {
      const old = await yard.ids();
      await yard.advance(7 * MINUTE);
      await setDesired(6);
      await yard.advance(BOOT);
      await update({ TerminationPolicies: ['NewestInstance'] });
      await setDesired(4);
      await yard.advance(MINUTE);
      assert.deepEqual(await yard.ids(), old);
    });

    it('stays within its bounds, with the words of AWS', async () => {
      await assert.rejects(setDesired(13), {
        name: 'ValidationError',
        message: 'New SetDesiredCapacity value 13 is above max value 12 for the AutoScalingGroup.',
      });
      await assert.rejects(setDesired(3), { name: 'ValidationError', message: /value 3 is below min value 4/ });
      await assert.rejects(update({ MaxSize: 3 }), {
        message: 'Max bound, 3, must be greater than or equal to min bound, 4',
      });
      await update({ MinSize: 5 });
      assert.equal((await yard.group()).DesiredCapacity, 5);
      await yard.advance(BOOT);
      assert.match(
        plain((await yard.activities())[0]!.Cause),
        /^At TIME a user request update of AutoScalingGroup constraints to min: 5, max: 12, desired: 5 changing the desired capacity from 4 to 5\./,
      );
    });

    it('lets a cooldown and an activity block those who honour them', async () => {
      await setDesired(5, true);
      await assert.rejects(setDesired(6, true), { name: 'ScalingActivityInProgressFault' });
      await yard.advance(BOOT);
      await assert.rejects(setDesired(6, true), {
        name: 'ScalingActivityInProgressFault',
        message: /^Scaling activity [0-9a-f-]{36} is in progress and blocks this action$/,
      });
      await setDesired(6);
      await yard.advance(5 * MINUTE);
      await setDesired(7, true);
    });

    it('terminates one instance on request, with or without another in its place', async () => {
      const [first = '', second = ''] = await yard.ids();
      await assert.rejects(terminate(first, true), {
        name: 'ValidationError',
        message: /^Currently, desiredSize equals minSize \(4\)\./,
      });
      const { Activity } = await terminate(first, false);
      assert.equal(
        plain(Activity!.Cause),
        'At TIME instance ID was taken out of service in response to a user request.',
      );
      await assert.rejects(terminate(first, false), { name: 'ScalingActivityInProgressFault' });
      await yard.advance(BOOT);
      assert.deepEqual(await yard.states(), { InService: 4 });
      assert.ok(!(await yard.ids()).includes(first));
      assert.equal((await yard.machine(first)).State!.Name, 'terminated');
      await update({ MinSize: 1 });
      await terminate(second, true);
      await yard.advance(BOOT);
      assert.equal((await yard.ids()).length, 3);
      await assert.rejects(terminate('i-00000000', false), {
        message: 'Instance Id not found - No managed instance found for instance ID i-00000000',
      });
    });
  });

  describe('health', () => {
    it('replaces an instance that was stopped or terminated behind its back', async () => {
      const [first = '', second = ''] = await yard.ids();
      await yard.ec2.send(new StopInstancesCommand({ InstanceIds: [first] }));
      await yard.ec2.send(new TerminateInstancesCommand({ InstanceIds: [second] }));
      await yard.advance(BOOT);
      assert.deepEqual(await yard.states(), { InService: 4 });
      const ids = await yard.ids();
      assert.ok(!ids.includes(first) && !ids.includes(second));
      assert.equal((await yard.machine(first)).State!.Name, 'terminated');
      const causes = (await yard.activities()).map(({ Cause }) => plain(Cause));
      const out =
        'At TIME an instance was taken out of service in response to an EC2 health check indicating it has been terminated or stopped.';
      const put = 'At TIME an instance was launched in response to an unhealthy instance needing to be replaced.';
      assert.deepEqual(causes.toSorted(), [put, put, out, out].toSorted());
    });

    it('believes a caller about health, after the grace period', async () => {
      const [first = ''] = await yard.ids();
      await update({ HealthCheckGracePeriod: 300 });
      const report = (ShouldRespectGracePeriod?: boolean) =>
        yard.asg.send(
          new SetInstanceHealthCommand({ InstanceId: first, HealthStatus: 'Unhealthy', ShouldRespectGracePeriod }),
        );
      await report();
      await yard.advance(MINUTE);
      assert.ok((await yard.ids()).includes(first), 'within its grace period');
      await report(false);
      await yard.advance(MINUTE);
      assert.ok(!(await yard.ids()).includes(first));
    });

    it('puts instances into balancers, and takes them out', async () => {
      const elb = new ElasticLoadBalancingClient(sdkConfig(yard.url));
      const LoadBalancerName = 'web';
      await elb.send(
        new CreateLoadBalancerCommand({
          LoadBalancerName,
          AvailabilityZones: ['eu-west-1a', 'eu-west-1b'],
          Listeners: [{ Protocol: 'HTTP', LoadBalancerPort: 80, InstancePort: 8000 }],
        }),
      );
      const behind = async () => {
        const { LoadBalancerDescriptions } = await elb.send(new DescribeLoadBalancersCommand({}));
        return LoadBalancerDescriptions![0]!.Instances!.map(({ InstanceId }) => InstanceId).toSorted();
      };
      await yard.asg.send(
        new AttachLoadBalancersCommand({ AutoScalingGroupName, LoadBalancerNames: [LoadBalancerName] }),
      );
      assert.deepEqual(await behind(), (await yard.ids()).toSorted());
      await setDesired(5);
      await yard.advance(BOOT);
      assert.deepEqual(await behind(), (await yard.ids()).toSorted());
      // Nothing answers the probes.
      await update({ HealthCheckType: 'ELB' });
      const before = await yard.ids();
      await yard.advance(3 * MINUTE);
      assert.ok((await yard.ids()).every((id) => !before.includes(id)));
      assert.match(
        plain((await yard.activities()).at(-2)!.Cause),
        /in response to an ELB system health check failure\.$/,
      );
      elb.destroy();
    });
  });

  describe('processes', () => {
    it('hold up what is suspended, until it is resumed', async () => {
      await suspend('Launch');
      assert.deepEqual(
        (await yard.group()).SuspendedProcesses!.map(({ ProcessName }) => ProcessName),
        ['Launch'],
      );
      await setDesired(5);
      await yard.advance(5 * MINUTE);
      assert.equal((await yard.ids()).length, 4);
      await resume('Launch');
      await yard.advance(BOOT);
      assert.equal((await yard.ids()).length, 5);

      await suspend('Terminate');
      await setDesired(4);
      await yard.advance(5 * MINUTE);
      assert.deepEqual(await yard.states(), { InService: 5 });
      await resume();
      await yard.advance(MINUTE);
      assert.deepEqual(await yard.states(), { InService: 4 });
      await assert.rejects(suspend('Sleep'), { name: 'ValidationError' });
    });

    it('HealthCheck and ReplaceUnhealthy are two', async () => {
      const [first = ''] = await yard.ids();
      const healthOf = async (id: string) =>
        (await yard.members()).find(({ InstanceId }) => InstanceId === id)?.HealthStatus;
      await suspend('HealthCheck');
      await yard.ec2.send(new StopInstancesCommand({ InstanceIds: [first] }));
      await yard.advance(MINUTE);
      assert.equal(await healthOf(first), 'Healthy');
      await resume('HealthCheck');
      await suspend('ReplaceUnhealthy');
      await yard.advance(MINUTE);
      assert.equal(await healthOf(first), 'Unhealthy');
      await resume('ReplaceUnhealthy');
      await yard.advance(MINUTE);
      assert.equal(await healthOf(first), undefined);
    });
  });

  it('never scales in what is protected', async () => {
    await setDesired(6);
    await yard.advance(BOOT);
    const all = await yard.ids();
    await protect(all.slice(0, 5));
    await setDesired(4);
    await yard.advance(MINUTE);
    assert.deepEqual(await yard.ids(), all.slice(0, 5));
    const [failed] = await yard.activities();
    assert.equal(failed!.StatusCode, 'Failed');
    assert.equal(
      failed!.StatusMessage,
      'Could not scale to desired capacity because all remaining instances are protected from scale-in.',
    );
    await protect(all.slice(1, 5), false);
    await yard.advance(MINUTE);
    assert.equal((await yard.ids()).length, 4);
    assert.ok((await yard.ids()).includes(all[0]!));
  });

  describe('instances that come and go otherwise', () => {
    it('go on standby and come back', async () => {
      const [first = ''] = await yard.ids();
      const enter = (ShouldDecrementDesiredCapacity: boolean) =>
        yard.asg.send(
          new EnterStandbyCommand({ AutoScalingGroupName, InstanceIds: [first], ShouldDecrementDesiredCapacity }),
        );
      await assert.rejects(enter(true), {
        message:
          'AutoScalingGroup crims has min-size=4, max-size=12, and desired-size=4. To place into standby 1 instance, please update the AutoScalingGroup sizes appropriately.',
      });
      await update({ MinSize: 3 });
      const { Activities } = await enter(true);
      assert.equal(Activities![0]!.Description, `Moving EC2 instance to Standby: ${first}`);
      assert.equal(
        plain(Activities![0]!.Cause),
        'At TIME instance ID was moved to standby in response to a user request, shrinking the capacity from 4 to 3.',
      );
      await yard.advance(5 * MINUTE);
      assert.deepEqual(await yard.states(), { Standby: 1, InService: 3 });
      await yard.asg.send(new ExitStandbyCommand({ AutoScalingGroupName, InstanceIds: [first] }));
      await yard.advance(MINUTE);
      assert.deepEqual(await yard.states(), { InService: 4 });
      assert.equal((await yard.group()).DesiredCapacity, 4);
    });

    it('leave the group and live on, or come into it from outside', async () => {
      const [first = ''] = await yard.ids();
      const InstanceIds = [first];
      await yard.asg.send(
        new DetachInstancesCommand({ AutoScalingGroupName, InstanceIds, ShouldDecrementDesiredCapacity: false }),
      );
      await yard.advance(BOOT);
      assert.equal((await yard.ids()).length, 4);
      assert.ok(!(await yard.ids()).includes(first));
      assert.equal((await yard.machine(first)).State!.Name, 'running');
      await yard.asg.send(new AttachInstancesCommand({ AutoScalingGroupName, InstanceIds }));
      assert.equal((await yard.group()).DesiredCapacity, 5);
      await yard.advance(MINUTE);
      assert.deepEqual(await yard.states(), { InService: 5 });
      await assert.rejects(yard.asg.send(new AttachInstancesCommand({ AutoScalingGroupName, InstanceIds })), {
        message: `Instance ${first} is already part of AutoScalingGroup: crims`,
      });
      const { Instances } = await yard.ec2.send(
        new RunInstancesCommand({ ImageId: 'ami-01234567', InstanceType: 'm5.large', MinCount: 1, MaxCount: 1 }),
      );
      await assert.rejects(
        yard.asg.send(new AttachInstancesCommand({ AutoScalingGroupName, InstanceIds: [Instances![0]!.InstanceId!] })),
        { message: /Instance\(s\) must be in 'running' state/ },
      );
    });
  });

  describe('lifecycle hooks', () => {
    const LifecycleHookName = 'drain';
    const putHook = (more: Partial<PutLifecycleHookCommandInput> = {}) =>
      yard.asg.send(
        new PutLifecycleHookCommand({
          AutoScalingGroupName,
          LifecycleHookName,
          LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
          HeartbeatTimeout: 300,
          ...more,
        }),
      );
    const complete = (InstanceId: string, LifecycleActionResult = 'CONTINUE') =>
      yard.asg.send(
        new CompleteLifecycleActionCommand({
          AutoScalingGroupName,
          LifecycleHookName,
          InstanceId,
          LifecycleActionResult,
        }),
      );
    const heartbeat = (InstanceId: string) =>
      yard.asg.send(new RecordLifecycleActionHeartbeatCommand({ AutoScalingGroupName, LifecycleHookName, InstanceId }));
    const stateOf = async (InstanceId: string) =>
      (await yard.asg.send(new DescribeAutoScalingInstancesCommand({ InstanceIds: [InstanceId] })))
        .AutoScalingInstances![0]?.LifecycleState;

    it('hold a terminating instance until somebody says CONTINUE', async () => {
      await putHook();
      const [first = ''] = await yard.ids();
      await terminate(first, false);
      await yard.advance(2 * MINUTE);
      assert.equal(await stateOf(first), 'Terminating:Wait');
      assert.equal((await yard.machine(first)).State!.Name, 'running');
      assert.equal((await yard.states()).InService, 4, 'its successor is there');
      const activity = (await yard.activities()).find(({ Description }) => Description!.includes(first));
      assert.equal(activity!.StatusCode, 'MidLifecycleAction');
      await complete(first);
      assert.equal(await stateOf(first), 'Terminating:Proceed');
      await yard.advance(MINUTE);
      assert.equal(await stateOf(first), undefined);
      await assert.rejects(complete(first), { message: `No active Lifecycle Action found with instance ID ${first}` });
    });

    it('end after 48 hours or a hundred heartbeats, however often one comes', async () => {
      await putHook({ HeartbeatTimeout: 30 });
      await putHook({ LifecycleHookName: 'long', HeartbeatTimeout: 7200, DefaultResult: 'CONTINUE' });
      const { LifecycleHooks } = await yard.asg.send(new DescribeLifecycleHooksCommand({ AutoScalingGroupName }));
      assert.deepEqual(
        LifecycleHooks!.map(({ HeartbeatTimeout, GlobalTimeout, DefaultResult }) => [
          HeartbeatTimeout,
          GlobalTimeout,
          DefaultResult,
        ]),
        [
          [30, 3000, 'ABANDON'],
          [7200, 172_800, 'CONTINUE'],
        ],
      );
      const clock = createVirtualClock(0);
      const hooks = createHooks({ clock, random: createRandom(1), changed: () => {} } as unknown as Engine);
      const hook = { name: 'drain', transition: 'autoscaling:EC2_INSTANCE_TERMINATING', heartbeatTimeoutSeconds: 30 };
      const group = { hooks: [{ ...hook, defaultResult: 'ABANDON' }] } as unknown as Group;
      const member = {} as Member;
      hooks.begin(group, member, 'autoscaling:EC2_INSTANCE_TERMINATING');
      while (hooks.expired(member.action!) === undefined) {
        await clock.advance(25 * SECOND);
        hooks.renew(member.action!);
      }
      assert.equal(clock.now(), 3000 * SECOND);
    });

    it('time out without a heartbeat', async () => {
      await putHook({ HeartbeatTimeout: 60 });
      const [first = ''] = await yard.ids();
      await terminate(first, false);
      await yard.advance(55 * SECOND);
      assert.equal(await stateOf(first), 'Terminating:Wait');
      await heartbeat(first);
      await yard.advance(55 * SECOND);
      assert.equal(await stateOf(first), 'Terminating:Wait');
      await yard.advance(30 * SECOND);
      assert.notEqual(await stateOf(first), 'Terminating:Wait');
    });

    it('keep a newcomer out of service, and end it at ABANDON', async () => {
      await putHook({ LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING' });
      const before = await yard.ids();
      await setDesired(5);
      await yard.advance(BOOT);
      const [id = ''] = (await yard.ids()).filter((one) => !before.includes(one));
      assert.equal(await stateOf(id), 'Pending:Wait');
      await complete(id, 'ABANDON');
      await yard.advance(SECOND);
      assert.equal((await yard.machine(id)).State!.Name, 'shutting-down');
      const cancelled = (await yard.activities()).find(({ StatusCode }) => StatusCode === 'Cancelled');
      assert.match(
        cancelled!.StatusMessage!,
        /^Instance failed to complete user's Lifecycle Action: Lifecycle Action with token [0-9a-f-]{36} was abandoned: Lifecycle Action Completed with ABANDON Result$/,
      );
      await yard.advance(BOOT);
      const [next = ''] = (await yard.ids()).filter((one) => !before.includes(one) && one !== id);
      await complete(next);
      await yard.advance(SECOND);
      assert.equal(await stateOf(next), 'InService');
    });

    it('are checked', async () => {
      await assert.rejects(putHook({ HeartbeatTimeout: 29 }), { name: 'ValidationError' });
      await assert.rejects(putHook({ LifecycleTransition: 'other' }), { name: 'ValidationError' });
      await assert.rejects(putHook({ DefaultResult: 'MAYBE' }), { name: 'ValidationError' });
    });
  });

  describe('zones', () => {
    it('go on in the other one while one is lost, and are balanced when it is back', async () => {
      await happens('lose-zone', 'eu-west-1a');
      await yard.advance(BOOT + MINUTE);
      assert.deepEqual(await zones(), [0, 4]);
      const failed = (await yard.activities()).find(({ StatusCode }) => StatusCode === 'Failed');
      assert.match(
        failed!.StatusMessage!,
        /^We currently do not have sufficient m5\.large capacity in the Availability Zone you requested \(eu-west-1a\)\./,
      );
      await happens('restore-zone', 'eu-west-1a');
      for (let passed = 0; passed < 10; passed += 0.5) {
        await yard.advance(MINUTE / 2);
        assert.ok((await yard.states()).InService! >= 4, 'nobody goes before its successor is in service');
      }
      assert.deepEqual(await zones(), [2, 2]);
      assert.deepEqual(await yard.states(), { InService: 4 });
    });
  });

  describe('groups', () => {
    const create = (more: object = {}) =>
      yard.asg.send(
        new CreateAutoScalingGroupCommand({
          AutoScalingGroupName: 'blue',
          LaunchTemplate: { LaunchTemplateName: 'crims', Version: '1' },
          MinSize: 2,
          MaxSize: 4,
          AvailabilityZones: ['eu-west-1b'],
          Tags: [{ Key: 'colour', Value: 'blue', PropagateAtLaunch: true }],
          ...more,
        }),
      );
    const remove = (ForceDelete?: boolean) =>
      yard.asg.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: 'blue', ForceDelete }));

    it('are made, and deleted when they are empty or by force', async () => {
      await create();
      await assert.rejects(create(), { name: 'AlreadyExistsFault' });
      await yard.advance(BOOT);
      assert.deepEqual(await yard.states('blue'), { InService: 2 });
      assert.match(
        plain((await yard.activities('blue'))[0]!.Cause),
        /^At TIME a user request created an AutoScalingGroup changing the desired capacity from 0 to 2\. {2}At TIME an instance was started/,
      );
      const [first = ''] = await yard.ids('blue');
      assert.ok((await yard.machine(first)).Tags!.some(({ Key, Value }) => Key === 'colour' && Value === 'blue'));
      await assert.rejects(remove(), { name: 'ResourceInUseFault' });
      await remove(true);
      assert.equal((await yard.group('blue')).Status, 'Delete in progress');
      await yard.advance(MINUTE);
      await assert.rejects(yard.activities('blue'), {
        name: 'ValidationError',
        message: 'AutoScalingGroup name not found - AutoScalingGroup blue not found',
      });
      const past = { AutoScalingGroupName: 'blue', IncludeDeletedGroups: true };
      const { Activities } = await yard.asg.send(new DescribeScalingActivitiesCommand(past));
      assert.equal(Activities![0]!.AutoScalingGroupState, 'Deleted');
      assert.equal((await yard.machine(first)).State!.Name, 'terminated');
    });

    it('need a template, a place, and numbers that fit', async () => {
      const refused = (more: object) => assert.rejects(create(more), { name: 'ValidationError' });
      await refused({ LaunchTemplate: undefined });
      await refused({ LaunchTemplate: { LaunchTemplateName: 'nothing' } });
      await refused({ LaunchTemplate: { LaunchTemplateName: 'crims', Version: '9' } });
      await refused({ AvailabilityZones: undefined });
      await refused({ AvailabilityZones: undefined, VPCZoneIdentifier: 'subnet-1' });
      await refused({ DesiredCapacity: 5 });
      await refused({ TerminationPolicies: ['Coin'] });
      await refused({ Tags: [{ Key: 'aws:x', Value: '' }] });
      await assert.rejects(yard.asg.send(new CreateLaunchConfigurationCommand({ LaunchConfigurationName: 'old' })), {
        name: 'UnsupportedOperation',
      });
    });

    it('are listed page by page', async () => {
      await create();
      const page = (more: object) => yard.asg.send(new DescribeAutoScalingGroupsCommand({ MaxRecords: 1, ...more }));
      const first = await page({});
      const second = await page({ NextToken: first.NextToken });
      assert.deepEqual(
        [first, second].map(({ AutoScalingGroups }) => AutoScalingGroups![0]!.AutoScalingGroupName),
        ['blue', 'crims'],
      );
      assert.equal(second.NextToken, undefined);
      await assert.rejects(page({ NextToken: 'x' }), { name: 'InvalidNextToken' });
      await assert.rejects(page({ MaxRecords: 101 }), { name: 'ValidationError' });
    });

    it('carry tags', async () => {
      const tag = { ResourceId: 'crims', ResourceType: 'auto-scaling-group', Key: 'team' };
      await yard.asg.send(new CreateOrUpdateTagsCommand({ Tags: [{ ...tag, Value: 'a', PropagateAtLaunch: false }] }));
      const found = async () =>
        (await yard.asg.send(new DescribeTagsCommand({ Filters: [{ Name: 'key', Values: ['team'] }] }))).Tags!;
      assert.deepEqual(
        (await found()).map(({ ResourceId, Value }) => [ResourceId, Value]),
        [['crims', 'a']],
      );
      await yard.asg.send(new DeleteTagsCommand({ Tags: [tag] }));
      assert.deepEqual(await found(), []);
    });
  });

  it('executes policies, within bounds', async () => {
    const put = (PolicyName: string, more: object) =>
      yard.asg.send(new PutScalingPolicyCommand({ AutoScalingGroupName, PolicyName, ...more }));
    const execute = (PolicyName: string, more: object = {}) =>
      yard.asg.send(new ExecutePolicyCommand({ AutoScalingGroupName, PolicyName, ...more }));
    const desired = async () => (await yard.group()).DesiredCapacity;
    await put('more', { AdjustmentType: 'PercentChangeInCapacity', ScalingAdjustment: 10, Cooldown: 60 });
    await put('steps', {
      PolicyType: 'StepScaling',
      AdjustmentType: 'ChangeInCapacity',
      StepAdjustments: [
        { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 10, ScalingAdjustment: 1 },
        { MetricIntervalLowerBound: 10, ScalingAdjustment: 20 },
      ],
    });
    await execute('more');
    assert.equal(await desired(), 5);
    await assert.rejects(execute('more', { HonorCooldown: true }), { name: 'ScalingActivityInProgressFault' });
    await execute('steps', { MetricValue: 55, BreachThreshold: 50 });
    assert.equal(await desired(), 6);
    await execute('steps', { MetricValue: 65, BreachThreshold: 50 });
    assert.equal(await desired(), 12);
    const { ScalingPolicies } = await yard.asg.send(new DescribePoliciesCommand({ AutoScalingGroupName }));
    assert.deepEqual(
      ScalingPolicies!.map(({ PolicyName }) => PolicyName),
      ['more', 'steps'],
    );
    await assert.rejects(put('bad', { ScalingAdjustment: 1 }), { name: 'ValidationError' });
    await yard.advance(2 * SECOND);
    assert.match(
      plain((await yard.activities())[0]!.Cause),
      /a user request executed policy more changing the desired capacity from 4 to 5/,
    );
  });

  it('keeps scheduled actions', async () => {
    const StartTime = new Date('2026-03-01T00:00:00Z');
    const ScheduledActionName = 'night';
    await yard.asg.send(
      new PutScheduledUpdateGroupActionCommand({ AutoScalingGroupName, ScheduledActionName, StartTime, MinSize: 1 }),
    );
    const { ScheduledUpdateGroupActions } = await yard.asg.send(new DescribeScheduledActionsCommand({}));
    assert.deepEqual(ScheduledUpdateGroupActions![0]!.StartTime, StartTime);
  });
});
