import type { Client } from '@temporalio/client';
import type { DeploymentView } from '../../domain/api.ts';
import type { ApiContext } from '../context.ts';
import type { Caller } from '../locals.ts';
import { requireTeam } from '../ownership.ts';
import { askProgress } from './ask-progress.ts';
import { readOutcome } from './outcome.ts';
import { describeRun, type Run } from './run.ts';
import { viewOf } from './view.ts';
import { haveWorker } from '../../workers.ts';

/** All events are older than this: only phase and verdict are asked for. */
const NO_EVENTS = Number.MAX_SAFE_INTEGER;

/** @throws WonderlandError `not_found`, or `forbidden` when it is another team's. */
export async function findRun(
  { temporal }: ApiContext,
  { service, id, caller }: { service: string; id: string; caller: Caller },
): Promise<Run> {
  const run = await describeRun(temporal, service, id);
  requireTeam(caller, run.team, service);
  return run;
}

/** A change as it is now: an open one is asked for at most 2 s, a closed one is read from its result. */
export async function readView(context: ApiContext, run: Run): Promise<DeploymentView> {
  const { config, temporal } = context;
  const facts = { config, account: await context.account() };
  if (run.open && !haveWorker(await context.workers(), run.workerVersion))
    return viewOf(run, { ...facts, waitingForWorker: true });
  if (run.open) {
    const answer = await askProgress(temporal, run, NO_EVENTS);
    if (answer.state === 'silent') return viewOf(run, { ...facts, waitingForWorker: true });
    // With its verdict told a deployment still has its lock to give back, and only then it has an end.
    const isOver =
      answer.state === 'closed' || (answer.progress.verdict !== undefined && (await isClosed(temporal, run)));
    if (isOver) return readView(context, await describeRun(temporal, run.service, run.id));
    return viewOf(run, { ...facts, progress: answer.progress, waitingForWorker: false });
  }
  return viewOf(run, { ...facts, progress: await readOutcome(temporal, run), waitingForWorker: false });
}

/** Waits for the end of a run that is about to come to it: a few workflow tasks. False when its worker has died before. */
async function isClosed(temporal: Client, run: Run): Promise<boolean> {
  try {
    await readOutcome(temporal, run);
    return true;
  } catch {
    return false;
  }
}

/** A change accepted a moment ago, without asking the workflow itself. */
export async function acceptedView(context: ApiContext, run: Run): Promise<DeploymentView> {
  const { config } = context;
  const waitingForWorker = !haveWorker(await context.workers(), run.workerVersion);
  return viewOf(run, { config, account: await context.account(), waitingForWorker });
}
