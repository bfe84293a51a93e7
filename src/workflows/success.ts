import { shortRevision } from '../domain/deploy/lines.ts';
import type { Verdict } from '../domain/events.ts';
import { refOf, type Acted, type Deployment, type Prepared } from './deployment.ts';
import type { Passed } from './rollout.ts';

/** The verdict of a change that passed every gate. */
export function successOf(
  deployment: Deployment,
  prepared: Prepared,
  { acted, passed, isCheckRepaired }: { acted: Acted; passed: Passed; isCheckRepaired: boolean },
): Verdict {
  const { input } = deployment;
  const isUnchanged = prepared.plan.mode === 'no-change' && !isCheckRepaired;
  const undo = undoOf(deployment, prepared);
  return {
    ok: true,
    code: isUnchanged ? 'no_change' : 'succeeded',
    message: `${refOf(deployment)}${isUnchanged ? ': nothing had to change' : whatServes(deployment, prepared)}${overruled(prepared, passed)}`,
    revision: shortRevision(input.service, acted.revision),
    ...(undo === undefined ? {} : { undo }),
  };
}

function whatServes({ kind }: Deployment, { wanted }: Prepared): string {
  if (kind === 'scale') return ` runs ${wanted.spec.scale} tasks`;
  return kind === 'restart' ? ' serves with new tasks' : ' serves';
}

const overruled = ({ wanted }: Prepared, { desired }: Passed): string =>
  desired === wanted.spec.scale
    ? ''
    : `, with ${desired} tasks instead of ${wanted.spec.scale}: somebody else changed the desired count meanwhile`;

function undoOf({ kind, input }: Deployment, { plan, before, wanted }: Prepared): string | undefined {
  const { service } = before;
  if (service === undefined || plan.mode === 'no-change') return undefined;
  if (kind === 'scale') return `wl scale ${input.service} ${service.desired}`;
  const previous = service.activeDeployment;
  const isBack = previous !== undefined && previous !== wanted.releaseId;
  return isBack ? `wl rollback ${input.service} --to ${previous}` : undefined;
}
