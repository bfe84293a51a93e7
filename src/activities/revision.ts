import { cancellationSignal } from '@temporalio/activity';
import { resolveImage } from '../cloud/image-registry.ts';
import { ensureLogGroup } from '../cloud/logs.ts';
import {
  contentHash,
  deregisterRevision,
  ensureRevision,
  listActiveRevisions,
  reviveRevision,
  tagManifest,
  taskDefinitionOf,
  type Revision,
} from '../cloud/task-definition.ts';
import type { Owner } from '../domain/deploy/service-want.ts';
import { logGroup, serviceFamily } from '../domain/ids.ts';
import type { ServiceSpec } from '../domain/service-spec.ts';
import { openSpec } from '../sealed-spec.ts';
import type { Deps } from './deps.ts';
import { asFailure } from './failure.ts';

interface ManifestTags {
  /** Of the revision. */
  arn: string;
  /** Deployment id. */
  release: string;
  sealedManifest: string;
}

export interface ResolvedImages {
  /** Image by component name, by digest where the registry could be asked. */
  images: Record<string, string>;
  /** Content hash of the wanted revision; absent while its host port is not chosen. */
  contentHash?: string;
  warnings: string[];
}

/** A warning only: the instances may have credentials of their own (`ECS_ENGINE_AUTH_DATA`). */
const NO_CREDENTIALS = ', and the manifest names no `registry-credentials`';

export const createRevisionActivities = ({ clients, config, seal }: Deps) => {
  return {
    /** Asks the registries for the images' digests. Fails as `image_not_found`. */
    resolveImages: ({
      service,
      spec,
      hostPort,
    }: {
      service: string;
      spec: ServiceSpec;
      hostPort?: number;
    }): Promise<ResolvedImages> =>
      asFailure(async () => {
        const signal = cancellationSignal();
        const answers = await Promise.all(
          spec.components.map(async (c) => ({
            name: c.name,
            hasCredentials: c.registryCredentials !== undefined,
            ...(await resolveImage(c.image, config.registry['endpoint-url'], signal)),
          })),
        );
        const images = Object.fromEntries(answers.map((a) => [a.name, a.pinned]));
        const warnings = answers.flatMap((a) =>
          a.checked
            ? []
            : [`Image ${a.pinned} was not checked: ${a.why}${a.isPrivate && !a.hasCredentials ? NO_CREDENTIALS : ''}`],
        );
        if (spec.endpoint !== undefined && hostPort === undefined) return { images, warnings };
        const want = {
          service,
          spec: openSpec(spec, seal),
          images,
          region: config.region,
          executionRoleArn: config['execution-role-arn'],
          ...(hostPort === undefined ? {} : { hostPort }),
        };
        return { images, warnings, contentHash: contentHash(taskDefinitionOf(want)) };
      }),

    /** A usable revision of this content, or a new one; and the log group it writes to. */
    registerRevision: (want: {
      service: string;
      spec: ServiceSpec;
      images: Record<string, string>;
      hostPort?: number;
      owner: Owner;
      deployment: string;
    }): Promise<Revision> =>
      asFailure(async () => {
        const signal = cancellationSignal();
        const group = { name: logGroup(want.service), retentionDays: config['log-retention-days'], owner: want.owner };
        await ensureLogGroup(clients.logs, group, signal);
        const made = { region: config.region, executionRoleArn: config['execution-role-arn'] };
        return ensureRevision(clients.ecs, { ...want, ...made, spec: openSpec(want.spec, seal) }, signal);
      }),

    /** The revision itself, or a copy of it when somebody deregistered it. Fails as `precondition_failed`. */
    reviveRevision: ({ arn }: { arn: string }): Promise<string> =>
      asFailure(() => reviveRevision(clients.ecs, arn, cancellationSignal())),

    deregisterRevision: ({ arn }: { arn: string }): Promise<void> =>
      asFailure(() => deregisterRevision(clients.ecs, arn, cancellationSignal())),

    /** ARNs of every ACTIVE revision of a service but one. */
    findOtherRevisions: ({ service, keep }: { service: string; keep: string }): Promise<string[]> =>
      asFailure(async () => {
        const revisions = await listActiveRevisions(clients.ecs, serviceFamily(service), cancellationSignal());
        return revisions.filter((arn) => arn !== keep);
      }),

    /** Writes the manifest that passed onto its revision. */
    tagManifest: ({ arn, release, sealedManifest }: ManifestTags): Promise<void> =>
      asFailure(() =>
        tagManifest(clients.ecs, { arn, release, packed: seal.open(sealedManifest) }, cancellationSignal()),
      ),
  };
};
