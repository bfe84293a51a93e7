import assert from 'node:assert/strict';
import {
  ApplicationAutoScalingClient,
  DescribeScalingActivitiesCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { createKit, sdkConfig, startTestCloud } from './cloud-kit.ts';

const TARGET = {
  ServiceNamespace: 'ecs',
  ResourceId: 'service/crims/web',
  ScalableDimension: 'ecs:service:DesiredCount',
} as const;

describe('localcloud application auto scaling of ECS services', () => {
  it('follows what their tasks use: out by steps to the maximum, and in again when it is quiet', async () => {
    const cloud = await startTestCloud({ speed: 'stepped', dataPlane: false, seed: 1 });
    const kit = createKit(cloud.addresses.url);
    const pass = (seconds: number): Promise<void> => cloud.advance!(seconds * 1000);
    const autoscaling = new ApplicationAutoScalingClient(sdkConfig(kit.url));
    const cloudwatch = new CloudWatchClient(sdkConfig(kit.url));
    try {
      await kit.create('web', await kit.register('web', 'v1-load90', 0));
      await pass(60);
      assert.equal((await kit.describe('web')).runningCount, 2);
      await autoscaling.send(new RegisterScalableTargetCommand({ ...TARGET, MinCapacity: 2, MaxCapacity: 6 }));
      await autoscaling.send(
        new PutScalingPolicyCommand({
          ...TARGET,
          PolicyName: 'cpu',
          PolicyType: 'TargetTrackingScaling',
          TargetTrackingScalingPolicyConfiguration: {
            TargetValue: 50,
            PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
            ScaleOutCooldown: 120,
            ScaleInCooldown: 60,
          },
        }),
      );
      const counts = async (minutes: number): Promise<number[]> => {
        const seen: number[] = [];
        for (let minute = 0; minute < minutes; minute += 1) {
          await pass(60);
          seen.push((await kit.describe('web')).desiredCount!);
        }
        return seen.filter((count, i) => count !== seen[i - 1]);
      };
      assert.deepEqual(await counts(8), [2, 4, 6]);
      assert.equal((await kit.describe('web')).runningCount, 6);
      const raised = await cloudwatch.send(new DescribeAlarmsCommand({ StateValue: 'ALARM' }));
      assert.match(raised.MetricAlarms![0]!.AlarmName!, /AlarmHigh/);

      await kit.admin('PUT', 'images', { repository: 'web', tag: 'v1-load90', cpuPercent: 5 });
      assert.deepEqual(await counts(25), [6, 5, 4, 3, 2]);
      const { ScalingActivities } = await autoscaling.send(new DescribeScalingActivitiesCommand(TARGET));
      assert.equal(ScalingActivities!.length, 6);
      assert.ok(ScalingActivities!.every(({ StatusCode }) => StatusCode === 'Successful'));
    } finally {
      autoscaling.destroy();
      cloudwatch.destroy();
      kit.close();
      await cloud.stop();
    }
  });
});
