import { cancellationSignal } from '@temporalio/activity';
import { observeService } from '../cloud/ecs-service.ts';
import { describeRevision, taggedManifest, type DescribedRevision } from '../cloud/task-definition.ts';
import { familyRevision, revisionNumber } from '../domain/deploy/lines.ts';
import type { ObservedService } from '../domain/deploy/observed.ts';
import { candidatesFor, parseReleases, type ReleaseChoice, type ReleasePair } from '../domain/deploy/release.ts';
import { isWonderlandError, WonderlandError } from '../domain/errors.ts';
import { deploymentRef, serviceFamily } from '../domain/ids.ts';
import type { ServiceSpec } from '../domain/service-spec.ts';
import { parseManifest } from '../manifest/parse.ts';
import { packManifest, sealSpec, unpackManifest } from '../sealed-spec.ts';
import type { Deps } from './deps.ts';
import { asFailure } from './failure.ts';
import { createManifestHistory } from './manifest-history.ts';

/** A release that passed its gates, whole: what it ran, and the manifest it was deployed from. */
export interface FoundRelease {
  /** Deployment id. */
  id: string;
  /** Environment values sealed, images as the revision has them: by digest where the registry could be asked. */
  spec: ServiceSpec;
  sealedManifest: string;
  /** Newer ones of the revision that runs, whose manifests nobody knows any more. */
  passedOver?: string[];
}

interface Asked {
  pair: ReleasePair;
  /** Every release of the service. */
  others: ReleasePair[];
}

interface Candidate {
  pair: ReleasePair;
  revision: DescribedRevision;
  /** Text of the manifest. */
  manifest: string;
}

export const createReleaseActivities = ({ clients, seal, temporal }: Deps) => {
  const fromHistory = createManifestHistory({ seal, temporal });

  /** @throws WonderlandError `precondition_failed` when nobody knows any more what the release was. */
  const read = async (service: string, { pair, others }: Asked, signal: AbortSignal): Promise<Candidate> => {
    const revision = await describeRevision(clients.ecs, `${serviceFamily(service)}:${pair.revision}`, signal);
    const tagged = taggedManifest(revision?.tags ?? {}, pair.id);
    const manifest =
      (await fromHistory(service, pair.id)) ?? (tagged === undefined ? undefined : unpackManifest(tagged));
    if (revision !== undefined && manifest !== undefined) return { pair, revision, manifest };
    throw forgotten(service, { pair, others }, revision === undefined ? 'task definition' : 'manifest');
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
        const passedOver: string[] = [];
        const isOther = choice.which === 'previous' && newest?.revision === runs;
        const now = isOther ? await read(service, { pair: newest, others: releases }, signal).catch(skip) : undefined;
        // oxlint-disable-next-line temporal/activity-heartbeat-in-long-loops -- as a rule the first one is it
        for (const pair of candidatesFor(choice, releases, runs)) {
          const reading = read(service, { pair, others: isOther ? releases.slice(1) : releases }, signal);
          // Of the same revision, it is in all likelihood the same: a manifest that was deployed again.
          const found = isOther && pair.revision === runs ? await reading.catch(skip) : await reading;
          const isSame = now !== undefined && found?.pair.revision === runs && found.manifest === now.manifest;
          if (found !== undefined && !isSame) return { ...toRelease(found), passedOver };
          if (found === undefined) passedOver.push(pair.id);
        }
        const unknown = releases.find(({ id }) => passedOver.includes(id));
        if (unknown !== undefined) throw forgotten(service, { pair: unknown, others: [] }, 'manifest');
        throw noRelease(service, choice, seen);
      }),
  };
};

/** @throws what is no `precondition_failed` */
function skip(error: unknown): undefined {
  if (!isWonderlandError(error) || error.code !== 'precondition_failed') throw error;
}

function forgotten(service: string, { pair, others }: Asked, what: string): WonderlandError {
  const known = others.filter(({ id }) => id !== pair.id).map(({ id }) => id);
  return new WonderlandError(
    'precondition_failed',
    `The ${what} of the release ${deploymentRef(service, pair.id)} is not known any more`,
    {
      hint:
        known.length === 0
          ? 'Deploy a version that is known to be good from its manifest.'
          : `Name another with --to, or deploy from a manifest. Others that passed: ${known.join(', ')}`,
    },
  );
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
