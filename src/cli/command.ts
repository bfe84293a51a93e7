import type { ApiClient } from './api-client.ts';
import type { AskLine } from './ask.ts';
import type { Io } from './io.ts';

export type OutputFormat = 'text' | 'json' | 'jsonl';

/** What a command may touch. */
export interface Context {
  io: Io;
  env: Record<string, string | undefined>;
  format: OutputFormat;
  /**
   * The API of the chosen installation.
   * @throws WonderlandError `usage` when none is known.
   */
  client(): Promise<ApiClient>;
  /** Absent where there is no terminal to ask on. */
  ask?: AskLine;
  /** Calls back once on Ctrl-C or SIGTERM, with the exit code that means so; returns how to stop listening. */
  onInterrupt(listener: (exitCode: number) => void): () => void;
}

export interface ArgumentSpec {
  /** As shown in the usage: `<name>` is required, `[name...]` takes all that is left. */
  usage: string;
  description: string;
}

export interface OptionSpec {
  /** As commander writes them, e.g. `-f, --file <path>`. */
  flags: string;
  description: string;
  required?: boolean;
  default?: string;
  choices?: readonly string[];
  parse?: (value: string) => unknown;
}

/** A command as data: registered with commander, printed in `docs/cli.md`, and listed in tests. */
export interface Command<Options = object> {
  /** Words after `wl`. */
  name: string;
  summary: string;
  description?: string;
  arguments: readonly ArgumentSpec[];
  options: readonly OptionSpec[];
  /** Output formats; the first is the default. */
  formats: readonly OutputFormat[];
  /** Talks to the API, and so takes the options that choose one. */
  usesApi: boolean;
  /** Hands every word after its name to `run`, flags too. */
  passThrough?: boolean;
  examples: readonly string[];
  /** Returns the exit code. */
  run(context: Context, args: readonly string[], options: Options): Promise<number>;
}
