import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CancelInstanceRefreshCommand,
  EnterStandbyCommand,
  RollbackInstanceRefreshCommand,
  SetInstanceProtectionCommand,
  StartInstanceRefreshCommand,
  SuspendProcessesCommand,
  UpdateAutoScalingGroupCommand,
  type RefreshPreferences,
} from '@aws-sdk/client-auto-scaling';
import { CreateLaunchTemplateVersionCommand } from '@aws-sdk/client-ec2';
import { BOOT, MINUTE, plain, SECOND, startYard, type Yard } from './autoscaling-kit.ts';

const AutoScalingGroupName = 'crims';
const LaunchTemplateName = 'crims';

describe('instance refresh', () => {
  let yard: Yard;
  let before: string[];
  beforeEach(async () => {
    yard = await startYard();
    before = await yard.ids();
    await yard.ec2.send(
      new CreateLaunchTemplateVersionCommand({
        LaunchTemplateName,
        SourceVersion: '1',
        LaunchTemplateData: { InstanceType: 'm5.xlarge' },
      }),
    );
  });
  afterEach(() => yard.stop());

  const start = (Preferences: RefreshPreferences = {}, Version?: string) =>
    yard.asg.send(
      new StartInstanceRefreshCommand({
        AutoScalingGroupName,
        Preferences,
        ...(Version === undefined ? {} : { DesiredConfiguration: { LaunchTemplate: { LaunchTemplateName, Version } } }),
      }),
    );
  const setVersion = (Version: string) =>
    yard.asg.send(
      new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, LaunchTemplate: { LaunchTemplateName, Version } }),
    );
  const versions = async () => (await yard.members()).map(({ LaunchTemplate }) => LaunchTemplate!.Version).toSorted();
  /** Smallest and largest number of instances in service while so many seconds pass, and largest number of all. */
  const watch = async (seconds: number) => {
    const seen = { least: Infinity, most: 0 };
    for (let passed = 0; passed < seconds; passed += 10) {
      await yard.advance(10 * SECOND);
      const states = await yard.states();
      const standing = (states.InService ?? 0) + (states.Pending ?? 0);
      seen.least = Math.min(seen.least, states.InService ?? 0);
      seen.most = Math.max(seen.most, standing);
      if ((await yard.refresh()).Status === 'Successful') break;
    }
    return seen;
  };

  it('replaces one after the other by default, and says how far it is', async () => {
    const { InstanceRefreshId } = await start({ InstanceWarmup: 60 });
    await assert.rejects(start(), {
      name: 'InstanceRefreshInProgressFault',
      message: 'An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.',
    });
    const first = await yard.refresh();
    assert.deepEqual(
      [first.InstanceRefreshId, first.Status, first.PercentageComplete],
      [InstanceRefreshId, 'Pending', 0],
    );
    await yard.advance(BOOT);
    const second = await yard.refresh();
    assert.equal(second.Status, 'InProgress');
    assert.equal(second.InstancesToUpdate, 4);
    assert.match(
      second.StatusReason!,
      /^Waiting for instances to warm up before continuing\. For example: i-\w+ is warming up\.$/,
    );
    const { least, most } = await watch(600);
    assert.deepEqual([least, most], [3, 4]);
    const last = await yard.refresh();
    assert.deepEqual([last.Status, last.PercentageComplete, last.InstancesToUpdate], ['Successful', 100, 0]);
    assert.ok((await yard.ids()).every((id) => !before.includes(id)));
    assert.deepEqual(await versions(), ['2', '2', '2', '2'], 'the group uses $Latest');
    const causes = (await yard.activities()).map(({ Cause }) => plain(Cause));
    assert.deepEqual([...new Set(causes)].toSorted(), [
      'At TIME an instance was launched in response to an instance refresh.',
      'At TIME an instance was taken out of service in response to an instance refresh.  At TIME instance ID was selected for termination.',
    ]);
  });

  it('launches before it terminates when the bounds say so', async () => {
    await start({ InstanceWarmup: 0, MinHealthyPercentage: 100, MaxHealthyPercentage: 150 });
    const { least, most } = await watch(900);
    assert.deepEqual([least, most], [4, 6]);
    assert.equal((await yard.refresh()).Status, 'Successful');
    await yard.advance(MINUTE);
    assert.deepEqual(await yard.states(), { InService: 4 });
  });

  it('replaces half of them at once at 50 percent', async () => {
    await start({ InstanceWarmup: 0, MinHealthyPercentage: 50 });
    await yard.advance(3 * SECOND);
    assert.equal((await yard.states()).InService, 2);
    const { least } = await watch(600);
    assert.equal(least, 2);
  });

  it('skips what matches, and takes the desired configuration over only when it is done', async () => {
    await setVersion('1');
    await start({ SkipMatching: true });
    await yard.advance(MINUTE);
    assert.deepEqual(
      [(await yard.refresh()).Status, await yard.ids()],
      ['Successful', before],
      'all match the version the group has',
    );
    await start({ SkipMatching: true, InstanceWarmup: 0 }, '2');
    await yard.advance(BOOT);
    assert.equal((await yard.group()).LaunchTemplate!.Version, '1');
    await yard.advance(8 * MINUTE);
    assert.equal((await yard.refresh()).Status, 'Successful');
    assert.equal((await yard.group()).LaunchTemplate!.Version, '2');
    assert.deepEqual(await versions(), ['2', '2', '2', '2']);
  });

  it('stops at checkpoints, and bakes at the end', async () => {
    await start({
      MinHealthyPercentage: 0,
      InstanceWarmup: 0,
      CheckpointPercentages: [50, 100],
      CheckpointDelay: 600,
      BakeTime: 300,
    });
    await yard.advance(2 * SECOND);
    assert.equal((await yard.states()).InService, 2, 'no more at once than the checkpoint has');
    await yard.advance(5 * MINUTE);
    assert.equal((await yard.refresh()).PercentageComplete, 50);
    await yard.advance(4 * MINUTE);
    assert.equal((await yard.ids()).filter((id) => before.includes(id)).length, 2);
    await yard.advance(7 * MINUTE);
    assert.equal((await yard.refresh()).Status, 'Baking');
    await yard.advance(5 * MINUTE);
    assert.equal((await yard.refresh()).Status, 'Successful');
  });

  it('waits an hour for what is protected, unless it is told otherwise', async () => {
    const InstanceIds = [before[0]!];
    await yard.asg.send(
      new SetInstanceProtectionCommand({ AutoScalingGroupName, InstanceIds, ProtectedFromScaleIn: true }),
    );
    await start({ InstanceWarmup: 0 });
    await yard.advance(30 * MINUTE);
    const waiting = await yard.refresh();
    assert.deepEqual([waiting.Status, waiting.PercentageComplete], ['InProgress', 75]);
    assert.match(waiting.StatusReason!, /is protected from scale in\.$/);
    await yard.advance(60 * MINUTE);
    assert.equal((await yard.refresh()).Status, 'Failed');
    assert.ok((await yard.ids()).includes(before[0]!));
    await start({ InstanceWarmup: 0, ScaleInProtectedInstances: 'Ignore' });
    await yard.advance(10 * MINUTE);
    assert.equal((await yard.refresh()).Status, 'Successful');
    assert.ok((await yard.ids()).includes(before[0]!));
    await start({ InstanceWarmup: 0, ScaleInProtectedInstances: 'Refresh' });
    await yard.advance(10 * MINUTE);
    assert.equal((await yard.refresh()).Status, 'Successful');
    assert.ok(!(await yard.ids()).includes(before[0]!));
  });

  it('ends what is on standby only when it is told to', async () => {
    await yard.asg.send(
      new EnterStandbyCommand({
        AutoScalingGroupName,
        InstanceIds: [before[0]!],
        ShouldDecrementDesiredCapacity: false,
      }),
    );
    await yard.advance(BOOT);
    await start({ InstanceWarmup: 0, StandbyInstances: 'Ignore' });
    await yard.advance(12 * MINUTE);
    assert.deepEqual(
      [(await yard.refresh()).Status, await yard.states()],
      ['Successful', { Standby: 1, InService: 4 }],
    );
    await start({ InstanceWarmup: 0, StandbyInstances: 'Terminate' });
    await yard.advance(12 * MINUTE);
    assert.deepEqual([(await yard.refresh()).Status, await yard.states()], ['Successful', { InService: 4 }]);
  });

  it('is cancelled once what is under way is over', async () => {
    await start({ InstanceWarmup: 0 });
    await yard.advance(5 * SECOND);
    const cancel = () => yard.asg.send(new CancelInstanceRefreshCommand({ AutoScalingGroupName }));
    await cancel();
    await yard.advance(2 * SECOND);
    assert.equal((await yard.refresh()).Status, 'Cancelling');
    await yard.advance(BOOT);
    assert.equal((await yard.refresh()).Status, 'Cancelled');
    assert.equal((await yard.ids()).filter((id) => before.includes(id)).length, 3);
    await assert.rejects(cancel(), {
      name: 'ActiveInstanceRefreshNotFoundFault',
      message: 'No in progress or pending Instance Refresh found for Auto Scaling group crims',
    });
  });

  it('is rolled back to the version before, if there is one to name', async () => {
    const rollback = () => yard.asg.send(new RollbackInstanceRefreshCommand({ AutoScalingGroupName }));
    await start({ InstanceWarmup: 0 });
    await assert.rejects(rollback(), { name: 'IrreversibleInstanceRefreshFault' });
    await yard.asg.send(
      new CancelInstanceRefreshCommand({ AutoScalingGroupName, WaitForTransitioningInstances: false }),
    );
    await yard.advance(BOOT);
    await setVersion('1');
    await yard.advance(10 * MINUTE);
    await start({ InstanceWarmup: 0 }, '2');
    await yard.advance(BOOT);
    assert.ok((await versions()).includes('2'));
    await rollback();
    await yard.advance(2 * SECOND);
    assert.equal((await yard.refresh()).Status, 'RollbackInProgress');
    await yard.advance(10 * MINUTE);
    const done = await yard.refresh();
    assert.deepEqual([done.Status, done.PercentageComplete], ['RollbackSuccessful', 0]);
    assert.equal(done.RollbackDetails!.RollbackReason, 'Rollback requested by user.');
    assert.deepEqual([...new Set(await versions())], ['1']);
    assert.equal((await yard.group()).LaunchTemplate!.Version, '1');
  });

  it('goes back by itself when it fails and was told to', async () => {
    await assert.rejects(start({ AutoRollback: true }), { name: 'ValidationError' });
    await setVersion('1');
    const InstanceIds = [before[0]!];
    await yard.asg.send(
      new SetInstanceProtectionCommand({ AutoScalingGroupName, InstanceIds, ProtectedFromScaleIn: true }),
    );
    await start({ AutoRollback: true, InstanceWarmup: 0 }, '2');
    await yard.advance(90 * MINUTE);
    assert.equal((await yard.refresh()).Status, 'RollbackSuccessful');
    assert.deepEqual([...new Set(await versions())], ['1']);
  });

  it('stands still while its process is suspended', async () => {
    await yard.asg.send(new SuspendProcessesCommand({ AutoScalingGroupName, ScalingProcesses: ['InstanceRefresh'] }));
    await start();
    await yard.advance(5 * MINUTE);
    assert.deepEqual([(await yard.refresh()).Status, await yard.ids()], ['Pending', before]);
  });

  it('refuses preferences that do not fit together', async () => {
    const refused = (Preferences: RefreshPreferences) =>
      assert.rejects(start(Preferences), { name: 'ValidationError' });
    await refused({ MaxHealthyPercentage: 110 });
    await refused({ MinHealthyPercentage: 50, MaxHealthyPercentage: 160 });
    await refused({ CheckpointPercentages: [50, 20] });
    await refused({ CheckpointDelay: 60 });
  });
});

it('an instance refresh goes on after a restart of the cloud', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'asg-'));
  const stateFile = join(folder, 'state.json');
  const first = await startYard({ stateFile });
  const before = await first.ids();
  await first.asg.send(new StartInstanceRefreshCommand({ AutoScalingGroupName, Preferences: { InstanceWarmup: 0 } }));
  await first.advance(5 * SECOND);
  assert.deepEqual(await first.states(), { InService: 3, Terminating: 1, Pending: 1 });
  await first.stop();
  const second = await startYard({ stateFile });
  const rest = (await second.members()).filter(({ LifecycleState }) => LifecycleState === 'InService');
  await second.asg.send(
    new SetInstanceProtectionCommand({
      AutoScalingGroupName,
      InstanceIds: rest.map(({ InstanceId }) => InstanceId!),
      ProtectedFromScaleIn: false,
    }),
  );
  await second.advance(12 * MINUTE);
  assert.equal((await second.refresh()).Status, 'Successful');
  assert.ok((await second.ids()).every((id) => !before.includes(id)));
  await second.stop();
  await rm(folder, { recursive: true });
});
