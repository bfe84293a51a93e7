import { createColors } from 'picocolors';

/** The part of a writable stream that output needs. */
export interface OutputStream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** The only way of the CLI to the terminal. */
export interface Io {
  /** A line of the result, on stdout. */
  out(line: string): void;
  /** A line about the result, on stderr: account, hints, warnings, errors. */
  err(line: string): void;
  /** Replaces the live line below the output; undefined removes it. Ignored unless `isTTY`. */
  live(text: string | undefined): void;
  /** Whether stdout can redraw a live line. */
  readonly isTTY: boolean;
  /** Width of the terminal in characters. */
  columns(): number;
  /** Colours for stderr; without effect where there should be none. */
  readonly colors: ReturnType<typeof createColors>;
}

const CLEAR_LINE = '\r\u001b[2K';

export interface IoOptions {
  stdout: OutputStream;
  stderr: OutputStream;
  env: Record<string, string | undefined>;
}

export function createIo({ stdout, stderr, env }: IoOptions): Io {
  const isTTY = stdout.isTTY === true && env.TERM !== 'dumb' && !env.CI;
  let shown: string | undefined;
  const print = (stream: OutputStream, line: string) => {
    if (shown !== undefined) stdout.write(CLEAR_LINE);
    stream.write(`${line}\n`);
    if (shown !== undefined) stdout.write(shown);
  };
  return {
    out: (line) => print(stdout, line),
    err: (line) => print(stderr, line),
    live(text) {
      if (!isTTY || text === shown) return;
      stdout.write(`${shown === undefined ? '' : CLEAR_LINE}${text ?? ''}`);
      shown = text;
    },
    isTTY,
    // A pseudo-terminal without a size says 0.
    columns: () => stdout.columns || 80,
    colors: createColors(wantsColor(stderr, env)),
  };
}

function wantsColor(stream: OutputStream, env: IoOptions['env']): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return stream.isTTY === true && env.TERM !== 'dumb';
}
