import {
  CreateServiceCommand,
  DescribeServicesCommand,
  ListServicesCommand,
  TagResourceCommand,
  UpdateServiceCommand,
  type ECSClient,
  type Service,
} from '@aws-sdk/client-ecs';
import { familyRevision } from '../domain/deploy/lines.ts';
import { serviceFamily, serviceOfIncarnation, TAG } from '../domain/ids.ts';
import type { ObservedDeployment, ObservedService } from '../domain/deploy/observed.ts';
import type { Owner, ServiceWant } from '../domain/deploy/service-want.ts';
import { WonderlandError } from '../domain/errors.ts';
import { awsCodeOf, call } from './call.ts';
import { ecsTags, fromEcsTags, ownerTags } from './tags.ts';
import { describeRevision } from './task-definition.ts';

/** The agent's own, where a revision names none. */
const STOP_TIMEOUT_SECONDS = 30;
/** DescribeServices takes ten names. */
const DESCRIBE_LIMIT = 10;

/** Every service name in the cluster, page by page (ListServices, 100 a page). */
export async function listServiceNames(ecs: ECSClient, cluster: string, signal?: AbortSignal): Promise<string[]> {
  const names: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await call(ecs, new ListServicesCommand({ cluster, maxResults: 100, nextToken }), signal);
    names.push(...(page.serviceArns ?? []).map((arn) => arn.slice(arn.lastIndexOf('/') + 1)));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return names;
}

export async function describeServices(
  ecs: ECSClient,
  cluster: string,
  names: string[],
  signal?: AbortSignal,
): Promise<Service[]> {
  const services: Service[] = [];
  for (let start = 0; start < names.length; start += DESCRIBE_LIMIT) {
    const batch = names.slice(start, start + DESCRIBE_LIMIT);
    const page = await call(ecs, new DescribeServicesCommand({ cluster, services: batch, include: ['TAGS'] }), signal);
    services.push(...(page.services ?? []));
  }
  return services;
}

/**
 * The ACTIVE incarnations of a service: the one that serves, and others. The newest that was released serves; before
 * the first release the newest of all.
 */
export async function observeIncarnations(
  ecs: ECSClient,
  cluster: string,
  service: string,
  signal?: AbortSignal,
): Promise<{ current?: ObservedService; others: Service[] }> {
  const names = (await listServiceNames(ecs, cluster, signal)).filter((name) => serviceOfIncarnation(name) === service);
  const active = (await describeServices(ecs, cluster, names, signal)).filter(
    (s) => s.status === 'ACTIVE' && isOf(service, s),
  );
  const newestFirst = active.toSorted((a, b) => (b.serviceName ?? '').localeCompare(a.serviceName ?? ''));
  const serving = newestFirst.find((s) => fromEcsTags(s.tags)[TAG.deployment] !== undefined) ?? newestFirst[0];
  if (serving === undefined) return { others: [] };
  return { current: await observed(ecs, serving, signal), others: newestFirst.filter((s) => s !== serving) };
}

/** Another's ECS service may be named as ours are; ours may have lost its tags, and runs its family all the same. */
export function isOf(service: string, { tags, taskDefinition = '' }: Service): boolean {
  const owner = fromEcsTags(tags)[TAG.service];
  return owner === undefined ? familyOf(taskDefinition) === serviceFamily(service) : owner === service;
}

const familyOf = (taskDefinition: string): string => familyRevision(taskDefinition).replace(/:\d+$/, '');

/** The incarnation that serves, or undefined. */
export const observeService = async (
  ecs: ECSClient,
  cluster: string,
  service: string,
  signal?: AbortSignal,
): Promise<ObservedService | undefined> => (await observeIncarnations(ecs, cluster, service, signal)).current;

