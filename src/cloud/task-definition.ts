import { createHash } from 'node:crypto';
import {
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  ListTaskDefinitionsCommand,
  RegisterTaskDefinitionCommand,
  TagResourceCommand,
  type ContainerDefinition,
  type ECSClient,
  type RegisterTaskDefinitionCommandInput,
  type TaskDefinition,
} from '@aws-sdk/client-ecs';
import { WonderlandError } from '../domain/errors.ts';
import { logGroup, serviceFamily, TAG } from '../domain/ids.ts';
import { needsExecutionRole, type ComponentSpec, type ServiceSpec } from '../domain/service-spec.ts';
import { awsCodeOf, call } from './call.ts';
import { chunkTags, ecsTags, fromEcsTags, ownerTags } from './tags.ts';
import type { Owner } from '../domain/deploy/service-want.ts';

/** Everything a revision is made of; environment values are plain here. */
export interface RevisionWant {
  service: string;
  spec: ServiceSpec;
  /** Image reference by component name, by digest where the registry could be asked. */
  images: Record<string, string>;
  hostPort?: number;
  region: string;
  /** Of the configuration; part of the revision only when the agent fetches something for it. */
  executionRoleArn?: string | undefined;
}

/** The body of a task definition: pure, the same input gives the same output. */
export function taskDefinitionOf({
  service,
  spec,
  images,
  hostPort,
  region,
  executionRoleArn,
}: RevisionWant): RegisterTaskDefinitionCommandInput {
  const containerDefinitions = spec.components.map((component): ContainerDefinition => {
    const behindBalancer = spec.endpoint?.component === component.name;
    return {
      name: component.name,
      image: images[component.name] ?? component.image,
      essential: true,
      cpu: component.cpuUnits,
      memory: component.memoryMiB,
      ...(component.command === undefined ? {} : { command: component.command }),
      environment: byName(component.env).map(([name, value]) => ({ name, value })),
      ...references(component),
      portMappings:
        behindBalancer && spec.endpoint !== undefined && hostPort !== undefined
          ? [{ containerPort: spec.endpoint.containerPort, hostPort, protocol: 'tcp' }]
          : [],
      stopTimeout: component.stopTimeoutSeconds,
      logConfiguration: {
        logDriver: 'awslogs',
        options: {
          'awslogs-group': logGroup(service),
          'awslogs-region': region,
          'awslogs-stream-prefix': component.name,
        },
      },
    };
  });
  return {
    family: serviceFamily(service),
    networkMode: 'bridge',
    containerDefinitions,
    ...(spec.taskRoleArn === undefined ? {} : { taskRoleArn: spec.taskRoleArn }),
    ...(executionRoleArn === undefined || !needsExecutionRole(spec) ? {} : { executionRoleArn }),
  };
}

const byName = <T>(values: Record<string, T>): [string, T][] =>
  Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));

/** What a container is given by name only: the agent reads the secrets when a task starts. */
const references = ({ secrets, registryCredentials, links }: ComponentSpec): Partial<ContainerDefinition> => ({
  ...(secrets === undefined ? {} : { secrets: byName(secrets).map(([name, valueFrom]) => ({ name, valueFrom })) }),
  ...(registryCredentials === undefined
    ? {}
    : { repositoryCredentials: { credentialsParameter: registryCredentials } }),
  ...(links === undefined ? {} : { links: links.map(({ component, alias }) => `${component}:${alias}`) }),
});

/**
 * SHA-256 over what runs, and nothing else: defaults that AWS fills in do not change it. What came later is appended
 * where it is used, so the hashes of revisions without it stay what they were.
 */
export function contentHash(definition: {
  containerDefinitions?: ContainerDefinition[];
  taskRoleArn?: string;
  executionRoleArn?: string;
}): string {
  const containers = (definition.containerDefinitions ?? []).map((c) => [
    c.name,
    c.image,
    c.command ?? [],
    sorted((c.environment ?? []).map((e) => [e.name, e.value])),
    sorted((c.secrets ?? []).map((s) => [s.name, s.valueFrom])),
    (c.portMappings ?? []).map((p) => [p.containerPort, p.hostPort ?? 0, p.protocol ?? 'tcp']),
    c.cpu ?? 0,
    c.memory ?? 0,
    c.links ?? [],
    c.stopTimeout ?? 0,
    byName(c.logConfiguration?.options ?? {}),
    ...(c.repositoryCredentials === undefined ? [] : [c.repositoryCredentials.credentialsParameter]),
  ]);
  const { taskRoleArn = '', executionRoleArn } = definition;
  const roles = executionRoleArn === undefined ? [taskRoleArn] : [taskRoleArn, executionRoleArn];
  return createHash('sha256')
    .update(JSON.stringify([containers, ...roles]))
    .digest('hex');
}

const sorted = (pairs: unknown[][]): unknown[][] => pairs.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));

export interface Revision {
  arn: string;
  contentHash: string;
  /** False when a usable revision was there already. */
  registered: boolean;
}

/**
 * A usable revision of the same content, or a new one. RegisterTaskDefinition is the one call without idempotency:
 * so the family's latest ACTIVE revision is looked at first, which also finds one whose answer was lost.
 */
