/** A cloud whose time stands still, and its Auto Scaling group `crims` at hand. */
import assert from 'node:assert/strict';
import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribeInstanceRefreshesCommand,
  DescribeScalingActivitiesCommand,
  type Activity,
  type AutoScalingGroup,
  type Instance,
  type InstanceRefresh,
} from '@aws-sdk/client-auto-scaling';
import { DescribeInstancesCommand, EC2Client, type Instance as Machine } from '@aws-sdk/client-ec2';
import { sdkConfig, startTestCloud } from './cloud-kit.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
/** The longest an instance boots, and a look of the control loop more. */
export const BOOT = 75 * SECOND;

export type Yard = Awaited<ReturnType<typeof startYard>>;

export const startYard = async ({ stateFile }: { stateFile?: string } = {}) => {
  const cloud = await startTestCloud({
    speed: 'stepped',
    dataPlane: false,
    seed: 7,
    ...(stateFile !== undefined && { stateFile }),
  });
  const asg = new AutoScalingClient(sdkConfig(cloud.addresses.url));
  const ec2 = new EC2Client(sdkConfig(cloud.addresses.url));

  const group = async (name = 'crims'): Promise<AutoScalingGroup> => {
    const { AutoScalingGroups } = await asg.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }),
    );
    assert.ok(AutoScalingGroups?.[0] !== undefined, `no group ${name}`);
    return AutoScalingGroups[0];
  };
  const members = async (name?: string): Promise<Instance[]> => (await group(name)).Instances ?? [];
  /** Newest first. */
  const activities = async (name = 'crims'): Promise<Activity[]> =>
    (await asg.send(new DescribeScalingActivitiesCommand({ AutoScalingGroupName: name }))).Activities ?? [];
  const refresh = async (): Promise<InstanceRefresh> => {
    const { InstanceRefreshes } = await asg.send(
      new DescribeInstanceRefreshesCommand({ AutoScalingGroupName: 'crims' }),
    );
    return InstanceRefreshes![0]!;
  };
  const machine = async (id: string): Promise<Machine> => {
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    return Reservations![0]!.Instances![0]!;
  };
  return {
    url: cloud.addresses.url,
    asg,
    ec2,
    advance: cloud.advance!,
    group,
    members,
    ids: async (name?: string) => (await members(name)).map(({ InstanceId }) => InstanceId!),
    /** `{ InService: 4, Pending: 1 }` */
    states: async (name?: string): Promise<Record<string, number>> => {
      const counts: Record<string, number> = {};
      for (const { LifecycleState } of await members(name)) {
        counts[LifecycleState!] = (counts[LifecycleState!] ?? 0) + 1;
      }
      return counts;
    },
    activities,
    refresh,
    machine,
    stop: async () => {
      asg.destroy();
      ec2.destroy();
      await cloud.stop();
    },
  };
};

/** Times and ids in an activity's text, so that it can be compared. */
export const plain = (text: string | undefined): string =>
  String(text)
    .replace(/\d{4}-\d\d-\d\dT[\d:]+Z/g, 'TIME')
    .replace(/\bi-[0-9a-f]+/g, 'ID');