async function observed(ecs: ECSClient, service: Service, signal?: AbortSignal): Promise<ObservedService> {
  const tags = fromEcsTags(service.tags);
  const primary = service.deployments?.find((d) => d.status === 'PRIMARY');
  const revision = await describeRevision(ecs, primary?.taskDefinition ?? service.taskDefinition ?? '', signal);
  const containers = revision?.definition.containerDefinitions ?? [];
  const balancer = service.loadBalancers?.[0];
  const behind = containers.find((c) => c.name === balancer?.containerName);
  const hostPort = behind?.portMappings?.find((p) => p.containerPort === balancer?.containerPort)?.hostPort;
  return {
    name: service.serviceName ?? '',
    desired: service.desiredCount ?? 0,
    minimumHealthyPercent: service.deploymentConfiguration?.minimumHealthyPercent ?? 100,
    maximumPercent: service.deploymentConfiguration?.maximumPercent ?? 200,
    primary: toDeployment(primary),
    ...(revision?.contentHash === undefined ? {} : { contentHash: revision.contentHash }),
    isRevisionActive: revision?.status === 'ACTIVE',
    stopTimeoutSeconds: Math.max(0, ...containers.map((c) => c.stopTimeout ?? STOP_TIMEOUT_SECONDS)),
    ...(balancer === undefined
      ? {}
      : {
          behindBalancer: { component: balancer.containerName ?? '', containerPort: balancer.containerPort ?? 0 },
          gracePeriodSeconds: service.healthCheckGracePeriodSeconds ?? 0,
        }),
    ...(hostPort === undefined ? {} : { hostPort }),
    ...(tags[TAG.deployment] === undefined ? {} : { activeDeployment: tags[TAG.deployment] }),
    ...(tags[TAG.team] === undefined ? {} : { team: tags[TAG.team] }),
    ...(tags[TAG.domain] === undefined ? {} : { domain: tags[TAG.domain] }),
    ...((tags[TAG.leftDomains] ?? '') === '' ? {} : { leftDomains: tags[TAG.leftDomains]?.split(' ') }),
    ...(tags[TAG.scale] === undefined ? {} : { releasedScale: Number(tags[TAG.scale]) }),
    ...(tags[TAG.healthCheck] === undefined ? {} : { healthCheckTarget: fromBase64(tags[TAG.healthCheck] ?? '') }),
    releases: (tags[TAG.releases] ?? '').split(' ').filter((r) => r !== ''),
    ...(service.events?.[0]?.createdAt === undefined ? {} : { newestEventAt: service.events[0].createdAt.getTime() }),
    cpuUnits: containers.reduce((sum, c) => sum + (c.cpu ?? 0), 0),
    memoryMiB: containers.reduce((sum, c) => sum + (c.memory ?? 0), 0),
  };
}

/** A target may hold what a tag's alphabet has not. */
const toBase64 = (text: string): string => Buffer.from(text).toString('base64');
const fromBase64 = (text: string): string => Buffer.from(text, 'base64').toString('utf8');

type SdkDeployment = NonNullable<Service['deployments']>[number];

const toDeployment = (d: SdkDeployment | undefined): ObservedDeployment => ({
  id: d?.id ?? '',
  status: d?.status ?? '',
  taskDefinition: d?.taskDefinition ?? '',
  desired: d?.desiredCount ?? 0,
  running: d?.runningCount ?? 0,
  pending: d?.pendingCount ?? 0,
  failed: d?.failedTasks ?? 0,
});

const settings = ({ minimumHealthyPercent, maximumPercent, gracePeriodSeconds }: ServiceWant) => ({
  deploymentConfiguration: { minimumHealthyPercent, maximumPercent },
  ...(gracePeriodSeconds === undefined ? {} : { healthCheckGracePeriodSeconds: gracePeriodSeconds }),
});

/**
 * Creates the service and answers its PRIMARY deployment's id. The incarnation's name is the deployment's own, so one
 * that is there already is ours, made by a call whose answer was lost.
 */
export async function createService(
  ecs: ECSClient,
  want: ServiceWant & {
    owner: Owner;
    hostPorts: number[];
    /** Idempotency token, at most 36 characters; a name that is used again needs another one. */
    token: string;
    behind?: { balancer: string; component: string; containerPort: number };
  },
  signal?: AbortSignal,
): Promise<string> {
  const [existing] = await describeServices(ecs, want.cluster, [want.name], signal);
  // One that bears the tag of a release is not what this change made: it was deleted, and this answer shows the past.
  const isReleased = fromEcsTags(existing?.tags)[TAG.deployment] !== undefined;
  if (existing?.status === 'ACTIVE' && !isReleased) return primaryOf(existing);
  const answer = await call(
    ecs,
    new CreateServiceCommand({
      cluster: want.cluster,
      serviceName: want.name,
      clientToken: want.token,
      taskDefinition: want.taskDefinition,
      desiredCount: want.desired,
      ...settings(want),
      ...(want.behind === undefined
        ? {}
        : {
            loadBalancers: [
              {
                loadBalancerName: want.behind.balancer,
                containerName: want.behind.component,
                containerPort: want.behind.containerPort,
              },
            ],
          }),
      tags: ecsTags({
        ...ownerTags(want.owner),
        ...(want.hostPorts.length === 0 ? {} : { [TAG.hostPorts]: want.hostPorts.join(' ') }),
      }),
      propagateTags: 'TASK_DEFINITION',
    }),
    signal,
  );
  return primaryOf(answer.service);
}

export interface UpdateHow {
  /**
   * Id of the PRIMARY as it was observed: one with another id and our revision is what an UpdateService with a lost
   * answer left behind, and one with another revision is somebody else's. Without it whatever runs is replaced.
   */
  before?: string | undefined;
  /** The revision stays and a new deployment of it starts, once. */
  force?: boolean | undefined;
  /** Ids of PRIMARYs that were replaced: an answer that shows one may be the past, however right it looks. */
  past?: string[] | undefined;
}

