import { CancelledFailure, CancellationScope } from '@temporalio/workflow';
import type { ChangeInput, ChangeKind } from '../domain/change.ts';
import { deploymentRef, serviceLockId } from '../domain/ids.ts';
import { beginChange, type Change } from './change.ts';
import { isConcluded } from './failure.ts';
import type { ChangeOutcome } from './messages.ts';
import { tellStory, type Story } from './story.ts';

/** What every change of a service has from its first moment. */
export interface Begun {
  input: ChangeInput;
  change: Change;
  story: Story;
}

interface Course {
  /** Runs under the service's lock. */
  work: () => Promise<ChangeOutcome>;
  /** Ends the workflow as Failed, whatever it has to do before; called again with what it threw itself. */
  conclude: (error: unknown) => Promise<never>;
}

/** The frame of every change of a service: its story, its signals, its lock, and an end in every case. */
export async function underServiceLock(
  kind: ChangeKind,
  input: ChangeInput,
  begin: (begun: Begun) => Course,
): Promise<ChangeOutcome> {
  const named = `${kind} ${deploymentRef(input.service, input.id)} by ${input.actor}`;
  const story = tellStory(named);
  const scope = new CancellationScope();
  const change = beginChange(input, named, () => scope.cancel());
  const { work, conclude } = begin({ input, change, story });
  const concluded = (error: unknown) => {
    // A write that was waited for may have failed by itself meanwhile.
    const isCancelled = scope.consideredCancelled && !change.goesOn() && !isConcluded(error);
    const cause = isCancelled ? new CancelledFailure('cancelled') : error;
    return CancellationScope.nonCancellable(() => conclude(cause));
  };
  const underLock = async (): Promise<ChangeOutcome> => {
    try {
      return await work();
    } catch (error) {
      // Put back while the lock is still held; whoever waits must find a consistent service.
      return concluded(error);
    }
  };
  try {
    return await scope.run(() => change.underLock(serviceLockId(input.service), 'newest', underLock));
  } catch (error) {
    return concluded(error);
  }
}
