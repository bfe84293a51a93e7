import { arrayFromPayloads, defaultPayloadConverter, WorkflowNotFoundError } from '@temporalio/common';
import type { DeployInput } from '../domain/change.ts';
import { changeWorkflowId, deployWorkflowId } from '../domain/ids.ts';
import { unpackManifest } from '../sealed-spec.ts';
import type { Deps } from './deps.ts';
import type { FoundRelease } from './release.ts';

type History = Awaited<ReturnType<Deps['temporal']['workflowService']['getWorkflowExecutionHistory']>>['history'];
type HistoryEvent = NonNullable<NonNullable<History>['events']>[number];
type Payloads = NonNullable<HistoryEvent['workflowExecutionStartedEventAttributes']>['input'];

/** Manifests of releases as Temporal keeps them: those that a deployment was asked for with, or that a rollback found. */
export function createManifestHistory({
  seal,
  temporal,
}: Pick<Deps, 'seal' | 'temporal'>): (service: string, id: string) => Promise<string | undefined> {
  /** Events of a history, the oldest first, as long as Temporal keeps them. */
  async function* eventsOf(workflowId: string, maximumPageSize?: number): AsyncGenerator<HistoryEvent> {
    const asked = { namespace: temporal.options.namespace, execution: { workflowId }, maximumPageSize };
    let nextPageToken: Uint8Array | undefined;
    try {
      // oxlint-disable-next-line temporal/activity-heartbeat-in-long-loops -- as a rule it is one page
      do {
        const page = await temporal.workflowService.getWorkflowExecutionHistory({ ...asked, nextPageToken });
        yield* page.history?.events ?? [];
        nextPageToken = page.nextPageToken;
      } while (nextPageToken.length > 0);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError || (error as { code?: number }).code === NOT_FOUND) return;
      throw error;
    }
  }

  /** Undefined when it was sealed with another key. */
  const opened = (sealedManifest: string | undefined): string | undefined => {
    try {
      return sealedManifest === undefined ? undefined : unpackManifest(seal.open(sealedManifest));
    } catch {
      return undefined;
    }
  };

  return async (service, id) => {
    const deploy = await startedWith(eventsOf(deployWorkflowId(service, id), 1));
    const found = deploy ?? (await foundBy(eventsOf(changeWorkflowId('rollback', service, id))));
    return opened(found?.sealedManifest);
  };
}

/** gRPC's status code. */
const NOT_FOUND = 5;

const decode = <T>(payloads: Payloads): T | undefined =>
  (arrayFromPayloads(defaultPayloadConverter, payloads?.payloads) as [T?])[0];

async function startedWith(events: AsyncIterable<HistoryEvent>): Promise<DeployInput | undefined> {
  for await (const { workflowExecutionStartedEventAttributes: started } of events) return decode(started?.input);
  return undefined;
}

/** The release that a rollback went to. */
async function foundBy(events: AsyncIterable<HistoryEvent>): Promise<FoundRelease | undefined> {
  let asked: string | undefined;
  for await (const { eventId, activityTaskScheduledEventAttributes: scheduled, ...event } of events) {
    const completed = event.activityTaskCompletedEventAttributes;
    if (scheduled?.activityType?.name === 'findRelease') asked = String(eventId);
    if (asked !== undefined && String(completed?.scheduledEventId) === asked) return decode(completed?.result);
  }
  return undefined;
}
