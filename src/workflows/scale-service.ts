import type { ScaleInput } from '../domain/change.ts';
import type { ChangeOutcome } from './messages.ts';
import { reads } from './proxies.ts';
import { rollOut } from './roll-out.ts';

/** Another number of tasks for the release that serves, until the next deployment. Fails as `rollOut` does. */
export function scaleService(input: ScaleInput): Promise<ChangeOutcome> {
  const { service, cluster, desired } = input;
  return rollOut('scale', input, async () => {
    const release = await reads.findRelease({ service, cluster, choice: { which: 'active' } });
    const { spec, sealedManifest, id: releaseId } = release;
    return { spec: { ...spec, scale: desired }, sealedManifest, takeOverDomain: false, releaseId };
  });
}
