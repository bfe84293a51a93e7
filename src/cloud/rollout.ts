import type { ECSClient, Service, Task } from '@aws-sdk/client-ecs';
import { DescribeInstanceHealthCommand, type ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing';
import type { RolloutSnapshot, RolloutTarget, StoppedTask } from '../domain/deploy/rollout.ts';
import { awsCodeOf, call } from './call.ts';
import { describeInstances, describeTasks } from './cluster.ts';

export interface RolloutClients {
  ecs: ECSClient;
  elb: ElasticLoadBalancingClient;
}

const STUCK =
  /was unable to (place a task|stop or start tasks|reach steady state)|is unable to consistently start tasks/;

/** The part of a service that changes whenever something happens in a rollout; equal texts mean nothing did. */
export const signatureOf = (service: Service | undefined): string =>
  JSON.stringify([
    service?.status,
    service?.desiredCount,
    service?.deployments?.map((d) => [d.id, d.status, d.taskDefinition, d.runningCount, d.pendingCount, d.failedTasks]),
    service?.events?.[0]?.id,
  ]);

/** Completes a look at the service with its tasks and the health behind its ELB. */
export async function takeSnapshot(
  { ecs, elb }: RolloutClients,
  { target, service }: { target: RolloutTarget; service: Service | undefined },
  signal?: AbortSignal,
): Promise<RolloutSnapshot> {
  const primary = service?.deployments?.find((d) => d.status === 'PRIMARY');
  const ours = service?.deployments?.find((d) => d.id === target.deploymentId);
  const others = service?.deployments?.filter((d) => d.id !== target.deploymentId) ?? [];
  const [running, stopped, health] = await Promise.all([
    service === undefined
      ? []
      : describeTasks(ecs, { cluster: target.cluster, incarnation: target.name, desiredStatus: 'RUNNING' }, signal),
    service === undefined
      ? []
      : describeTasks(ecs, { cluster: target.cluster, incarnation: target.name, desiredStatus: 'STOPPED' }, signal),
    target.hasEndpoint ? instanceHealth(elb, target.name, signal) : [],
  ]);
  const isOurs = (task: Task) => task.startedBy === target.deploymentId;
  const serving = running.filter((t) => isOurs(t) && t.lastStatus === 'RUNNING');
  return {
    service: service?.status ?? 'MISSING',
    desired: service?.desiredCount ?? 0,
    primary: { id: primary?.id ?? '', taskDefinition: primary?.taskDefinition ?? '' },
    ours: { running: serving.length, pending: ours?.pendingCount ?? 0 },
    others: {
      running: others.reduce((sum, d) => sum + (d.runningCount ?? 0), 0),
      pending: others.reduce((sum, d) => sum + (d.pendingCount ?? 0), 0),
      deployments: others.length,
    },
    ourInstances: await ec2Instances(ecs, target.cluster, serving, signal),
    oldTasks: [...running, ...stopped.filter((t) => t.lastStatus !== 'STOPPED')].filter((t) => !isOurs(t)).length,
    stopped: stopped.filter(isOurs).map(toStopped),
    health,
    ...stuckSince(service, ours?.createdAt),
  };
}

function stuckSince(service: Service | undefined, since: Date | undefined): { stuck?: string } {
  const event = service?.events?.find(
    (e) => STUCK.test(e.message ?? '') && (since === undefined || (e.createdAt ?? since) >= since),
  );
  return event?.message === undefined ? {} : { stuck: event.message.replace(/^\(service [^)]*\) /, '') };
}

/** Container instances keep their EC2 instance for life, so one answer serves the whole worker. */
const ec2Ids = new Map<string, string>();

async function ec2Instances(ecs: ECSClient, cluster: string, tasks: Task[], signal?: AbortSignal): Promise<string[]> {
  const arns = tasks.map((t) => t.containerInstanceArn ?? '');
  if (arns.some((arn) => !ec2Ids.has(arn))) {
    for (const i of await describeInstances(ecs, cluster, signal))
      ec2Ids.set(i.containerInstanceArn ?? '', i.ec2InstanceId ?? '');
  }
  return arns.map((arn) => ec2Ids.get(arn) ?? '');
}

async function instanceHealth(
  elb: ElasticLoadBalancingClient,
  name: string,
  signal?: AbortSignal,
): Promise<RolloutSnapshot['health']> {
  try {
    const answer = await call(elb, new DescribeInstanceHealthCommand({ LoadBalancerName: name }), signal);
    return (answer.InstanceStates ?? []).map((s) => ({
      instance: s.InstanceId ?? '',
      state: s.State ?? 'Unknown',
      description: s.Description ?? '',
    }));
  } catch (error) {
    // Deleted by hand: no instance is in service.
    if (
      ['LoadBalancerNotFound', 'AccessPointNotFoundException', 'AccessPointNotFound'].includes(awsCodeOf(error) ?? '')
    )
      return [];
    throw error;
  }
}

function toStopped(task: Task): StoppedTask {
  const container = task.containers?.find((c) => c.exitCode !== undefined || c.reason !== undefined);
  return {
    id: task.taskArn?.split('/').at(-1) ?? '',
    ...(task.stopCode === undefined ? {} : { stopCode: task.stopCode }),
    reason: task.stoppedReason ?? '',
    ...(container?.exitCode === undefined ? {} : { exitCode: container.exitCode }),
    ...(container?.name === undefined ? {} : { container: container.name }),
    ...(container?.reason === undefined ? {} : { containerReason: container.reason }),
  };
}
