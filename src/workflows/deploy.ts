import type { DeployInput } from '../domain/change.ts';
import type { ChangeOutcome } from './messages.ts';
import { rollOut } from './roll-out.ts';

/** One release of one service, from the accepted manifest to its verdict; see `rollOut`. */
export function deploy(input: DeployInput): Promise<ChangeOutcome> {
  const { spec, sealedManifest, takeOverDomain, id } = input;
  return rollOut('deploy', input, async ({ story }) => {
    for (const { message, hint } of input.contentKeyWarnings) story.warn(message, hint);
    return { spec, sealedManifest, takeOverDomain, releaseId: id };
  });
}
