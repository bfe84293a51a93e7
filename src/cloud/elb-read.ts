import {
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
  type ElasticLoadBalancingClient,
  type LoadBalancerDescription,
} from '@aws-sdk/client-elastic-load-balancing';
import type { ObservedBalancer, ObservedHealthCheck, ObservedListener } from '../domain/deploy/observed.ts';
import { serviceOfIncarnation, TAG } from '../domain/ids.ts';
import { awsCodeOf, call } from './call.ts';

/** What AccessPointNotFoundException is called on the wire; SDKs use either. */
export const BALANCER_NOT_FOUND = ['LoadBalancerNotFound', 'AccessPointNotFoundException', 'AccessPointNotFound'];

/** Undefined when there is no load balancer of that name. */
export async function observeBalancer(
  elb: ElasticLoadBalancingClient,
  name: string,
  signal?: AbortSignal,
): Promise<ObservedBalancer | undefined> {
  const description = await describeBalancer(elb, name, signal);
  return description === undefined ? undefined : observed(elb, description, signal);
}

/**
 * The load balancers of a service: that of the given incarnation, and names of others that are tagged as the service's.
 * DescribeLoadBalancers: one call per 400 in the account.
 */
export async function observeBalancers(
  elb: ElasticLoadBalancingClient,
  { service, incarnation }: { service: string; incarnation?: string },
  signal?: AbortSignal,
): Promise<{ current?: ObservedBalancer; others: string[] }> {
  const named = (await listBalancers(elb, signal)).filter(
    ({ LoadBalancerName = '' }) => serviceOfIncarnation(LoadBalancerName) === service,
  );
  const current = named.find((d) => d.LoadBalancerName === incarnation);
  const others: string[] = [];
  for (const { LoadBalancerName: name = '' } of named.filter((d) => d !== current))
    if ((await serviceOfBalancer(elb, name, signal)) === service) others.push(name);
  return { ...(current === undefined ? {} : { current: await observed(elb, current, signal) }), others };
}

async function observed(
  elb: ElasticLoadBalancingClient,
  description: LoadBalancerDescription,
  signal?: AbortSignal,
): Promise<ObservedBalancer> {
  const name = description.LoadBalancerName ?? '';
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
    availabilityZones: (description.AvailabilityZones ?? []).toSorted(),
    ...(description.CreatedTime === undefined ? {} : { createdAt: description.CreatedTime.getTime() }),
    crossZone: LoadBalancerAttributes?.CrossZoneLoadBalancing?.Enabled === true,
    drainingSeconds: draining?.Enabled === true ? (draining.Timeout ?? 300) : 0,
  };
}

/** Undefined when there is none. */
export async function describeBalancer(
  elb: ElasticLoadBalancingClient,
  name: string,
  signal?: AbortSignal,
): Promise<LoadBalancerDescription | undefined> {
  try {
    const answer = await call(elb, new DescribeLoadBalancersCommand({ LoadBalancerNames: [name] }), signal);
    return answer.LoadBalancerDescriptions?.[0];
  } catch (error) {
    if (BALANCER_NOT_FOUND.includes(awsCodeOf(error) ?? '')) return undefined;
    throw error;
  }
}

export const listenersOf = (description: LoadBalancerDescription): ObservedListener[] =>
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

/** Instance ports of every listener of every load balancer in the account and region. */
export const listInstancePorts = async (elb: ElasticLoadBalancingClient, signal?: AbortSignal): Promise<number[]> =>
  (await listBalancers(elb, signal)).flatMap((d) => listenersOf(d).map((l) => l.instancePort));

async function listBalancers(
  elb: ElasticLoadBalancingClient,
  signal?: AbortSignal,
): Promise<LoadBalancerDescription[]> {
  const all: LoadBalancerDescription[] = [];
  let Marker: string | undefined;
  do {
    const page = await call(elb, new DescribeLoadBalancersCommand({ Marker, PageSize: 400 }), signal);
    all.push(...(page.LoadBalancerDescriptions ?? []));
    Marker = page.NextMarker;
  } while (Marker !== undefined && Marker !== '');
  return all;
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
    if (BALANCER_NOT_FOUND.includes(awsCodeOf(error) ?? '')) return undefined;
    throw error;
  }
}
