import type { Verdict } from '../../domain/events.ts';
import type { Io } from '../io.ts';
import type { Outcome, Renderer, Subject } from './renderer.ts';

/** One document at the end. */
export function createJsonRenderer(io: Io, subject: Subject): Renderer {
  const lines: string[] = [];
  const warnings: { message: string; hint?: string }[] = [];
  return {
    event(event) {
      if (event.type === 'line') lines.push(event.text);
      if (event.type === 'warning') {
        warnings.push({ message: event.message, ...(event.hint !== undefined && { hint: event.hint }) });
      }
    },
    end: (outcome) => printJson(io, { ...subject, ...resultOf(outcome), lines, warnings }),
  };
}

/** One event a line as it happens, the result last. */
export const createJsonlRenderer = (io: Io, subject: Subject): Renderer => ({
  event: (event) => io.out(JSON.stringify(event)),
  end: (outcome) => io.out(JSON.stringify({ type: 'result', ...subject, ...resultOf(outcome) })),
});

export const printJson = (io: Io, document: unknown): void => io.out(JSON.stringify(document, null, 2));

function resultOf(outcome: Outcome): object {
  if (outcome.kind === 'stopped') return { exitCode: outcome.exitCode, error: outcome.error };
  const { verdict, exitCode } = outcome;
  return verdict.ok ? { exitCode, verdict } : { exitCode, error: errorOf(verdict) };
}

const errorOf = ({ code, message, hint, diagnosis, revision, cancelledBy }: Verdict): object => {
  const advice = hint ?? diagnosis?.hint;
  return {
    code,
    message,
    ...(advice !== undefined && { hint: advice }),
    ...(diagnosis !== undefined && { diagnosis }),
    ...(revision !== undefined && { revision }),
    ...(cancelledBy !== undefined && { cancelledBy }),
  };
};
