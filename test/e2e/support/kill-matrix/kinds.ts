import { DeleteLoadBalancerCommand } from '@aws-sdk/client-elastic-load-balancing';
import {
  ChangeResourceRecordSetsCommand,
  DeleteHealthCheckCommand,
  ListHealthChecksCommand,
} from '@aws-sdk/client-route-53';
import type { ChangeKind } from '../../../../src/domain/change.ts';
import type { Stack } from '../../../setup/stack.ts';
import { awsOf, balancersOf, recordsOf, zoneId } from '../aws.ts';
import { domainOf, manifestOf } from '../manifest.ts';

/** A change of a service, in the order of a service's life: each finds what the one before left. */
export interface Kind {
  name: string;
  change: ChangeKind;
  /** What is deployed; absent for every other change. */
  manifest?: (service: string) => string;
  /** Somebody else's doing just before it. */
  before?: (stack: Stack, service: string) => Promise<void>;
  /** Image tag that serves in the end; absent when nothing does. */
  serves?: string;
}

/** Seconds without progress that end a rollout, and in which a worker may be away all the same. */
export const PROGRESS_SECONDS = 40;

const release = (tag: string, path?: string) => (service: string) =>
  manifestOf({ service, tag, scale: 2, progressTimeout: PROGRESS_SECONDS, ...(path !== undefined && { path }) });

/** One load balancer cannot check two paths at once, so another path takes another load balancer. */
const replaced = release('v3', '/healthz');

export const KINDS: Kind[] = [
  { name: 'create', change: 'deploy', manifest: release('v1'), serves: 'v1' },
  { name: 'update', change: 'deploy', manifest: release('v2'), serves: 'v2' },
  { name: 'rollback', change: 'rollback', serves: 'v1' },
  { name: 'replacement', change: 'deploy', manifest: replaced, serves: 'v3' },
  { name: 'repair', change: 'deploy', manifest: replaced, before: deleteByHand, serves: 'v3' },
  { name: 'delete', change: 'delete' },
];

/** Load balancer, record and health check. */
async function deleteByHand(stack: Stack, service: string): Promise<void> {
  const { elb, route53 } = awsOf(stack);
  for (const LoadBalancerName of await balancersOf(stack, service))
    await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerName }));
  const Changes = (await recordsOf(stack, domainOf(service))).map((ResourceRecordSet) => ({
    Action: 'DELETE' as const,
    ResourceRecordSet,
  }));
  const HostedZoneId = await zoneId(stack);
  await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes } }));
  const { HealthChecks = [] } = await route53.send(new ListHealthChecksCommand({ MaxItems: 100 }));
  const mine = HealthChecks.filter((c) => c.HealthCheckConfig?.FullyQualifiedDomainName === domainOf(service));
  for (const { Id } of mine) await route53.send(new DeleteHealthCheckCommand({ HealthCheckId: Id }));
}
