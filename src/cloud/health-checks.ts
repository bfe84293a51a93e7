import {
  ChangeTagsForResourceCommand,
  CreateHealthCheckCommand,
  DeleteHealthCheckCommand,
  ListHealthChecksCommand,
  type HealthCheck,
  type Route53Client,
} from '@aws-sdk/client-route-53';
import type { Owner } from '../domain/deploy/service-want.ts';
import { awsCodeOf, call } from './call.ts';
import { awsTags, ownerTags } from './tags.ts';

export interface HealthCheckWant {
  /** The incarnation it belongs to. */
  incarnation: string;
  /** Id of the change: names the check when the incarnation's own reference is spent. */
  id: string;
  domain: string;
  port: number;
  protocol: 'HTTP' | 'HTTPS' | 'TCP';
  path?: string;
  owner: Owner;
}

/** Every check of an incarnation begins so; Route 53 takes 64 characters. */
const prefixOf = (incarnation: string): string => `wonderland-${incarnation}-`;

/** Tells by its caller reference whose a check is. */
export type IsOf = (callerReference: string) => boolean;

export const ofIncarnation =
  (incarnation: string): IsOf =>
  (reference) =>
    reference.startsWith(prefixOf(incarnation));

export const ofService =
  (service: string): IsOf =>
  (reference) =>
    new RegExp(`^wonderland-${service}-[0-9]{10}-`).test(reference);

/**
 * A health check of the service's public address; its id is the CheckID. The caller reference is the incarnation's, so
 * asking again answers the same one. Route 53 never takes the reference of a deleted or changed check again: then the
 * one that was made instead is found, or made under the change's own reference.
 */
export async function ensureHealthCheck(
  route53: Route53Client,
  want: HealthCheckWant,
  signal?: AbortSignal,
): Promise<{ id: string; isRepaired: boolean }> {
  const prefix = prefixOf(want.incarnation);
  try {
    const id = await create(route53, want, `${prefix}${want.domain}`.slice(0, 64), signal);
    return { id, isRepaired: false };
  } catch (error) {
    if (awsCodeOf(error) !== 'HealthCheckAlreadyExists') throw error;
  }
  const own = `${prefix}${want.id}`.slice(0, 64);
  const standing = (await healthChecksOf(route53, ofIncarnation(want.incarnation), signal)).find((c) =>
    isAsWanted(c, want),
  );
  // One of this very change is what an earlier try left behind.
  if (standing?.Id === undefined || standing.CallerReference === own)
    return { id: await create(route53, want, own, signal), isRepaired: true };
  // The change that made it may have given up before it was tagged.
  await tag(route53, standing.Id, want.owner, signal);
  return { id: standing.Id, isRepaired: false };
}

async function create(
  route53: Route53Client,
  want: HealthCheckWant,
  CallerReference: string,
  signal?: AbortSignal,
): Promise<string> {
  const HealthCheckConfig = {
    Type: want.protocol,
    FullyQualifiedDomainName: want.domain,
    Port: want.port,
    ...(want.path === undefined ? {} : { ResourcePath: want.path }),
    RequestInterval: 30,
    FailureThreshold: 3,
  };
  const answer = await call(route53, new CreateHealthCheckCommand({ CallerReference, HealthCheckConfig }), signal);
  const id = answer.HealthCheck?.Id ?? '';
  await tag(route53, id, want.owner, signal);
  return id;
}

async function tag(route53: Route53Client, ResourceId: string, owner: Owner, signal?: AbortSignal): Promise<void> {
  const AddTags = awsTags(ownerTags(owner));
  await call(route53, new ChangeTagsForResourceCommand({ ResourceType: 'healthcheck', ResourceId, AddTags }), signal);
}

const isAsWanted = ({ HealthCheckConfig: has }: HealthCheck, { domain, port, protocol, path }: HealthCheckWant) =>
  has?.FullyQualifiedDomainName === domain &&
  has.Port === port &&
  has.Type === protocol &&
  (has.ResourcePath ?? '') === (path ?? '');

/** Deletes the health checks that are somebody's, but for one; safe to repeat. */
export async function deleteHealthChecks(
  route53: Route53Client,
  { isOf, keep }: { isOf: IsOf; keep?: string },
  signal?: AbortSignal,
): Promise<void> {
  const ids = (await healthChecksOf(route53, isOf, signal)).flatMap(({ Id }) => Id ?? []);
  for (const HealthCheckId of ids.filter((id) => id !== keep)) {
    try {
      await call(route53, new DeleteHealthCheckCommand({ HealthCheckId }), signal);
    } catch (error) {
      if (awsCodeOf(error) !== 'NoSuchHealthCheck') throw error;
    }
  }
}

/** ListHealthChecks: one call per 100 in the account. */
async function healthChecksOf(route53: Route53Client, isOf: IsOf, signal?: AbortSignal): Promise<HealthCheck[]> {
  const found: HealthCheck[] = [];
  let Marker: string | undefined;
  do {
    const page = await call(route53, new ListHealthChecksCommand({ Marker, MaxItems: 100 }), signal);
    found.push(...(page.HealthChecks ?? []).filter((c) => isOf(c.CallerReference ?? '')));
    Marker = page.IsTruncated === true ? page.NextMarker : undefined;
  } while (Marker !== undefined);
  return found;
}
