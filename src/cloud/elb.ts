import {
  AddTagsCommand,
  ConfigureHealthCheckCommand,
  CreateLoadBalancerCommand,
  CreateLoadBalancerListenersCommand,
  DeleteLoadBalancerCommand,
  DeleteLoadBalancerListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
  ModifyLoadBalancerAttributesCommand,
  type ElasticLoadBalancingClient,
  type LoadBalancerDescription,
} from '@aws-sdk/client-elastic-load-balancing';
import type { ObservedBalancer, ObservedHealthCheck, ObservedListener } from '../domain/deploy/observed.ts';
import { instanceProtocol } from '../domain/deploy/plan.ts';
import { WonderlandError } from '../domain/errors.ts';
import { TAG } from '../domain/ids.ts';
import type { ListenerSpec } from '../domain/service-spec.ts';
import { awsCodeOf, call } from './call.ts';
import { awsTags, ownerTags } from './tags.ts';
import type { Owner } from '../domain/deploy/service-want.ts';

/** What AccessPointNotFoundException is called on the wire; SDKs use either. */
const NOT_FOUND = ['LoadBalancerNotFound', 'AccessPointNotFoundException', 'AccessPointNotFound'];

/** Undefined when there is no load balancer of that name. */
export async function observeBalancer(
  elb: ElasticLoadBalancingClient,
  name: string,
  signal?: AbortSignal,
): Promise<ObservedBalancer | undefined> {
  const description = await describe(elb, name, signal);
  if (description === undefined) return undefined;
  const { LoadBalancerAttributes } = await call(
    elb,
    new DescribeLoadBalancerAttributesCommand({ LoadBalancerName: name }),
    signal,
  );
  const draining = LoadBalancerAttributes?.ConnectionDraining;
  return {
    name,
    dnsName: (description.DNSName ?? '').toLowerCase(),
    zoneId: description.CanonicalHostedZoneNameID ?? '',
    scheme: description.Scheme ?? 'internet-facing',
    listeners: listenersOf(description),
    healthCheck: healthCheckOf(description),
    crossZone: LoadBalancerAttributes?.CrossZoneLoadBalancing?.Enabled === true,
    drainingSeconds: draining?.Enabled === true ? (draining.Timeout ?? 300) : 0,
  };
}

async function describe(
  elb: ElasticLoadBalancingClient,
  name: string,
  signal?: AbortSignal,
): Promise<LoadBalancerDescription | undefined> {
  try {
    const answer = await call(elb, new DescribeLoadBalancersCommand({ LoadBalancerNames: [name] }), signal);
    return answer.LoadBalancerDescriptions?.[0];
  } catch (error) {
    if (NOT_FOUND.includes(awsCodeOf(error) ?? '')) return undefined;
    throw error;
  }
}

const listenersOf = (description: LoadBalancerDescription): ObservedListener[] =>
  (description.ListenerDescriptions ?? []).map(({ Listener }) => ({
    port: Listener?.LoadBalancerPort ?? 0,
    protocol: Listener?.Protocol ?? '',
    instancePort: Listener?.InstancePort ?? 0,
    ...(Listener?.SSLCertificateId === undefined || Listener.SSLCertificateId === ''
      ? {}
      : { certificateArn: Listener.SSLCertificateId }),
  }));

const healthCheckOf = ({ HealthCheck: check }: LoadBalancerDescription): ObservedHealthCheck => ({
  target: check?.Target ?? '',
  intervalSeconds: check?.Interval ?? 30,
  timeoutSeconds: check?.Timeout ?? 5,
  healthyThreshold: check?.HealthyThreshold ?? 10,
  unhealthyThreshold: check?.UnhealthyThreshold ?? 2,
});

export interface BalancerWant {
  name: string;
  scheme: 'internet-facing' | 'internal';
  listeners: ListenerSpec[];
  hostPort: number;
  certificateArn?: string;
  /** Either subnets with security groups, or availability zones. */
  subnets: string[];
  securityGroups: string[];
  availabilityZones: string[];
  owner: Owner;
}

const toListener = (
  { port, protocol }: ListenerSpec,
  { hostPort, certificateArn }: { hostPort: number; certificateArn?: string },
) => ({
  LoadBalancerPort: port,
  Protocol: protocol,
  InstancePort: hostPort,
  InstanceProtocol: instanceProtocol(protocol),
  ...(protocol === 'HTTPS' || protocol === 'SSL' ? { SSLCertificateId: certificateArn } : {}),
});

/**
 * Creates the load balancer, tagged, and answers it as it is then. CreateLoadBalancer with the same name and settings
 * succeeds again, so a lost answer does no harm; tags come after it, because they are part of those settings.
 */
