import { isGrpcServiceError } from '@temporalio/client';
import { LINES } from '../../../../src/domain/deploy/lines.ts';
import { changeWorkflowId } from '../../../../src/domain/ids.ts';
import type { DeployEvent, Verdict } from '../../../../src/domain/events.ts';
import type { JournalEntry } from '../../../../src/localcloud/engine/contract.ts';
import { eventually } from '../../../setup/eventually.ts';
import type { Stack } from '../../../setup/stack.ts';
import { streamOf } from '../api.ts';
import { askFor, type Wish } from '../ask-for.ts';
import { journalEnd, recordsOf } from '../aws.ts';
import { healthChecksOf } from '../by-hand.ts';
import { endStateOf, withoutIdentity } from '../end-state.ts';
import { visit } from '../ingress.ts';
import { withTemporal } from '../temporal.ts';
import { mutationsBy, type Identity } from './calls.ts';

/** Everything that AWS has of a service, see `endStateOf`. */
export type State = Record<string, unknown>;

/** What came of a change. */
export interface Outcome {
  of: Identity;
  verdict: Verdict;
  warnings: string[];
  /** The worker's mutating calls. */
  entries: JournalEntry[];
  endState: State;
  /** Image tags, or statuses, that some requests met. */
  served: (string | number | undefined)[];
  /** DNS changes that were waited for. */
  dnsWaits: number;
  /** Activities that were tried more than once, but for those that only wait. */
  triedAgain: number;
}

/** Asks for a change, waits for its verdict and looks at everything that came of it. */
export async function carryOut(
  stack: Stack,
  { service, wish, domain }: { service: string; wish: Wish; domain: string },
  disturb?: (of: Identity) => Promise<void>,
): Promise<Outcome> {
  const healthCheck = (await healthChecksOf(stack, service))[0]?.Id;
  const of = { service, ...(healthCheck === undefined ? {} : { healthCheck }) };
  const after = await journalEnd(stack);
  await disturb?.(of);
  const id = await askFor(stack, service, wish);
  const { events } = await streamOf(stack, service, id);
  return {
    of,
    verdict: verdictIn(events, `${service}/${id}`),
    warnings: warningsIn(events),
    entries: await mutationsBy(stack, of, after),
    endState: await stateOf(stack, { service, domain }),
    served: await servedAt(stack, domain),
    ...(await activitiesOf(stack, changeWorkflowId(wish.kind, service, id))),
  };
}

/** A list may still name what is gone, and then a question about that is refused. */
const STALE_SECONDS = 20;

export const stateOf = (stack: Stack, { service, domain }: { service: string; domain: string }): Promise<State> => {
  const read = async (): Promise<State> => {
    const records = withoutIdentity(JSON.stringify(await recordsOf(stack, domain)), service);
    return { ...((await endStateOf(stack, service)) as State), records };
  };
  return eventually(`the state of ${service} can be read`, () => read().catch(() => undefined), STALE_SECONDS);
};

/** Without what only says that reads showed the past, and that another look was taken. */
export const warningsIn = (events: DeployEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'warning' && event.hint !== LINES.lookAgain() ? [event.message] : []));

export function verdictIn(events: DeployEvent[], ref: string): Verdict {
  const last = events.at(-1);
  if (last?.type !== 'verdict') throw new Error(`${ref}: the stream ended without a verdict`);
  return last.verdict;
}

async function servedAt(stack: Stack, domain: string): Promise<Outcome['served']> {
  const answers = await Promise.all(Array.from({ length: 8 }, () => visit(stack, domain)));
  return [...new Set(answers.map(({ status, served }) => (status === 200 ? served.version : status)))];
}

/** A Temporal that hangs is started anew after a minute. */
const TEMPORAL_SECONDS = 120;

const activitiesOf = (stack: Stack, workflowId: string): Promise<Pick<Outcome, 'dnsWaits' | 'triedAgain'>> =>
  withTemporal(stack, async ({ workflow }) => {
    const { events } = await eventually(
      `the history of ${workflowId} can be read`,
      () => workflow.getHandle(workflowId).fetchHistory().catch(unlessUnavailable),
      TEMPORAL_SECONDS,
    );
    const names = new Map(
      events?.map((e) => [String(e.eventId), e.activityTaskScheduledEventAttributes?.activityType?.name]),
    );
    const isTriedAgain = (event: NonNullable<typeof events>[number]): boolean => {
      const { attempt, scheduledEventId } = event.activityTaskStartedEventAttributes ?? {};
      // The ones that wait are tried until what they wait for is so.
      return (attempt ?? 1) > 1 && names.get(String(scheduledEventId))?.startsWith('await') !== true;
    };
    return {
      dnsWaits: [...names.values()].filter((name) => name === 'awaitInSync').length,
      triedAgain: events?.filter(isTriedAgain).length ?? 0,
    };
  });

/** gRPC's code. */
const UNAVAILABLE = 14;

function unlessUnavailable(error: unknown): undefined {
  if (!isGrpcServiceError(error) || error.code !== UNAVAILABLE) throw error;
}