/** Lets the service run a revision and answers the id of the deployment that does so. */
export async function updateService(
  ecs: ECSClient,
  want: ServiceWant,
  { before, force = false, past = [] }: UpdateHow,
  signal?: AbortSignal,
): Promise<string> {
  const [current] = await describeServices(ecs, want.cluster, [want.name], signal);
  if (current?.status !== 'ACTIVE') throw gone(want.name);
  const primary = current.deployments?.find((d) => d.status === 'PRIMARY');
  const ours = primary?.taskDefinition === want.taskDefinition;
  const isForced = force && primary?.id === before;
  // Written once more, what is there already begins nothing.
  const isSure = !past.includes(primary?.id ?? '');
  if (ours && isSure && !isForced && sameSettings(current, want)) return primaryOf(current);
  if (!ours && before !== undefined && primary?.id !== before) {
    throw new WonderlandError(
      'conflict',
      `Somebody else updated the ECS service ${want.name} meanwhile: its PRIMARY deployment is ${primary?.id ?? 'none'}`,
      { hint: 'Find out who did it (CloudTrail, other deploy tools), then deploy again.' },
    );
  }
  const command = new UpdateServiceCommand({
    cluster: want.cluster,
    service: want.name,
    ...(ours && isSure ? {} : { taskDefinition: want.taskDefinition }),
    ...(isForced ? { forceNewDeployment: true } : {}),
    desiredCount: want.desired,
    ...settings(want),
  });
  const answer = await call(ecs, command, signal).catch((error: unknown) => {
    throw isGone(error) ? gone(want.name) : error;
  });
  return primaryOf(answer.service);
}

/** Whether ECS refused a call because the service was deleted. */
export const isGone = (error: unknown): boolean =>
  ['ServiceNotFoundException', 'ServiceNotActiveException'].includes(awsCodeOf(error) ?? '');

const gone = (name: string): WonderlandError =>
  new WonderlandError('not_found', `The ECS service ${name} is gone: somebody deleted it`, {
    hint: 'Deploy again: the service is made anew.',
  });

function sameSettings(current: Service, want: ServiceWant): boolean {
  const { minimumHealthyPercent, maximumPercent } = current.deploymentConfiguration ?? {};
  return (
    current.desiredCount === want.desired &&
    minimumHealthyPercent === want.minimumHealthyPercent &&
    maximumPercent === want.maximumPercent &&
    (want.gracePeriodSeconds === undefined || (current.healthCheckGracePeriodSeconds ?? 0) === want.gracePeriodSeconds)
  );
}

const primaryOf = (service: Service | undefined): string =>
  service?.deployments?.find((d) => d.status === 'PRIMARY')?.id ?? '';

/** What the tags of an ECS service say of the release that passed last. */
export interface ReleaseTags {
  cluster: string;
  /** The incarnation. */
  name: string;
  deployment: string;
  /** Desired count that was set. */
  scale: number;
  /** `id:revision`, newest first; as many are kept as a tag's 256 characters hold. */
  releases: string[];
  owner: Owner;
  /** Absent without an endpoint. */
  endpoint?: { domain: string; healthCheckTarget: string };
  /** Absent: the tag stays as it is. Empty: none is left. */
  leftDomains?: string[];
}

const LONGEST_TAG = 256;

/** As many as a tag's value holds, the first of them. */
const fitting = (values: string[]): string =>
  values.reduce((kept, value) => (kept.length + value.length + 1 > LONGEST_TAG ? kept : `${kept} ${value}`.trim()), '');

export async function tagRelease(ecs: ECSClient, release: ReleaseTags, signal?: AbortSignal): Promise<void> {
  const { cluster, name, deployment, scale, releases, owner, endpoint, leftDomains } = release;
  const [service] = await describeServices(ecs, cluster, [name], signal);
  const target = toBase64(endpoint?.healthCheckTarget ?? '');
  const tags = ecsTags({
    ...ownerTags(owner),
    [TAG.deployment]: deployment,
    [TAG.releases]: fitting(releases),
    [TAG.scale]: String(scale),
    ...(endpoint === undefined ? {} : { [TAG.domain]: endpoint.domain }),
    ...(leftDomains === undefined ? {} : { [TAG.leftDomains]: fitting(leftDomains) }),
    ...(target === '' || target.length > LONGEST_TAG ? {} : { [TAG.healthCheck]: target }),
  });
  await call(ecs, new TagResourceCommand({ resourceArn: service?.serviceArn ?? '', tags }), signal);
}
