import { DeleteServiceCommand, DeregisterTaskDefinitionCommand, DescribeServicesCommand } from '@aws-sdk/client-ecs';
import {
  DeleteLoadBalancerCommand,
  DeleteLoadBalancerListenersCommand,
  DescribeLoadBalancersCommand,
  DisableAvailabilityZonesForLoadBalancerCommand,
} from '@aws-sdk/client-elastic-load-balancing';
import {
  ChangeResourceRecordSetsCommand,
  DeleteHealthCheckCommand,
  paginateListHealthChecks,
  type HealthCheck,
} from '@aws-sdk/client-route-53';
import { eventually } from '../../setup/eventually.ts';
import type { Stack } from '../../setup/stack.ts';
import { awsOf, balancersOf, CLUSTER, recordsOf, requireEcsService, zoneId } from './aws.ts';
import { domainOf } from './manifest.ts';

/** What somebody does to a service beside Wonderland. */
export type ByHand = (stack: Stack, service: string) => Promise<void>;

export const deleteBalancer: ByHand = async (stack, service) => {
  for (const LoadBalancerName of await balancersOf(stack, service))
    await awsOf(stack).elb.send(new DeleteLoadBalancerCommand({ LoadBalancerName }));
};

export const deleteListener: ByHand = async (stack, service) => {
  for (const LoadBalancerName of await balancersOf(stack, service))
    await awsOf(stack).elb.send(new DeleteLoadBalancerListenersCommand({ LoadBalancerName, LoadBalancerPorts: [443] }));
};

/** The load balancer serves one availability zone less. */
export const disableZone: ByHand = async (stack, service) => {
  const { elb } = awsOf(stack);
  for (const LoadBalancerName of await balancersOf(stack, service)) {
    const found = await elb.send(new DescribeLoadBalancersCommand({ LoadBalancerNames: [LoadBalancerName] }));
    const [zone = ''] = found.LoadBalancerDescriptions?.[0]?.AvailabilityZones ?? [];
    await elb.send(new DisableAvailabilityZonesForLoadBalancerCommand({ LoadBalancerName, AvailabilityZones: [zone] }));
  }
};

export const deleteRecord: ByHand = async (stack, service) => {
  const Changes = (await recordsOf(stack, domainOf(service))).map((ResourceRecordSet) => ({
    Action: 'DELETE' as const,
    ResourceRecordSet,
  }));
  if (Changes.length === 0) return;
  const HostedZoneId = await zoneId(stack);
  await awsOf(stack).route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes } }));
};

/** Gives the domain of the service, which has no record yet, to somebody else. */
export const pointElsewhere: ByHand = async (stack, service) => {
  const ResourceRecords = [{ Value: 'old.elsewhere.test' }];
  const ResourceRecordSet = { Name: domainOf(service), Type: 'CNAME' as const, TTL: 60, ResourceRecords };
  const ChangeBatch = { Changes: [{ Action: 'CREATE' as const, ResourceRecordSet }] };
  const HostedZoneId = await zoneId(stack);
  await awsOf(stack).route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch }));
};

export const deleteHealthCheck: ByHand = async (stack, service) => {
  for (const { Id } of await healthChecksOf(stack, service))
    await awsOf(stack).route53.send(new DeleteHealthCheckCommand({ HealthCheckId: Id }));
};

export const deregisterRevision: ByHand = async (stack, service) => {
  const { taskDefinition } = await requireEcsService(stack, service);
  await awsOf(stack).ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition }));
};

export const deleteEcsService: ByHand = async (stack, service) => {
  const { serviceName } = await requireEcsService(stack, service);
  await awsOf(stack).ecs.send(new DeleteServiceCommand({ cluster: CLUSTER, service: serviceName, force: true }));
};

/** Its tasks have stopped, too: until then one of the same name is refused. */
export const deleteEcsServiceUntilGone: ByHand = async (stack, service) => {
  const { serviceName = '' } = await requireEcsService(stack, service);
  await deleteEcsService(stack, service);
  const describe = new DescribeServicesCommand({ cluster: CLUSTER, services: [serviceName] });
  await eventually(`${serviceName} has drained`, async () => {
    const { services = [] } = await awsOf(stack).ecs.send(describe);
    return services.every(({ status }) => status === 'INACTIVE');
  });
};

/** One after the other. */
export const all =
  (...deeds: ByHand[]): ByHand =>
  async (stack, service) => {
    for (const deed of deeds) await deed(stack, service);
  };

/** Those of every incarnation of a service, by their caller references. */
export async function healthChecksOf(stack: Stack, service: string): Promise<HealthCheck[]> {
  const mine: HealthCheck[] = [];
  for await (const { HealthChecks = [] } of paginateListHealthChecks({ client: awsOf(stack).route53 }, {}))
    mine.push(
      ...HealthChecks.filter(({ CallerReference = '' }) => CallerReference.startsWith(`wonderland-${service}-`)),
    );
  return mine;
}
