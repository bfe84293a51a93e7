import { ERRORS, type ErrorCode, formatIssue, isWonderlandError, WonderlandError } from '../domain/errors.ts';
import type { OutputFormat } from './command.ts';
import type { Io } from './io.ts';

/** Any thrown value as the one error class. An unknown one is a bug; its stack stays hidden. */
export function asWonderlandError(error: unknown): WonderlandError {
  if (isWonderlandError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new WonderlandError('internal', message, {
    hint: 'This is a bug in wl: please report the command and this message.',
    cause: error,
  });
}

export const exitCodeOf = (code: ErrorCode): number => ERRORS[code].exit;

/** The document of a failure, as `--output json` prints it on stdout. */
export const errorDocument = ({ code, message, hint, details, issues }: WonderlandError) => ({
  error: {
    code,
    message,
    ...(hint !== undefined && { hint }),
    ...(details !== undefined && { details }),
    ...(issues !== undefined && { issues }),
  },
});

/** Says what failed, why and what to do next, and returns the exit code. */
export function reportError(io: Io, format: OutputFormat, thrown: unknown): number {
  const error = asWonderlandError(thrown);
  const exitCode = exitCodeOf(error.code);
  if (format === 'json') io.out(JSON.stringify(errorDocument(error), null, 2));
  else if (format === 'jsonl') io.out(JSON.stringify({ type: 'result', exitCode, ...errorDocument(error) }));
  else {
    io.err(`${io.colors.red('Error:')} ${error.message}`);
    for (const issue of error.issues ?? []) io.err(formatIssue(issue));
    if (error.hint !== undefined) printHint(io, error.hint);
    if (error.code === 'internal' && error.details?.requestId !== undefined) {
      io.err(`Request id: ${String(error.details.requestId)}`);
    }
  }
  return exitCode;
}

export const printHint = (io: Io, hint: string): void => io.err(`${io.colors.cyan('Hint:')} ${hint}`);

export const printWarning = (io: Io, message: string): void => io.err(`${io.colors.yellow('Warning:')} ${message}`);

/** Exit codes and what they mean, one line each, from the error table. */
export function exitCodeLines(): string[] {
  const byExit = new Map<number, string[]>([
    [0, ['success']],
    [130, ['interrupted: only the watching ended']],
  ]);
  for (const [code, { exit }] of Object.entries(ERRORS)) byExit.set(exit, [...(byExit.get(exit) ?? []), code]);
  return [...byExit]
    .toSorted(([a], [b]) => a - b)
    .map(([exit, codes]) => `${String(exit).padStart(3)}  ${codes.join(', ')}`);
}
