import { GetMetricStatisticsCommand, type CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { call } from './call.ts';

const HOUR_SECONDS = 3_600;
const DAY_MILLISECONDS = 86_400_000;

/**
 * Requests that a load balancer has counted since a moment (milliseconds), as far as CloudWatch knows: ELB publishes
 * once a minute. The window ends in the future, because only AWS's clock says when a minute was counted.
 */
export async function countRequests(
  cloudwatch: CloudWatchClient,
  { balancer, sinceMs }: { balancer: string; sinceMs: number },
  signal?: AbortSignal,
): Promise<number> {
  const command = new GetMetricStatisticsCommand({
    Namespace: 'AWS/ELB',
    MetricName: 'RequestCount',
    Dimensions: [{ Name: 'LoadBalancerName', Value: balancer }],
    StartTime: new Date(sinceMs),
    EndTime: new Date(sinceMs + 30 * DAY_MILLISECONDS),
    Period: HOUR_SECONDS,
    Statistics: ['Sum'],
  });
  const { Datapoints = [] } = await call(cloudwatch, command, signal);
  return Datapoints.reduce((sum, point) => sum + (point.Sum ?? 0), 0);
}
