import { CloudWatchClient, GetDashboardCommand, ListDashboardsCommand } from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  ListTagsForResourceCommand as ListLogTagsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ListTaskDefinitionsCommand,
  ListTasksCommand,
} from '@aws-sdk/client-ecs';
import {
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
} from '@aws-sdk/client-elastic-load-balancing';
import { ListTagsForResourceCommand } from '@aws-sdk/client-route-53';
import { ListTagsForResourceCommand as ListTopicTagsCommand, paginateListTopics, SNSClient } from '@aws-sdk/client-sns';
import { TAG } from '../../../src/domain/ids.ts';
import type { Stack } from '../../setup/stack.ts';
import { awsOf, balancersOf, CLUSTER, ecsServiceOf, recordsOf } from './aws.ts';
import { healthChecksOf } from './by-hand.ts';
import { domainOf } from './manifest.ts';

/**
 * Everything that AWS has of a service, with names in place of what differs from service to service: two services that
 * were deployed alike have equal end states.
 */
export async function endStateOf(stack: Stack, service: string): Promise<unknown> {
  const state = {
    balancers: await balancerState(stack, service),
    ecsService: await serviceState(stack, service),
    tasks: await taskState(stack, service),
    revisions: await revisionState(stack, service),
    records: await recordsOf(stack, domainOf(service)),
    healthChecks: await healthCheckState(stack, service),
    logGroups: await logGroupState(stack, service),
    topics: await topicState(stack, service),
    dashboards: await dashboardState(stack, service),
  };
  return JSON.parse(withoutIdentity(JSON.stringify(state), service));
}

export const withoutIdentity = (text: string, service: string): string =>
  text
    .replaceAll(service, '<service>')
    .replaceAll(/<service>-\d{10}-\d+\./g, '<dns name>.')
    .replaceAll(/\b\d{10}\b/g, '<id>')
    .replaceAll(/\b11\d{3}\b/g, '11000')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>');

/** In the order of their keys; values of the manifest's and the hash's tags depend on the service's name. */
const tagState = (tags: { Key?: string; Value?: string; key?: string; value?: string }[] | undefined) =>
  (tags ?? []).map(({ Key, key = Key ?? '', Value, value = Value ?? '' }) => [key, readable(key, value)]).sort();

function readable(key: string, value: string): string {
  if (/manifest|content-hash/.test(key)) return '<packed>';
  // It names the host port.
  return key === TAG.healthCheck ? Buffer.from(value, 'base64').toString() : value;
}

async function balancerState(stack: Stack, service: string) {
  const { elb } = awsOf(stack);
  return Promise.all(
    (await balancersOf(stack, service)).map(async (name) => {
      const [{ LoadBalancerDescriptions }, { LoadBalancerAttributes }, { TagDescriptions }] = await Promise.all([
        elb.send(new DescribeLoadBalancersCommand({ LoadBalancerNames: [name] })),
        elb.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerName: name })),
        elb.send(new DescribeTagsCommand({ LoadBalancerNames: [name] })),
      ]);
      const { CreatedTime: _created, Instances, ...description } = LoadBalancerDescriptions?.[0] ?? {};
      return {
        description,
        instances: Instances?.length,
        attributes: LoadBalancerAttributes,
        tags: tagState(TagDescriptions?.[0]?.Tags),
      };
    }),
  );
}

async function serviceState(stack: Stack, service: string) {
  const found = await ecsServiceOf(stack, service);
  return {
    name: found?.serviceName,
    desired: found?.desiredCount,
    running: found?.runningCount,
    settings: found?.deploymentConfiguration,
    gracePeriod: found?.healthCheckGracePeriodSeconds,
    loadBalancers: found?.loadBalancers,
    // ECS lists the old deployment for some seconds after its last task has gone.
    deployments: found?.deployments
      ?.filter((d) => d.status === 'PRIMARY' || d.runningCount !== 0)
      .map(({ status, taskDefinition, runningCount }) => ({ status, taskDefinition, runningCount })),
    tags: tagState(found?.tags),
  };
}