export async function createBalancer(
  elb: ElasticLoadBalancingClient,
  want: BalancerWant,
  signal?: AbortSignal,
): Promise<ObservedBalancer> {
  if ((await describe(elb, want.name, signal)) === undefined) {
    const inVpc = want.subnets.length > 0;
    await call(
      elb,
      new CreateLoadBalancerCommand({
        LoadBalancerName: want.name,
        Listeners: want.listeners.map((l) => toListener(l, want)),
        ...(want.scheme === 'internal' ? { Scheme: 'internal' } : {}),
        ...(inVpc
          ? { Subnets: want.subnets, SecurityGroups: want.securityGroups }
          : { AvailabilityZones: want.availabilityZones }),
      }),
      signal,
    );
  }
  await call(elb, new AddTagsCommand({ LoadBalancerNames: [want.name], Tags: awsTags(ownerTags(want.owner)) }), signal);
  const made = await observeBalancer(elb, want.name, signal);
  if (made !== undefined) return made;
  throw new WonderlandError('unavailable', `The load balancer ${want.name} is not there although it was just created`, {
    hint: 'Deploy again; if it stays away, somebody deletes it.',
  });
}

/** Lets the listeners be those of the manifest; the others are deleted first, because a port is taken once. */
export async function convergeListeners(
  elb: ElasticLoadBalancingClient,
  want: { name: string; listeners: ListenerSpec[]; hostPort: number; certificateArn?: string },
  signal?: AbortSignal,
): Promise<void> {
  const description = await describe(elb, want.name, signal);
  const current = description === undefined ? [] : listenersOf(description);
  const unwanted = current.filter((c) => !want.listeners.some((l) => l.port === c.port && l.protocol === c.protocol));
  const missing = want.listeners.filter((l) => !current.some((c) => l.port === c.port && l.protocol === c.protocol));
  if (unwanted.length > 0) {
    const ports = unwanted.map((l) => l.port);
    await call(
      elb,
      new DeleteLoadBalancerListenersCommand({ LoadBalancerName: want.name, LoadBalancerPorts: ports }),
      signal,
    );
  }
  if (missing.length > 0) {
    const listeners = missing.map((l) => toListener(l, want));
    await call(
      elb,
      new CreateLoadBalancerListenersCommand({ LoadBalancerName: want.name, Listeners: listeners }),
      signal,
    );
  }
}

export async function configureHealthCheck(
  elb: ElasticLoadBalancingClient,
  { name, check }: { name: string; check: ObservedHealthCheck },
  signal?: AbortSignal,
): Promise<void> {
  const HealthCheck = {
    Target: check.target,
    Interval: check.intervalSeconds,
    Timeout: check.timeoutSeconds,
    HealthyThreshold: check.healthyThreshold,
    UnhealthyThreshold: check.unhealthyThreshold,
  };
  await call(elb, new ConfigureHealthCheckCommand({ LoadBalancerName: name, HealthCheck }), signal);
}

/** Cross-zone load balancing, connection draining and access log in one call; all are plain settings. */
export async function modifyBalancerAttributes(
  elb: ElasticLoadBalancingClient,
  { name, crossZone, drainingSeconds }: { name: string; crossZone: boolean; drainingSeconds: number },
  signal?: AbortSignal,
): Promise<void> {
  const LoadBalancerAttributes = {
    CrossZoneLoadBalancing: { Enabled: crossZone },
    ConnectionDraining: drainingSeconds > 0 ? { Enabled: true, Timeout: drainingSeconds } : { Enabled: false },
    AccessLog: { Enabled: false },
  };
  await call(elb, new ModifyLoadBalancerAttributesCommand({ LoadBalancerName: name, LoadBalancerAttributes }), signal);
}

/** Succeeds when there is none. */
export async function deleteBalancer(
  elb: ElasticLoadBalancingClient,
  name: string,
  signal?: AbortSignal,
): Promise<void> {
  await call(elb, new DeleteLoadBalancerCommand({ LoadBalancerName: name }), signal);
}

/** Instance ports of every listener of every load balancer in the account and region. */
export async function listInstancePorts(elb: ElasticLoadBalancingClient, signal?: AbortSignal): Promise<number[]> {
  const ports: number[] = [];
  let Marker: string | undefined;
  do {
    const page = await call(elb, new DescribeLoadBalancersCommand({ Marker, PageSize: 400 }), signal);
    ports.push(...(page.LoadBalancerDescriptions ?? []).flatMap((d) => listenersOf(d).map((l) => l.instancePort)));
    Marker = page.NextMarker;
  } while (Marker !== undefined && Marker !== '');
  return ports;
}

/** Value of wonderland:service on a load balancer; undefined when it has none or does not exist. */
export async function serviceOfBalancer(
  elb: ElasticLoadBalancingClient,
  name: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    const answer = await call(elb, new DescribeTagsCommand({ LoadBalancerNames: [name] }), signal);
    return answer.TagDescriptions?.[0]?.Tags?.find((t) => t.Key === TAG.service)?.Value;
  } catch (error) {
    if (NOT_FOUND.includes(awsCodeOf(error) ?? '')) return undefined;
    throw error;
  }
}
