import { resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { ERRORS, isWonderlandError, WonderlandError } from '../domain/errors.ts';
import { callSupervisor, runningSupervisor } from './control.ts';
import { startDetached } from './detached.ts';
import { shellVariables } from './installation.ts';
import { formatStatus, formatUrls } from './output.ts';
import { isPartName, STOP_ORDER } from './part.ts';
import { defaultStateDir } from './paths.ts';
import { runSupervisor } from './run-supervisor.ts';
import { listScenarios, runScenario, stopScenario } from './scenarios.ts';
import { readClient, readStatus, stopStack, untilStarted } from './stack.ts';
import { StateDir } from './state-dir.ts';

export interface LocalIo {
  /** Prints a line of the result. */
  out: (line: string) => void;
  /** Prints a line of progress, a hint or an error. */
  err: (line: string) => void;
  isTTY: boolean;
}

interface Common {
  stateDir: string;
}

/**
 * `wl local …`: the embedded stack.
 * @param argv what follows `local`
 * @returns the exit code
 */
export async function runLocal(argv: string[], io: LocalIo): Promise<number> {
  let code = 0;
  const finish = (value: number) => void (code = value);
  try {
    await createProgram(io, finish).parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : ERRORS.usage.exit;
    if (!isWonderlandError(error)) throw error;
    io.err(`Error: ${error.message}`);
    if (error.hint !== undefined) io.err(`Hint: ${error.hint}`);
    return ERRORS[error.code].exit;
  }
}

function createProgram(io: LocalIo, finish: (code: number) => void): Command {
  const program = new Command('wl local')
    .description('The whole platform on this machine: Temporal, a local AWS, the API and a worker.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd()),
      writeErr: (text) => io.err(text.trimEnd().replace(/^error:/, 'Error:')),
    });
  const command = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option('--state-dir <dir>', 'where the stack keeps its state', defaultStateDir());

  command('start', 'Start the stack, or one part of it that was killed')
    .argument('[part]', `one of ${STOP_ORDER.join(', ')}`)
    .option('--detach', 'leave it running in the background')
    .option('--speed <factor>', "how fast the local cloud's clock runs (default 1)", parseSpeed)
    .action((part: string | undefined, options: StartOptions) =>
      part === undefined ? start(options, io) : steer('start', part, options, io),
    );
  command('stop', 'Stop the stack; its state stays').action(async (options: Common) => {
    const state = stateOf(options);
    io.out((await stopStack(state)) ? 'Stopped.' : `Nothing was running in ${state.path}.`);
  });
  command('status', 'Show the parts; exit code 9 unless all are up')
    .addOption(new Option('--output <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .action(async (options: Common & { output: string }) => {
      const report = await readStatus(stateOf(options));
      if (options.output === 'json') io.out(JSON.stringify(report, null, 2));
      else formatStatus(report).forEach(io.out);
      finish(report.running && report.parts.every(({ state }) => state === 'up') ? 0 : ERRORS.unavailable.exit);
    });
  command('env', 'Print shell exports: eval "$(wl local env)"').action((options: Common) => {
    const state = stateOf(options);
    const variables = Object.entries(shellVariables(state, readClient(state)));
    for (const [name, value] of variables) io.out(`export ${name}='${value.replaceAll("'", `'\\''`)}'`);
  });
  command('reset', 'Stop the stack and delete its state').action(async (options: Common) => {
    const state = stateOf(options);
    if (state.exists) await stopStack(state);
    state.remove();
    io.out(`${state.path} is gone.`);
  });
  command('kill', 'Kill a part as kill -9 does; it stays down until it is started again')
    .argument('<part>', `one of ${STOP_ORDER.join(', ')}`)
    .action((part: string, options: Common) => steer('kill', part, options, io));
  addScenarios(program, io, finish);
  return program;
}

/** `wl local scenario …`: talks to the local cloud of a stack that runs. */
function addScenarios(program: Command, io: LocalIo, finish: (code: number) => void): void {
  const group = program.command('scenario').description('Play a pitfall of AWS on the local cloud, and undo it');
  const command = (name: string, description: string) =>
    group
      .command(name)
      .description(description)
      .option('--state-dir <dir>', 'where the stack keeps its state', defaultStateDir());
  const clientOf = (options: Common) => readClient(stateOf(options));

  command('list', 'List what can be played, and what is').action((options: Common) =>
    listScenarios(clientOf(options), io),
  );
  command('run', 'Play one, on a service that is there or on one of its own')
    .argument('<name>', 'as `list` shows it')
    .option('--service <service>', 'the service that it befalls; without it, it makes one and rolls it')
    .option('--deploy', 'also roll the given service')
    .action((name: string, { service, deploy, ...options }: Common & { service?: string; deploy?: boolean }) => {
      const body = { ...(service !== undefined && { service }), ...(deploy !== undefined && { deploy }) };
      return runScenario(clientOf(options), name, body, io);
    });
  command('stop', 'Undo it; exit code 6 when something cannot be undone')
    .argument('<name>', 'as `list` shows it')
    .action(async (name: string, options: Common) => {
      if (!(await stopScenario(clientOf(options), name, io))) finish(ERRORS.conflict.exit);
    });
}

interface StartOptions extends Common {
  detach?: boolean;
  speed?: number;
}

async function start(options: StartOptions, io: LocalIo): Promise<void> {
  const state = stateOf(options);
  if (runningSupervisor(state) !== undefined) return join(state, options, io);
  const { speed = 1 } = options;
  io.err(`Starting Temporal, a local AWS (clock at speed ${speed}), the API and a worker …`);
  try {
    await (options.detach ? startInBackground : startHere)(state, speed, io);
  } catch (error) {
    // Another command was quicker by a moment.
    if (!isWonderlandError(error) || error.code !== 'locked') throw error;
    await join(state, options, io);
  }
}

async function join(state: StateDir, options: StartOptions, io: LocalIo): Promise<void> {
  const { speed } = await untilStarted(state);
  if (options.speed !== undefined && options.speed !== speed)
    throw new WonderlandError('conflict', `The stack is running already, at speed ${speed}`, {
      hint: 'Run `wl local stop` first.',
    });
  io.err('The stack is running already.');
  printUrls(state, io);
}

async function startInBackground(state: StateDir, speed: number, io: LocalIo): Promise<void> {
  await startDetached(state, { speed, say: io.err });
  printUrls(state, io);
}

async function startHere(state: StateDir, speed: number, io: LocalIo): Promise<void> {
  const onReady = () => {
    printUrls(state, io);
    io.err('Ctrl-C stops it.');
  };
  await runSupervisor(state, { speed, say: io.err, onReady });
  io.err('Stopped.');
}

const printUrls = (state: StateDir, io: LocalIo): void => formatUrls(readClient(state)).forEach(io.out);

async function steer(verb: 'start' | 'kill', part: string, options: Common, io: LocalIo): Promise<void> {
  if (!isPartName(part))
    throw new WonderlandError('usage', `There is no part "${part}"`, { hint: `One of ${STOP_ORDER.join(', ')}.` });
  await callSupervisor(stateOf(options), 'POST', `/parts/${part}/${verb}`);
  io.out(verb === 'kill' ? `${part} is down.` : `${part} is up.`);
}

const stateOf = ({ stateDir }: Common): StateDir => new StateDir(resolve(stateDir));

function parseSpeed(text: string): number {
  const speed = Number(text);
  if (speed > 0 && speed <= 1000) return speed;
  throw new InvalidArgumentError('a number above 0, at most 1000');
}
