import { deploymentRef } from '../domain/ids.ts';
import type { Verdict } from '../domain/events.ts';
import type { Context } from './command.ts';
import { exitCodeOf } from './error-report.ts';
import { streamEvents } from './event-stream.ts';
import { createJsonlRenderer, createJsonRenderer } from './output/json.ts';
import { createLineRenderer } from './output/lines.ts';
import type { Outcome, Renderer, Subject } from './output/renderer.ts';

export interface WatchOptions extends Subject {
  /** Patience of this command, not of the change; without it `wl` watches to the end. */
  timeoutSeconds?: number;
}

export const WAITING_FOR_WORKER = 'Accepted, and waiting for a worker: nothing happens until one runs.';

const RENDERERS = { text: createLineRenderer, json: createJsonRenderer, jsonl: createJsonlRenderer };

/** Shows a change until its verdict, Ctrl-C or the timeout; returns the exit code. */
export async function watchChange(context: Context, options: WatchOptions): Promise<number> {
  const { io, format } = context;
  const { service, id, timeoutSeconds } = options;
  const client = await context.client();
  const watching = new AbortController();
  let stopped: Outcome | undefined;
  const stop = (outcome: Outcome) => {
    stopped ??= outcome;
    watching.abort();
  };
  const stopListening = context.onInterrupt((exitCode) => stop(interrupted(options, exitCode)));
  const timer =
    timeoutSeconds === undefined ? undefined : setTimeout(() => stop(timedOut(options)), timeoutSeconds * 1000);
  const renderer = RENDERERS[format](io, { service, id });
  try {
    const verdict = await follow(renderer, {
      client,
      service,
      id,
      signal: watching.signal,
      note: (message) => io.err(message),
    });
    const outcome = verdict === undefined ? stopped : verdictOutcome(verdict);
    if (outcome === undefined) throw new Error('the event stream ended without a verdict');
    renderer.end(outcome);
    return outcome.exitCode;
  } catch (error) {
    io.live(undefined);
    throw error;
  } finally {
    clearTimeout(timer);
    stopListening();
  }
}

async function follow(renderer: Renderer, stream: Parameters<typeof streamEvents>[0]): Promise<Verdict | undefined> {
  let waitingNoted = false;
  let last = 0;
  for await (const event of streamEvents(stream)) {
    if (event.type === 'waiting-for-worker') {
      if (!waitingNoted) stream.note(WAITING_FOR_WORKER);
      waitingNoted = true;
      continue;
    }
    if (event.seq > last + 1) stream.note(`${event.seq - last - 1} earlier events are no longer kept.`);
    last = event.seq;
    renderer.event(event);
    if (event.type === 'verdict') return event.verdict;
  }
  return undefined;
}

const verdictOutcome = (verdict: Verdict): Outcome => ({
  kind: 'verdict',
  verdict,
  exitCode: verdict.code === 'succeeded' || verdict.code === 'no_change' ? 0 : exitCodeOf(verdict.code),
});

const howToGoOn = ({ service, id }: Subject): string =>
  `Follow it: wl follow ${deploymentRef(service, id)}   Cancel it: wl cancel ${service}`;

const interrupted = (subject: Subject, exitCode: number): Outcome => ({
  kind: 'stopped',
  exitCode,
  error: {
    code: 'interrupted',
    message: `Stopped watching; the change ${deploymentRef(subject.service, subject.id)} goes on.`,
    hint: howToGoOn(subject),
  },
});

const timedOut = (options: WatchOptions): Outcome => ({
  kind: 'stopped',
  exitCode: exitCodeOf('timeout'),
  error: {
    code: 'timeout',
    message: `Stopped watching after ${options.timeoutSeconds} s; the change ${deploymentRef(options.service, options.id)} goes on.`,
    hint: howToGoOn(options),
  },
});
