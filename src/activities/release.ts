import { cancellationSignal } from '@temporalio/activity';
import { arrayFromPayloads, defaultPayloadConverter, WorkflowNotFoundError } from '@temporalio/common';
import { observeService } from '../cloud/ecs-service.ts';
import { describeRevision, type DescribedRevision } from '../cloud/task-definition.ts';
import type { DeployInput } from '../domain/change.ts';
import { familyRevision, revisionNumber } from '../domain/deploy/lines.ts';
import type { ObservedService } from '../domain/deploy/observed.ts';
import { candidatesFor, parseReleases, type ReleaseChoice, type ReleasePair } from '../domain/deploy/release.ts';
import { WonderlandError } from '../domain/errors.ts';
import { deploymentRef, deployWorkflowId, serviceFamily, TAG } from '../domain/ids.ts';
import type { ServiceSpec } from '../domain/service-spec.ts';
import { parseManifest } from '../manifest/parse.ts';
import { packManifest, sealSpec, unpackManifest } from '../sealed-spec.ts';
import type { Deps } from './deps.ts';
import { asFailure } from './failure.ts';

/** A release that passed its gates, whole: what it ran, and the manifest it was deployed from. */
export interface FoundRelease {
  /** Deployment id. */
  id: string;
  /** Environment values sealed, images as the revision has them: by digest where the registry could be asked. */
  spec: ServiceSpec;
  sealedManifest: string;
}

interface Candidate {
  pair: ReleasePair;
  revision: DescribedRevision;
  /** Text of the manifest. */
  manifest: string;
}

export const createReleaseActivities = ({ clients, seal, temporal }: Deps) => {
  /** The manifest a deployment was asked for with, as long as Temporal keeps that. */
  const fromHistory = async (service: string, id: string): Promise<string | undefined> => {
    try {
      const { history } = await temporal.workflowService.getWorkflowExecutionHistory({
        namespace: temporal.options.namespace,
        execution: { workflowId: deployWorkflowId(service, id) },
        maximumPageSize: 1,
      });
      const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
      const [input] = arrayFromPayloads(defaultPayloadConverter, started?.input?.payloads) as [DeployInput?];
      return input === undefined ? undefined : unpackManifest(seal.open(input.sealedManifest));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError || (error as { code?: number }).code === NOT_FOUND) return undefined;
      throw error;
    }
  };

  const read = async (service: string, pair: ReleasePair, signal: AbortSignal): Promise<Candidate | undefined> => {
    const revision = await describeRevision(clients.ecs, `${serviceFamily(service)}:${pair.revision}`, signal);
    if (revision === undefined) return undefined;
    const manifest = (await fromHistory(service, pair.id)) ?? fromTags(revision.tags);
    return manifest === undefined ? undefined : { pair, revision, manifest };
  };

  const toRelease = ({ pair, revision, manifest }: Candidate): FoundRelease => {
    const { spec } = parseManifest(manifest, 'wonderland.yaml');
    const imageOf = (name: string) => revision.definition.containerDefinitions?.find((c) => c.name === name)?.image;
    const components = spec.components.map((c) => ({ ...c, image: imageOf(c.name) ?? c.image }));
    return {
      id: pair.id,
      spec: sealSpec({ ...spec, components }, seal),
      sealedManifest: seal.seal(packManifest(manifest)),
    };
  };

  return {
    /**
     * A release of a service, by the tags of what runs.
     * Fails as `precondition_failed` when there is none such, `not_found` when the service does not run.
     */
    findRelease: ({
      service,
      cluster,
      choice,
    }: {
      service: string;
      cluster: string;
      choice: ReleaseChoice;
    }): Promise<FoundRelease> =>
      asFailure(async () => {
        const signal = cancellationSignal();
        const seen = await observeService(clients.ecs, cluster, service, signal);
        if (seen === undefined) throw notRunning(service);
        const releases = parseReleases(seen.releases);
        const runs = revisionNumber(seen.primary.taskDefinition);
        const [newest] = releases;
        const isOther = choice.which === 'previous' && newest?.revision === runs;
        const now = isOther ? await read(service, newest, signal) : undefined;
        // oxlint-disable-next-line temporal/activity-heartbeat-in-long-loops -- as a rule the first one is it
        for (const pair of candidatesFor(choice, releases, runs)) {
          const found = await read(service, pair, signal);
          const isSame = now !== undefined && found?.pair.revision === runs && found.manifest === now.manifest;
          if (found !== undefined && !isSame) return toRelease(found);
        }
        throw noRelease(service, choice, seen);
      }),
  };
};

/** gRPC's status code. */
const NOT_FOUND = 5;

function fromTags(tags: Record<string, string>): string | undefined {
  let packed = '';
  for (let n = 0; tags[`${TAG.manifest}.${n}`] !== undefined; n += 1) packed += tags[`${TAG.manifest}.${n}`];
  return packed === '' ? undefined : unpackManifest(packed);
}

const notRunning = (service: string): WonderlandError =>
  new WonderlandError('not_found', `Nothing of ${service} runs: it has no ECS service`, {
    hint: 'Deploy it from its manifest.',
  });

function noRelease(service: string, choice: ReleaseChoice, { releases, primary }: ObservedService): WonderlandError {
  const known = parseReleases(releases).map(({ id }) => id);
  if (choice.which === 'given') {
    return new WonderlandError(
      'precondition_failed',
      `${deploymentRef(service, choice.id)} is no release to go back to`,
      {
        hint: known.length === 0 ? 'No release of it has passed its gates.' : `Those that passed: ${known.join(', ')}`,
      },
    );
  }
  if (choice.which === 'active' || known.length === 0) {
    return new WonderlandError('precondition_failed', `No release of ${service} has passed its gates`, {
      hint: 'Deploy it first.',
    });
  }
  const serving = familyRevision(primary.taskDefinition);
  return new WonderlandError(
    'precondition_failed',
    `There is nothing to go back to: ${serving} is the only release of ${service} that passed its gates`,
    { hint: 'Deploy an earlier version from its manifest.' },
  );
}
