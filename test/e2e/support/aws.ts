import assert from 'node:assert/strict';
import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  ListServicesCommand,
  ListTagsForResourceCommand,
  type Service,
} from '@aws-sdk/client-ecs';
import { DescribeLoadBalancersCommand, ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing';
import {
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import type { JournalEntry } from '../../../src/localcloud/engine/contract.ts';
import { eventually } from '../../setup/eventually.ts';
import type { Stack } from '../../setup/stack.ts';
import { domainOf } from './manifest.ts';

export const CLUSTER = 'crims';

/** SDK clients as anybody beside Wonderland would use them: with a key of their own, so that the journal tells who called. */
export function awsOf({ client }: Stack) {
  const options = {
    endpoint: client.awsEndpointUrl,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIAWONDERLANDOTHER1', secretAccessKey: 'other-secret-key' },
  };
  return {
    ecs: new ECSClient(options),
    elb: new ElasticLoadBalancingClient(options),
    route53: new Route53Client(options),
  };
}

const isOf = (service: string, name: string): boolean => new RegExp(`^${service}-[0-9]{10}$`).test(name);

/** The ECS service of a service of ours that is not INACTIVE; undefined when there is none. */
export async function ecsServiceOf(stack: Stack, service: string): Promise<Service | undefined> {
  const { ecs } = awsOf(stack);
  const names: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ecs.send(new ListServicesCommand({ cluster: CLUSTER, maxResults: 100, nextToken }));
    names.push(...(page.serviceArns ?? []).map(nameOf));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  const mine = names.filter((name) => isOf(service, name));
  if (mine.length === 0) return undefined;
  const { services = [] } = await ecs.send(
    new DescribeServicesCommand({ cluster: CLUSTER, services: mine, include: ['TAGS'] }),
  );
  const alive = services.filter(({ status }) => status !== 'INACTIVE');
  assert.ok(alive.length <= 1, `${service} has more than one incarnation`);
  return alive[0];
}

export async function requireEcsService(stack: Stack, service: string): Promise<Service> {
  const found = await ecsServiceOf(stack, service);
  assert.ok(found, `there is no ECS service of ${service}`);
  return found;
}

/** ACTIVE or INACTIVE. */
export async function revisionStatus(stack: Stack, service: string, revision: number): Promise<string | undefined> {
  const taskDefinition = `service-${service}:${revision}`;
  const answer = await awsOf(stack).ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
  return answer.taskDefinition?.status;
}

export async function tagsOf(stack: Stack, resourceArn: string): Promise<Record<string, string>> {
  const { tags = [] } = await awsOf(stack).ecs.send(new ListTagsForResourceCommand({ resourceArn }));
  return Object.fromEntries(tags.map(({ key = '', value = '' }) => [key, value]));
}

export async function balancersOf(stack: Stack, service: string): Promise<string[]> {
  const { LoadBalancerDescriptions = [] } = await awsOf(stack).elb.send(new DescribeLoadBalancersCommand({}));
  return LoadBalancerDescriptions.map(({ LoadBalancerName = '' }) => LoadBalancerName).filter((n) => isOf(service, n));
}

export async function zoneId(stack: Stack): Promise<string> {
  const { HostedZones = [] } = await awsOf(stack).route53.send(
    new ListHostedZonesByNameCommand({ DNSName: 'example.com' }),
  );
  return HostedZones[0]?.Id?.replace('/hostedzone/', '') ?? '';
}

export async function recordsOf(stack: Stack, domain: string): Promise<ResourceRecordSet[]> {
  const { ResourceRecordSets = [] } = await awsOf(stack).route53.send(
    new ListResourceRecordSetsCommand({ HostedZoneId: await zoneId(stack), StartRecordName: domain }),
  );
  return ResourceRecordSets.filter(({ Name }) => Name === `${domain}.`);
}

/** The mutating calls about a service, whoever made them, oldest first. `after`: of a journal read before. */
export async function mutationsOf(stack: Stack, service: string, after = 0): Promise<JournalEntry[]> {
  const about = new RegExp(`(^|[^a-z0-9-])(service-)?(${service}(-[0-9]{10})?|${domainOf(service)})($|[^a-z0-9-])`);
  const entries = await stack.journal({ mutating: 'true', after: String(after) });
  return entries.filter((entry) => about.test(JSON.stringify(entry.parameters)));
}

export const journalEnd = async (stack: Stack): Promise<number> =>
  (await stack.admin<{ last: number }>('GET', 'journal?after=999999999')).last;

/** How often each operation succeeded. */
export function countCalls(entries: JournalEntry[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { operation, outcome } of entries) if (outcome === 'ok') counts[operation] = (counts[operation] ?? 0) + 1;
  return counts;
}

/** Resolves when a rollout that began after `after` is under way: its UpdateService or CreateService has been answered. */
export function untilRolling(stack: Stack, service: string, after = 0): Promise<JournalEntry> {
  const calls = (operation: string) => stack.journal({ operation, after: String(after) });
  const look = async () =>
    [...(await calls('CreateService')), ...(await calls('UpdateService'))].find(
      ({ resource = '', outcome }) => outcome === 'ok' && isOf(service, nameOf(resource)),
    );
  return eventually(`a rollout of ${service}`, look, 120);
}

/** Of an ARN, or of a name. */
const nameOf = (resource: string): string => resource.slice(resource.lastIndexOf('/') + 1);
