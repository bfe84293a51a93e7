import assert from 'node:assert/strict';
import { ListTaskDefinitionsCommand } from '@aws-sdk/client-ecs';
import { DescribeLoadBalancersCommand, type LoadBalancerDescription } from '@aws-sdk/client-elastic-load-balancing';
import { ListHealthChecksCommand, type HealthCheck } from '@aws-sdk/client-route-53';
import type { Stack } from '../../setup/stack.ts';
import { awsOf, balancersOf, recordsOf, requireEcsService } from './aws.ts';
import { domainOf } from './manifest.ts';

/** The Route 53 health checks of every incarnation that a service has had. */
export async function healthChecksOf(stack: Stack, service: string): Promise<HealthCheck[]> {
  const found: HealthCheck[] = [];
  let Marker: string | undefined;
  do {
    const page = await awsOf(stack).route53.send(new ListHealthChecksCommand({ MaxItems: 100, Marker }));
    found.push(...(page.HealthChecks ?? []));
    Marker = page.IsTruncated === true ? page.NextMarker : undefined;
  } while (Marker !== undefined);
  return found.filter((c) => new RegExp(`^wonderland-${service}-\\d{10}-`).test(c.CallerReference ?? ''));
}

export async function activeRevisions(stack: Stack, service: string): Promise<string[]> {
  const { taskDefinitionArns = [] } = await awsOf(stack).ecs.send(
    new ListTaskDefinitionsCommand({ familyPrefix: `service-${service}`, status: 'ACTIVE' }),
  );
  return taskDefinitionArns.map((arn) => arn.slice(arn.lastIndexOf('/') + 1));
}

export async function describeBalancer(stack: Stack, name: string): Promise<LoadBalancerDescription> {
  const { LoadBalancerDescriptions = [] } = await awsOf(stack).elb.send(
    new DescribeLoadBalancersCommand({ LoadBalancerNames: [name] }),
  );
  assert.ok(LoadBalancerDescriptions[0], `there is no load balancer ${name}`);
  return LoadBalancerDescriptions[0];
}

/**
 * One incarnation, whole, and nothing of another one: ECS service, load balancer, record, health check and revision.
 * Answers its name.
 */
export async function assertAlone(
  stack: Stack,
  service: string,
  { endpoint = true, domain = domainOf(service) }: { endpoint?: boolean; domain?: string } = {},
): Promise<string> {
  const found = await requireEcsService(stack, service);
  const { serviceName: name = '', taskDefinition = '', runningCount, desiredCount } = found;
  assert.equal(runningCount, desiredCount);
  assert.deepEqual(await balancersOf(stack, service), endpoint ? [name] : [], 'load balancers');
  assert.deepEqual(await activeRevisions(stack, service), [taskDefinition.split('/').at(-1)], 'ACTIVE revisions');
  const checks = await healthChecksOf(stack, service);
  assert.deepEqual(
    checks.map((c) => [c.HealthCheckConfig?.FullyQualifiedDomainName, c.CallerReference?.includes(name)]),
    endpoint ? [[domain, true]] : [],
    `Route 53 health checks: ${checks.map((c) => c.CallerReference).join(', ')}`,
  );
  const records = await recordsOf(stack, domain);
  const targets = records.map((r) => r.AliasTarget?.DNSName?.replace(/\.$/, '').toLowerCase());
  const dnsName = endpoint ? (await describeBalancer(stack, name)).DNSName?.toLowerCase() : undefined;
  assert.deepEqual(targets, endpoint ? [`dualstack.${dnsName}`] : [], `records of ${domain}`);
  return name;
}
