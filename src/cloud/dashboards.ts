import { DeleteDashboardsCommand, PutDashboardCommand, type CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { awsCodeOf, call } from './call.ts';

/** The board of a service: CPU and memory of its tasks, requests and errors at its ELB. Writing it again is harmless. */
export async function putBoard(
  cloudwatch: CloudWatchClient,
  { name, cluster, incarnation, region }: { name: string; cluster: string; incarnation: string; region: string },
  signal?: AbortSignal,
): Promise<void> {
  const widget = (title: string, x: number, y: number, metrics: string[][]) => ({
    type: 'metric',
    x,
    y,
    width: 12,
    height: 6,
    properties: { title, region, metrics, period: 60, stat: 'Average' },
  });
  const ecs = ['ClusterName', cluster, 'ServiceName', incarnation];
  const elb = ['LoadBalancerName', incarnation];
  const DashboardBody = JSON.stringify({
    widgets: [
      widget('CPU', 0, 0, [['AWS/ECS', 'CPUUtilization', ...ecs]]),
      widget('Memory', 12, 0, [['AWS/ECS', 'MemoryUtilization', ...ecs]]),
      widget('Requests', 0, 6, [['AWS/ELB', 'RequestCount', ...elb]]),
      widget('Errors', 12, 6, [
        ['AWS/ELB', 'HTTPCode_Backend_5XX', ...elb],
        ['AWS/ELB', 'HTTPCode_ELB_5XX', ...elb],
      ]),
    ],
  });
  await call(cloudwatch, new PutDashboardCommand({ DashboardName: name, DashboardBody }), signal);
}

/** Safe to repeat. */
export async function deleteBoard(cloudwatch: CloudWatchClient, name: string, signal?: AbortSignal): Promise<void> {
  try {
    await call(cloudwatch, new DeleteDashboardsCommand({ DashboardNames: [name] }), signal);
  } catch (error) {
    if (!/NotFound/.test(awsCodeOf(error) ?? '')) throw error;
  }
}
