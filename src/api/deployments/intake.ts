import { createHmac } from 'node:crypto';
import type { Config } from '../../config.ts';
import type { DeploymentRequest } from '../../domain/api.ts';
import { formatIssue, WonderlandError } from '../../domain/errors.ts';
import { nearest } from '../../domain/nearest.ts';
import type { ServiceSpec } from '../../domain/service-spec.ts';
import { parseManifest } from '../../manifest/parse.ts';
import { requireSupported } from '../../manifest/supported.ts';
import { createSeal } from '../../seal.ts';
import { packManifest, sealSpec } from '../../sealed-spec.ts';
import { invalid, openYamlDocument } from '../../yaml-document.ts';
import type { Caller } from '../locals.ts';
import type { Order } from './order.ts';

export const DEFAULT_FILE = 'wonderland.yaml';
/** 32 tags of 256 characters: what a task definition revision can keep beside its other tags. */
const PACKED_LIMIT = 8_192;

/**
 * Checks a request and turns it into the workflow's argument; everything secret in it is sealed.
 * @param owner team that owns the service, undefined for a new name
 * @throws WonderlandError `spec_invalid`, `not_supported_yet`, or `forbidden` when the manifest names another team.
 */
export function takeIn(
  request: DeploymentRequest,
  at: { service: string; owner: string | undefined; caller: Caller; config: Config },
): Extract<Order, { kind: 'deploy' }>['input'] {
  const { service, owner, caller, config } = at;
  const file = request.file ?? DEFAULT_FILE;
  const parsed = parseManifest(request.manifest, file);
  requireSupported(parsed, file);
  const { spec, warnings } = parsed;
  const team = teamOf(spec, { ...at, text: request.manifest, file });
  const seal = createSeal(config['sealing-key']);
  return {
    service,
    team,
    ...placeOf(config),
    actor: caller.name,
    spec: sealSpec(spec, seal),
    sealedManifest: seal.seal(packed(request.manifest, file)),
    contentKeyWarnings: warnings.map(({ hint, ...issue }) => ({
      message: formatIssue(issue),
      ...(hint === undefined ? {} : { hint }),
    })),
    takeOverDomain: request.takeOverDomain ?? false,
    onConflict: request.onConflict ?? 'queue',
  };

  function teamOf({ team: wanted }: ServiceSpec, source: { text: string; file: string }): string {
    const chosen = wanted ?? owner ?? caller.team;
    if (!config.teams.includes(chosen)) {
      const guess = nearest(chosen, config.teams);
      const hint = guess === undefined ? `known teams: ${config.teams.join(', ')}` : `did you mean "${guess}"?`;
      throw invalid(source.file, [
        openYamlDocument(source.text, source.file).issue(['team'], `unknown team "${chosen}"`, { hint }),
      ]);
    }
    if (caller.admin || chosen === caller.team) return chosen;
    throw new WonderlandError('forbidden', `${source.file} names the team ${chosen}, the token is of ${caller.team}`, {
      hint: `Use a token of ${chosen} or of an admin, or leave \`team\` out.`,
    });
  }
}

/** As the tags of the task definition keep it. */
function packed(manifest: string, file: string): string {
  const text = packManifest(manifest);
  if (text.length <= PACKED_LIMIT) return text;
  const message = `the manifest has ${text.length} bytes when packed, more than the ${PACKED_LIMIT} that its tags can keep`;
  const hint = 'shorten it: long values of "env" compress worst';
  throw invalid(file, [{ file, line: 1, column: 1, path: '', message, hint }]);
}

/** Where everything happens: one installation deploys to the first of its clusters. */
export const placeOf = ({ environment, clusters }: Pick<Config, 'environment' | 'clusters'>) => ({
  environment,
  cluster: clusters[0]?.name ?? '',
});

/**
 * Equal requests have equal hashes. Keyed, because the hash stands in Temporal for all to read, and could otherwise be
 * used to guess the values in a manifest.
 */
export const requestHash = (config: Pick<Config, 'sealing-key'>, request: unknown[]): string =>
  createHmac('sha256', Buffer.from(config['sealing-key'], 'base64')).update(JSON.stringify(request)).digest('hex');
