import {
  AddTagsCommand,
  AttachLoadBalancerToSubnetsCommand,
  ConfigureHealthCheckCommand,
  CreateLoadBalancerCommand,
  CreateLoadBalancerListenersCommand,
  DeleteLoadBalancerCommand,
  DeleteLoadBalancerListenersCommand,
  EnableAvailabilityZonesForLoadBalancerCommand,
  ModifyLoadBalancerAttributesCommand,
  SetLoadBalancerListenerSSLCertificateCommand,
  type ElasticLoadBalancingClient,
} from '@aws-sdk/client-elastic-load-balancing';
import type { ObservedBalancer, ObservedHealthCheck } from '../domain/deploy/observed.ts';
import { hasOtherCertificate, instanceProtocol, isSecure } from '../domain/deploy/plan-balancer.ts';
import type { Owner } from '../domain/deploy/service-want.ts';
import { WonderlandError } from '../domain/errors.ts';
import type { ListenerSpec } from '../domain/service-spec.ts';
import { call } from './call.ts';
import { describeBalancer, listenersOf, observeBalancer } from './elb-read.ts';
import { awsTags, ownerTags } from './tags.ts';

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
  ...(isSecure(protocol) ? { SSLCertificateId: certificateArn } : {}),
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
  if ((await describeBalancer(elb, want.name, signal)) === undefined) {
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

/**
 * Lets the listeners, and the certificate they show, be those of the manifest; the others are deleted first, because a
 * port is taken once.
 */
export async function convergeListeners(
  elb: ElasticLoadBalancingClient,
  want: {
    name: string;
    /** One that is made gets its own certificate, where it has one. */
    listeners: (ListenerSpec & { certificateArn?: string })[];
    hostPort: number;
    /** For those without one of their own, and for all that are there. */
    certificateArn?: string;
  },
  signal?: AbortSignal,
): Promise<void> {
  const description = await describeBalancer(elb, want.name, signal);
  const current = description === undefined ? [] : listenersOf(description);
  const unwanted = current.filter((c) => !want.listeners.some((l) => l.port === c.port && l.protocol === c.protocol));
  const missing = want.listeners.filter((l) => !current.some((c) => l.port === c.port && l.protocol === c.protocol));
  const renewed = current.filter((c) => !unwanted.includes(c) && hasOtherCertificate(c, want.certificateArn));
  if (unwanted.length > 0) {
    const ports = unwanted.map((l) => l.port);
    await call(
      elb,
      new DeleteLoadBalancerListenersCommand({ LoadBalancerName: want.name, LoadBalancerPorts: ports }),
      signal,
    );
  }
  if (missing.length > 0) {
    const listeners = missing.map((l) => toListener(l, { ...want, ...l }));
    await call(
      elb,
      new CreateLoadBalancerListenersCommand({ LoadBalancerName: want.name, Listeners: listeners }),
      signal,
    );
  }
  for (const { port } of renewed) {
    await call(
      elb,
      new SetLoadBalancerListenerSSLCertificateCommand({
        LoadBalancerName: want.name,
        LoadBalancerPort: port,
        SSLCertificateId: want.certificateArn,
      }),
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

/** Adds zones, or the subnets that lie in them; what is enabled already stays. */
export async function enableZones(
  elb: ElasticLoadBalancingClient,
  { name, zones, subnets }: { name: string; zones: string[]; subnets: string[] },
  signal?: AbortSignal,
): Promise<void> {
  const command =
    subnets.length > 0
      ? new AttachLoadBalancerToSubnetsCommand({ LoadBalancerName: name, Subnets: subnets })
      : new EnableAvailabilityZonesForLoadBalancerCommand({ LoadBalancerName: name, AvailabilityZones: zones });
  await call(elb, command, signal);
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