/** Of every incarnation, also of one whose service is gone. */
async function taskState(stack: Stack, service: string) {
  const { ecs } = awsOf(stack);
  const { taskArns: tasks = [] } = await ecs.send(
    new ListTasksCommand({ cluster: CLUSTER, family: `service-${service}`, desiredStatus: 'RUNNING' }),
  );
  if (tasks.length === 0) return [];
  const found = await ecs.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks }));
  return (found.tasks ?? []).map(({ group, taskDefinitionArn }) => `${group} ${taskDefinitionArn}`).sort();
}

async function revisionState(stack: Stack, service: string) {
  const { ecs } = awsOf(stack);
  const familyPrefix = `service-${service}`;
  const [active, inactive] = await Promise.all(
    (['ACTIVE', 'INACTIVE'] as const).map((status) =>
      ecs.send(new ListTaskDefinitionsCommand({ familyPrefix, status })),
    ),
  );
  const arns = [...(active?.taskDefinitionArns ?? []), ...(inactive?.taskDefinitionArns ?? [])];
  return Promise.all(
    arns.map(async (taskDefinition) => {
      const answer = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition, include: ['TAGS'] }));
      const { revision, status, containerDefinitions } = answer.taskDefinition ?? {};
      return { revision, status, containerDefinitions, tags: tagState(answer.tags) };
    }),
  );
}

async function healthCheckState(stack: Stack, service: string) {
  const { route53 } = awsOf(stack);
  return Promise.all(
    (await healthChecksOf(stack, service)).map(async ({ Id = '', CallerReference, HealthCheckConfig }) => {
      const ask = new ListTagsForResourceCommand({ ResourceType: 'healthcheck', ResourceId: Id });
      const tags = tagState((await route53.send(ask)).ResourceTagSet?.Tags);
      return { CallerReference, HealthCheckConfig, tags };
    }),
  );
}

async function logGroupState(stack: Stack, service: string) {
  const logs = new CloudWatchLogsClient(optionsOf(stack));
  const { logGroups = [] } = await logs.send(
    new DescribeLogGroupsCommand({ logGroupNamePrefix: `/wonderland/${service}` }),
  );
  return Promise.all(
    logGroups.map(async ({ logGroupName, retentionInDays, logGroupArn }) => {
      const { tags } = await logs.send(new ListLogTagsCommand({ resourceArn: logGroupArn }));
      return { logGroupName, retentionInDays, tags };
    }),
  );
}

async function topicState(stack: Stack, service: string) {
  const sns = new SNSClient(optionsOf(stack));
  const mine: string[] = [];
  // A page has a hundred, and a long run more topics than that.
  for await (const { Topics = [] } of paginateListTopics({ client: sns }, {}))
    mine.push(...Topics.map(({ TopicArn = '' }) => TopicArn).filter((arn) => arn.endsWith(`-${service}`)));
  return Promise.all(
    mine.map(async (arn) => ({
      arn,
      tags: tagState((await sns.send(new ListTopicTagsCommand({ ResourceArn: arn }))).Tags),
    })),
  );
}

async function dashboardState(stack: Stack, service: string) {
  const cloudwatch = new CloudWatchClient(optionsOf(stack));
  const { DashboardEntries = [] } = await cloudwatch.send(new ListDashboardsCommand({}));
  const mine = DashboardEntries.map(({ DashboardName = '' }) => DashboardName).filter((n) => n.endsWith(`-${service}`));
  return Promise.all(
    mine.map(
      async (DashboardName) => (await cloudwatch.send(new GetDashboardCommand({ DashboardName }))).DashboardBody,
    ),
  );
}

const optionsOf = ({ client }: Stack) => ({
  endpoint: client.awsEndpointUrl,
  region: 'eu-west-1',
  credentials: { accessKeyId: 'AKIAWONDERLANDOTHER1', secretAccessKey: 'other-secret-key' },
});
