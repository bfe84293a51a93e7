import assert from 'node:assert/strict';
import { DescribeTasksCommand, ListTaskDefinitionsCommand, ListTasksCommand } from '@aws-sdk/client-ecs';
import { DescribeInstanceHealthCommand } from '@aws-sdk/client-elastic-load-balancing';
import { eventually } from '../../../setup/eventually.ts';
import type { Stack } from '../../../setup/stack.ts';
import { awsOf, balancersOf, CLUSTER, ecsServiceOf, recordsOf } from '../aws.ts';
import { healthChecksOf } from '../by-hand.ts';
import { domainOf } from '../manifest.ts';

/** What AWS holds of a service, as far as a rollout may leave something over. */
interface Holdings {
  /** Tasks that the one ECS service is to have. */
  desired: number;
  /** Revisions of its deployments. ECS may begin another of the same revision, and not find room for it. */
  deployed: string[];
  /** Revision of each task that is there. */
  tasks: string[];
  /** Revisions that are ACTIVE. */
  revisions: string[];
  balancers: number;
  /** Instances in service at the balancer that has the name of the ECS service. */
  inService: number;
  /** Whether the one record is an alias of that balancer. */
  recordIsRight: boolean;
  healthChecks: number;
}

/** When one revision serves and nothing else is left. */
const whole = (service: string, revision: number, desired: number): Holdings => {
  const name = `service-${service}:${revision}`;
  return {
    desired,
    deployed: [name],
    tasks: Array.from({ length: desired }, () => name),
    revisions: [name],
    balancers: 1,
    inService: desired,
    recordIsRight: true,
    healthChecks: 1,
  };
};

async function holdingsOf(stack: Stack, service: string): Promise<Holdings> {
  const { ecs, elb } = awsOf(stack);
  const found = await ecsServiceOf(stack, service);
  const name = found?.serviceName ?? '';
  const health =
    found === undefined ? undefined : await elb.send(new DescribeInstanceHealthCommand({ LoadBalancerName: name }));
  const records = await recordsOf(stack, domainOf(service));
  const families = { familyPrefix: `service-${service}`, status: 'ACTIVE' } as const;
  const { taskDefinitionArns = [] } = await ecs.send(new ListTaskDefinitionsCommand(families));
  return {
    desired: found?.desiredCount ?? 0,
    deployed: [...new Set((found?.deployments ?? []).map(({ taskDefinition }) => lastPart(taskDefinition)))],
    tasks: await tasksOf(stack, service),
    revisions: taskDefinitionArns.map(lastPart),
    balancers: (await balancersOf(stack, service)).length,
    inService: (health?.InstanceStates ?? []).filter((h) => h.State === 'InService' && h.Description === 'N/A').length,
    recordIsRight: records.length === 1 && records[0]?.AliasTarget?.DNSName?.startsWith(`dualstack.${name}-`) === true,
    healthChecks: (await healthChecksOf(stack, service)).length,
  };
}

/** Tasks of the family, whatever started them, that are not STOPPED. */
async function tasksOf(stack: Stack, service: string): Promise<string[]> {
  const { ecs } = awsOf(stack);
  const lists = (['RUNNING', 'STOPPED'] as const).map((desiredStatus) =>
    ecs.send(new ListTasksCommand({ cluster: CLUSTER, family: `service-${service}`, desiredStatus })),
  );
  const tasks = (await Promise.all(lists)).flatMap(({ taskArns = [] }) => taskArns);
  if (tasks.length === 0) return [];
  const described = await ecs.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks: tasks.slice(0, 100) }));
  return (described.tasks ?? [])
    .filter(({ lastStatus }) => lastStatus !== 'STOPPED')
    .map(({ taskDefinitionArn }) => lastPart(taskDefinitionArn));
}

const lastPart = (arn = ''): string => arn.slice(arn.lastIndexOf('/') + 1);

interface Wanted {
  service: string;
  /** That serves. */
  revision: number;
  /** Tasks; by default as many as ECS is to run. */
  desired?: number;
}

/**
 * One revision serves, and nothing else is left. ECS lists a deployment for some seconds after its last task has gone,
 * and tells the balancer in its own time.
 */
export async function assertHolds(stack: Stack, { service, revision, desired }: Wanted): Promise<void> {
  let held: Holdings | undefined;
  const wanted = () => whole(service, revision, desired ?? held?.desired ?? 0);
  const isWhole = async () => {
    held = await holdingsOf(stack, service);
    return JSON.stringify(held) === JSON.stringify(wanted());
  };
  await eventually(`${service} as it should be`, isWhole, 20).catch(() => assert.deepEqual(held, wanted(), service));
}
