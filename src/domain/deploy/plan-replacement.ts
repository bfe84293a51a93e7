import type { EndpointSpec } from '../service-spec.ts';
import type { ObservedBalancer, ObservedService } from './observed.ts';
import type { Observed } from './plan.ts';
import { hasOtherCertificate, healthCheckTarget } from './plan-balancer.ts';

/**
 * What one classic ELB, or one ECS service, cannot change without hurting the release that runs: one ELB checks old and
 * new tasks alike, its scheme is fixed, a listener shows one certificate to users of the old and the new domain, and an ECS
 * service keeps its load balancer, container and port for life.
 * Undefined when everything can change in place.
 */
export function replacementReason(
  endpoint: EndpointSpec | undefined,
  { behindBalancer, hostPort, domain, healthCheckTarget: released }: ObservedService,
  { balancer, certificateArn }: Pick<Observed, 'balancer' | 'certificateArn'>,
): string | undefined {
  if (endpoint === undefined) return behindBalancer === undefined ? undefined : 'the endpoint is removed';
  if (behindBalancer === undefined) return 'an endpoint is added';
  if (endpoint.component !== behindBalancer.component) return 'the component behind the load balancer changes';
  if (endpoint.containerPort !== behindBalancer.containerPort)
    return 'the container port behind the load balancer changes';
  if (balancer === undefined) return undefined;
  if (endpoint.scheme !== balancer.scheme) return 'the scheme of the load balancer changes';
  const isMoved = domain !== undefined && domain !== endpoint.domain;
  if (isMoved && balancer.listeners.some((l) => hasOtherCertificate(l, certificateArn)))
    return 'the domain changes, and its certificate with it';
  // What was released counts: a target that somebody changed by hand is put right in place.
  const target = released ?? balancer.healthCheck.target;
  return target === healthCheckTarget(endpoint.healthCheck, hostPort ?? 0)
    ? undefined
    : 'protocol, path or port of the health check changes';
}

/** Whether a load balancer that lost its ECS service can take a new one as it is wanted. */
export function isAdoptable(balancer: ObservedBalancer, { scheme, healthCheck }: EndpointSpec): boolean {
  const hostPort = balancer.listeners[0]?.instancePort;
  return (
    hostPort !== undefined &&
    scheme === balancer.scheme &&
    balancer.healthCheck.target === healthCheckTarget(healthCheck, hostPort)
  );
}
