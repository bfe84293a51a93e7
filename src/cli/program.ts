import { Command as CommanderCommand, CommanderError, Option } from 'commander';
import { WonderlandError } from '../domain/errors.ts';
import { COMMANDS, GROUPS } from './command-table.ts';
import type { Command, Context, OutputFormat } from './command.ts';
import type { ApiOptions } from './config.ts';
import { exitCodeLines, reportError } from './error-report.ts';
import type { Io } from './io.ts';
import { packageVersion } from './version.ts';

/** What the words of a command line ask for. */
export interface Invocation {
  command: Command;
  args: string[];
  options: ApiOptions & { output?: OutputFormat } & Record<string, unknown>;
}

export const API_OPTIONS = [
  { flags: '--profile <name>', description: 'installation from the profiles in $XDG_CONFIG_HOME/wl/config.yaml' },
  { flags: '--api-url <url>', description: 'URL of the API' },
  { flags: '--token <token>', description: 'API token; better kept in WL_TOKEN or a profile' },
] as const;

/** Runs one command line (without `node` and `wl`); returns the exit code. */
export async function runCli(argv: readonly string[], context: Omit<Context, 'format' | 'client'>): Promise<number> {
  const { io, env } = context;
  let format = guessFormat(argv);
  try {
    const invocation = await parseArguments(argv, io);
    if (invocation === undefined) return 0;
    const { command, args, options } = invocation;
    format = options.output ?? 'text';
    const client = async () => {
      const [{ createApiClient }, { resolveEndpoint }] = await Promise.all([
        import('./api-client.ts'),
        import('./config.ts'),
      ]);
      return createApiClient(await resolveEndpoint(options, env));
    };
    return await command.run({ ...context, format, client }, args, options);
  } catch (error) {
    return reportError(io, format, error);
  }
}

/**
 * Undefined when help or the version was asked for, and has been printed.
 * @throws WonderlandError `usage`
 */
export async function parseArguments(argv: readonly string[], io: Pick<Io, 'out'>): Promise<Invocation | undefined> {
  let invocation: Invocation | undefined;
  const program = buildProgram(io, (found) => {
    invocation = found;
  });
  if (argv.length === 0) {
    program.outputHelp();
    return undefined;
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw usageError(error, argv);
  }
  return invocation;
}

function buildProgram(io: Pick<Io, 'out'>, onInvocation: (invocation: Invocation) => void): CommanderCommand {
  const program = new CommanderCommand('wl')
    .description('Deploys dockerized services to AWS ECS as durable workflows.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .enablePositionalOptions()
    .configureHelp({ showGlobalOptions: false })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text.replace(/\n$/, '')),
      writeErr: () => undefined,
      getOutHelpWidth: () => 100,
      getOutHasColors: () => false,
    })
    .addHelpText(
      'after',
      `\nExit codes:\n${exitCodeLines()
        .map((line) => `  ${line}`)
        .join('\n')}`,
    );
  const groups = new Map<string, CommanderCommand>();
  for (const command of COMMANDS) {
    const words = command.name.split(' ');
    const last = words.pop() ?? '';
    const parent = words.reduce((above, word) => groups.get(word) ?? addGroup(above, word, groups), program);
    register(parent.command(last), command, onInvocation);
  }
  return program;
}

function addGroup(parent: CommanderCommand, word: string, groups: Map<string, CommanderCommand>): CommanderCommand {
  const group = parent
    .command(word)
    .description(GROUPS[word] ?? '')
    .helpCommand(false);
  groups.set(word, group);
  return group;
}

function register(target: CommanderCommand, command: Command, onInvocation: (invocation: Invocation) => void): void {
  target.summary(command.summary).description([command.summary, command.description].filter(Boolean).join('\n\n'));
  for (const argument of command.arguments) target.argument(argument.usage, argument.description);
  for (const spec of command.options) {
    const option = new Option(spec.flags, spec.description).makeOptionMandatory(spec.required === true);
    if (spec.default !== undefined) option.default(spec.default);
    if (spec.choices !== undefined) option.choices(spec.choices);
    if (spec.parse !== undefined) option.argParser(spec.parse);
    target.addOption(option);
  }
  if (command.formats.length > 1) {
    target.addOption(
      new Option('--output <format>', 'how to print the result').choices(command.formats).default(command.formats[0]),
    );
  }
  if (command.usesApi) for (const { flags, description } of API_OPTIONS) target.option(flags, description);
  if (command.passThrough) target.passThroughOptions().allowUnknownOption().helpOption(false);
  target.addHelpText('after', `\nExamples:\n${command.examples.map((example) => `  $ ${example}`).join('\n')}`);
  target.action(() => {
    const args = target.processedArgs.flatMap((arg: unknown) => (arg === undefined ? [] : arg)) as string[];
    onInvocation({ command, args, options: { ...target.opts<Invocation['options']>() } });
  });
}

/** commander's `error: unknown command 'deplo'\n(Did you mean deploy?)` in our own form. */
function usageError({ code, message }: CommanderError, argv: readonly string[]): WonderlandError {
  const names = [...COMMANDS.map(({ name }) => name), ...Object.keys(GROUPS)];
  const name = names.find((words) => `${argv.join(' ')} `.startsWith(`${words} `));
  const help = `See \`${name === undefined ? 'wl' : `wl ${name}`} --help\`.`;
  if (code === 'commander.help')
    return new WonderlandError('usage', `\`wl ${name}\` needs one more word`, { hint: help });
  const [what = '', suggestion] = message.replace(/^error: /, '').split('\n');
  return new WonderlandError('usage', `${what.charAt(0).toUpperCase()}${what.slice(1)}`, {
    hint: suggestion?.replace(/^\((.*)\)$/, '$1') ?? help,
  });
}

/** The format asked for by a command line that does not parse. */
function guessFormat(argv: readonly string[]): OutputFormat {
  const index = argv.findIndex((word) => word === '--output' || word.startsWith('--output='));
  const value = argv[index]?.includes('=') ? argv[index].slice('--output='.length) : argv[index + 1];
  return index >= 0 && (value === 'json' || value === 'jsonl') ? value : 'text';
}
