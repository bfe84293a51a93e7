import type { RollbackInput } from '../domain/change.ts';
import { LINES } from '../domain/deploy/lines.ts';
import type { ChangeOutcome } from './messages.ts';
import { reads } from './proxies.ts';
import { rollOut } from './roll-out.ts';

/**
 * Back to a release that passed its gates: its image by digest, environment, scale, ELB and DNS together, as a release
 * of its own. Fails as `rollOut` does, and as `precondition_failed` when there is none to go back to.
 */
export function rollback(input: RollbackInput): Promise<ChangeOutcome> {
  const { service, cluster, id, to } = input;
  return rollOut('rollback', input, async ({ story }) => {
    const choice = to === undefined ? ({ which: 'previous' } as const) : ({ which: 'given', id: to } as const);
    const release = await reads.findRelease({ service, cluster, choice });
    for (const id of release.passedOver ?? []) story.warn(LINES.passedOver(service, id), LINES.passedOverHint(service));
    story.line(LINES.rollingBackTo(service, release.id));
    const { spec, sealedManifest } = release;
    return { spec, sealedManifest, takeOverDomain: false, releaseId: id };
  });
}
