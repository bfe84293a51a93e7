import { deploymentRef } from '../../domain/ids.ts';
import type { DeployEvent, RolloutCounts, Verdict } from '../../domain/events.ts';
import { printHint, printWarning } from '../error-report.ts';
import type { Io } from '../io.ts';
import { renderProgress } from './progress.ts';
import type { Renderer, Subject } from './renderer.ts';

/** Text: the transcript on stdout, everything else on stderr; on a terminal a live line below. */
export function createLineRenderer(io: Io, { service, id }: Subject, now: () => number = Date.now): Renderer {
  const reference = deploymentRef(service, id);
  let rollout: { counts: RolloutCounts; at: number } | undefined;
  const draw = () => {
    if (rollout === undefined) return;
    const secondsLeft = rollout.counts.secondsLeft - (now() - rollout.at) / 1000;
    io.live(renderProgress({ ...rollout.counts, secondsLeft }, io.columns()));
  };
  const ticker = io.isTTY ? setInterval(draw, 1000).unref() : undefined;
  const clear = () => {
    rollout = undefined;
    io.live(undefined);
  };
  const show = (event: DeployEvent) => {
    switch (event.type) {
      case 'line':
        return io.out(`${reference} ${event.text}`);
      case 'warning':
        printWarning(io, event.message);
        return event.hint === undefined ? undefined : printHint(io, event.hint);
      case 'rollout':
        rollout = { counts: event.counts, at: now() };
        return draw();
      case 'phase':
        return event.phase === 'rolling-update' || event.phase === 'health-gate' ? undefined : clear();
      case 'verdict':
        return clear();
    }
  };
  return {
    event: show,
    end(outcome) {
      clearInterval(ticker);
      clear();
      if (outcome.kind === 'stopped') {
        io.err(outcome.error.message);
        io.err(outcome.error.hint);
      } else if (!outcome.verdict.ok) printFailure(io, outcome.verdict);
      else if (outcome.verdict.code === 'no_change') io.err(outcome.verdict.message);
      else if (outcome.verdict.undo !== undefined) io.err(`Undo: ${outcome.verdict.undo}`);
    },
  };
}

function printFailure(io: Io, { message, diagnosis, hint }: Verdict): void {
  io.err(`${io.colors.red('Error:')} ${message}`);
  if (diagnosis !== undefined) {
    if (!message.includes(diagnosis.cause)) io.err(`Cause: ${diagnosis.cause}`);
    for (const fact of diagnosis.facts) io.err(`  ${fact}`);
  }
  const advice = hint ?? diagnosis?.hint;
  if (advice !== undefined) printHint(io, advice);
}
