import type { ChangeInput } from '../domain/change.ts';
import type { ChangeOutcome } from './messages.ts';
import { reads } from './proxies.ts';
import { rollOut } from './roll-out.ts';

/** New tasks for the release that serves, as a rolling update. Fails as `rollOut` does. */
export function restartService(input: ChangeInput): Promise<ChangeOutcome> {
  const { service, cluster } = input;
  return rollOut('restart', input, async () => {
    const release = await reads.findRelease({ service, cluster, choice: { which: 'active' } });
    const { spec, sealedManifest, id: releaseId } = release;
    return { spec, sealedManifest, takeOverDomain: false, releaseId, keepsScale: true, restart: true };
  });
}