export async function ensureRevision(
  ecs: ECSClient,
  want: RevisionWant & { owner: Owner; deployment: string },
  signal?: AbortSignal,
): Promise<Revision> {
  const input = taskDefinitionOf(want);
  const hash = contentHash(input);
  const latest = await describeRevision(ecs, serviceFamily(want.service), signal);
  if (latest?.status === 'ACTIVE' && latest.contentHash === hash)
    return { arn: latest.arn, contentHash: hash, registered: latest.deployment === want.deployment };
  const tags = ecsTags({ ...ownerTags(want.owner), [TAG.contentHash]: hash, [TAG.deployment]: want.deployment });
  const answer = await call(ecs, new RegisterTaskDefinitionCommand({ ...input, tags }), signal);
  return { arn: answer.taskDefinition?.taskDefinitionArn ?? '', contentHash: hash, registered: true };
}

export interface DescribedRevision {
  arn: string;
  status: string;
  /** Of tag and body alike; undefined when they disagree, that is when somebody changed one by hand. */
  contentHash?: string;
  deployment?: string;
  tags: Record<string, string>;
  definition: TaskDefinition;
}

/** Undefined when there is none. `revision` is an ARN, a `family:revision` or a family (its latest ACTIVE one). */
export async function describeRevision(
  ecs: ECSClient,
  revision: string,
  signal?: AbortSignal,
): Promise<DescribedRevision | undefined> {
  try {
    const { taskDefinition, tags } = await call(
      ecs,
      new DescribeTaskDefinitionCommand({ taskDefinition: revision, include: ['TAGS'] }),
      signal,
    );
    if (taskDefinition === undefined) return undefined;
    const tag = fromEcsTags(tags);
    const hash = contentHash(taskDefinition);
    return {
      arn: taskDefinition.taskDefinitionArn ?? '',
      status: taskDefinition.status ?? '',
      ...(tag[TAG.contentHash] === hash ? { contentHash: hash } : {}),
      ...(tag[TAG.deployment] === undefined ? {} : { deployment: tag[TAG.deployment] }),
      tags: tag,
      definition: taskDefinition,
    };
  } catch (error) {
    // "Unable to describe task definition." is how ECS says that there is none.
    if (awsCodeOf(error) === 'ClientException') return undefined;
    throw error;
  }
}

/** Safe to repeat: an INACTIVE or unknown revision is done. */
export async function deregisterRevision(ecs: ECSClient, arn: string, signal?: AbortSignal): Promise<void> {
  const found = await describeRevision(ecs, arn, signal);
  if (found?.status !== 'ACTIVE') return;
  await call(ecs, new DeregisterTaskDefinitionCommand({ taskDefinition: arn }), signal);
}

/** ARNs of the family's ACTIVE revisions (ListTaskDefinitions, 100 a call). */
export async function listActiveRevisions(ecs: ECSClient, family: string, signal?: AbortSignal): Promise<string[]> {
  const arns: string[] = [];
  let nextToken: string | undefined;
  do {
    const command = new ListTaskDefinitionsCommand({ familyPrefix: family, status: 'ACTIVE', nextToken });
    const page = await call(ecs, command, signal);
    arns.push(...(page.taskDefinitionArns ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  // The prefix also finds families whose name begins like this one.
  return arns.filter((arn) => arn.slice(arn.lastIndexOf('/') + 1, arn.lastIndexOf(':')) === family);
}

/**
 * The revision itself while it is ACTIVE, else a copy of it: ECS starts nothing with a deregistered one, and still
 * describes it. A copy that an earlier try registered is found by its content.
 * @throws WonderlandError `precondition_failed` when ECS does not know it any more.
 */
export async function reviveRevision(ecs: ECSClient, arn: string, signal?: AbortSignal): Promise<string> {
  const old = await describeRevision(ecs, arn, signal);
  if (old?.status === 'ACTIVE') return arn;
  if (old === undefined)
    throw new WonderlandError('precondition_failed', `ECS does not know the revision ${arn} any more`, {
      hint: 'Somebody deleted it; deploy a version that is known to be good.',
    });
  const hash = contentHash(old.definition);
  const latest = await describeRevision(ecs, old.definition.family ?? '', signal);
  if (latest?.status === 'ACTIVE' && contentHash(latest.definition) === hash) return latest.arn;
  const { family, networkMode, containerDefinitions, taskRoleArn, executionRoleArn } = old.definition;
  const body = { family, networkMode, containerDefinitions, taskRoleArn, executionRoleArn };
  const tags = ecsTags(old.tags);
  const answer = await call(ecs, new RegisterTaskDefinitionCommand({ ...body, tags }), signal);
  return answer.taskDefinition?.taskDefinitionArn ?? '';
}

/**
 * The accepted manifest that passed last with a revision, and which release that was: several may share the revision.
 * @param packed gzip + base64
 */
export async function tagManifest(
  ecs: ECSClient,
  { arn, release, packed }: { arn: string; release: string; packed: string },
  signal?: AbortSignal,
): Promise<void> {
  const chunks = chunkTags(TAG.manifest, packed);
  const tags = ecsTags({ ...chunks, [TAG.manifestOf]: `${release}:${Object.keys(chunks).length}` });
  await call(ecs, new TagResourceCommand({ resourceArn: arn, tags }), signal);
}

/** What `tagManifest` wrote of this very release; undefined when it is another's by now, or somebody took a part away. */
export function taggedManifest(tags: Record<string, string>, release: string): string | undefined {
  const [of, count] = (tags[TAG.manifestOf] ?? '').split(':');
  const chunks = Array.from({ length: Number(count) || 0 }, (_, n) => tags[`${TAG.manifest}.${n}`]);
  return of === release && !chunks.includes(undefined) ? chunks.join('') : undefined;
}
