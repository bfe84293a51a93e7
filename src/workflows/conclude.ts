import { isCancellation } from '@temporalio/workflow';
import { diagnose, hasLostZone, type Evidence, type Failure } from '../domain/deploy/diagnose.ts';
import { LINES, shortRevision } from '../domain/deploy/lines.ts';
import type { ErrorCode } from '../domain/errors.ts';
import type { Diagnosis, Phase, Verdict } from '../domain/events.ts';
import { isUntouched, refOf, TITLES, type Deployment } from './deployment.ts';
import { explain, fail, isConcluded } from './failure.ts';
import { reads, summary } from './proxies.ts';
import { putBack, type PutBackAnswer } from './put-back.ts';
import { rolloutFailureOf } from './rollout.ts';
import type { Story } from './story.ts';
import type { Begun } from './under-lock.ts';

/** Codes that end a deployment without a diagnosis: nothing was touched, or nothing may be touched any more. */
const PHASE_OF: Partial<Record<ErrorCode, Phase>> = { superseded: 'superseded', cancelled: 'cancelled' };

/** Diagnoses, puts back, and ends the deployment as Failed. Never returns. */
export async function concludeFailure(deployment: Deployment, error: unknown): Promise<never> {
  if (isConcluded(error)) throw error;
  const { change, story } = deployment;
  const cancelled = isCancellation(error) && !change.lockLost();
  if (change.lockLost()) return endFailed(story, lockLostVerdict());
  const untouched = isUntouched(deployment);
  if (cancelled && untouched) return endFailed(story, cancelledVerdict(deployment, 'Nothing was changed.'));
  if (untouched && rolloutFailureOf(error) === undefined) return endFailed(story, { ok: false, ...explain(error) });

  change.onLateCancel((actor) => story.warn(`${actor} asked to cancel; what was changed is being put back already`));
  const failure = cancelled ? undefined : (rolloutFailureOf(error) ?? failureOf(error));
  const evidence = failure === undefined ? nothing : await collectEvidence(deployment);
  const diagnosis = failure === undefined ? undefined : diagnose(failure, evidence);
  const title = TITLES[deployment.kind];
  story.line(
    diagnosis === undefined ? LINES.cancelled(title, cancelledBy(deployment)) : LINES.failed(title, diagnosis.cause),
  );
  const { prepared } = deployment;
  const back =
    untouched || prepared === undefined
      ? undefined
      : await putBack(deployment, prepared, {
          hasLostZone: hasLostZone(evidence),
          ...(failure === undefined ? {} : { failure: failure.kind }),
        });
  if (change.lockLost()) return endFailed(story, lockLostVerdict());
  return endFailed(story, verdictOf(deployment, { back, ...(diagnosis === undefined ? {} : { diagnosis }) }));
}

/** Tells the verdict and ends the workflow as Failed, with our code as its type. */
export function endFailed(story: Story, verdict: Verdict): never {
  const code = verdict.code as ErrorCode;
  const progress = story.end(PHASE_OF[code] ?? 'failed', verdict);
  throw fail(code, verdict.message, { progress });
}

/** Of a step that failed before the rollout could be judged. */
function failureOf(error: unknown): Failure {
  const { code, message, hint } = explain(error);
  const kind = code === 'conflict' ? 'interference' : 'error';
  return { kind, message, ...(hint === undefined ? {} : { hint }) };
}

const nothing: Evidence = { serviceEvents: [], logLines: [] };

async function collectEvidence({ input, acted, wanted }: Deployment): Promise<Evidence> {
  if (acted === undefined || wanted === undefined) return nothing;
  try {
    return await reads.collectEvidence.executeWithOptions(summary('why it failed'), [
      {
        target: acted.target,
        service: input.service,
        spec: wanted.spec,
        sinceMs: Number(input.id) * 1_000,
        ...(acted.hostPort === undefined ? {} : { hostPort: acted.hostPort }),
      },
    ]);
  } catch {
    return nothing;
  }
}

interface Outcome {
  /** Undefined when nothing had been touched. */
  back: PutBackAnswer | undefined;
  /** Absent when it was cancelled. */
  diagnosis?: Diagnosis;
}

function verdictOf(deployment: Deployment, { back, diagnosis }: Outcome): Verdict {
  const { input, prepared } = deployment;
  const ref = refOf(deployment);
  const before = prepared?.before.service?.primary.taskDefinition;
  const serving = back?.ok === true ? (back.serves ?? before) : before;
  const revision = serving === undefined ? {} : { revision: shortRevision(input.service, serving) };
  const why =
    diagnosis === undefined ? {} : { diagnosis, ...(diagnosis.hint === undefined ? {} : { hint: diagnosis.hint }) };
  if (back?.ok === false) {
    return {
      ok: false,
      code: 'deploy_failed',
      message: `${ref} failed and could not be put back: ${back.why}`,
      ...why,
      hint: [leftHint(input.service, serving !== undefined), diagnosis?.hint].filter(Boolean).join(' '),
    };
  }
  const isSick = back?.isSick === true;
  const state =
    serving === undefined
      ? 'nothing was running before, and what it made is removed'
      : `${shortRevision(input.service, serving)} ${isSick ? 'is as it was before, which was not whole' : 'serves again'}`;
  if (diagnosis === undefined) return { ...cancelledVerdict(deployment, `${state}.`), ...revision };
  if (isSick) return { ok: false, code: 'deploy_failed', message: `${ref} failed: ${state}`, ...why, ...revision };
  if (back === undefined) {
    return {
      ok: false,
      code: 'deploy_failed',
      message: `${ref}: the service is not healthy as it was before, and nothing was changed`,
      ...why,
      ...revision,
    };
  }
  return {
    ok: false,
    code: 'deploy_failed_rolled_back',
    message: `${ref} failed and was rolled back: ${state}`,
    ...why,
    ...revision,
  };
}

const leftHint = (service: string, ranBefore: boolean): string =>
  ranBefore
    ? `\`wl status ${service}\` shows what runs; \`wl rollback ${service}\` goes to the last release that passed its gates.`
    : `\`wl delete ${service}\`, or the next deployment, takes away what is left.`;

const cancelledBy = ({ change }: Begun): string => change.cancelledBy() ?? 'somebody in Temporal';

export function cancelledVerdict(begun: Begun, state: string): Verdict {
  const who = cancelledBy(begun);
  const ref = refOf(begun);
  return {
    ok: false,
    code: 'cancelled',
    message: `${ref} was cancelled by ${who}: ${state}`,
    hint: 'Ask for it again when it shall happen after all.',
    cancelledBy: who,
  };
}

export const lockLostVerdict = (): Verdict => ({
  ok: false,
  code: 'lock_lost',
  message: "The change's lock was ended by hand: nothing more was written, and nothing was put back",
  hint: 'Do it again: it observes what is there and mends it.',
});
