import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { WonderlandError } from '../domain/errors.ts';
import { tryLock } from './exclusive-lock.mjs';
import { writeInstallation } from './installation.ts';
import { readProcesses, stopLeftovers } from './leftovers.ts';
import { rotate } from './log-file.ts';
import { PartProcess, type PartState } from './part-process.ts';
import { describeParts, START_ORDER, STOP_ORDER, type PartContext, type PartName } from './part.ts';
import { distFile } from './paths.ts';
import { choosePorts, type Ports } from './ports.ts';
import { STATE, type StateDir } from './state-dir.ts';
import { findTemporal } from './temporal-binary.ts';

export interface PartStatus {
  part: PartName;
  state: PartState;
  pid?: number;
  /** How often it was started again after it ended unasked. */
  restarts: number;
  url: string;
}

export interface StackOptions {
  /** Factor of the local cloud's clock; nothing else runs faster. */
  speed: number;
  /** Told what takes long and what went wrong. */
  say: (line: string) => void;
}

/** Keeps the parts of one embedded stack running. At most one lives per state directory. */
export class Supervisor {
  readonly speed: number;
  readonly #state: StateDir;
  readonly #say: (line: string) => void;
  readonly #release: () => void;
  #parts: Record<PartName, PartProcess> | undefined;
  #stopping: Promise<void> | undefined;

  /** @throws WonderlandError `locked` while another supervisor has the state directory */
  constructor(state: StateDir, { speed, say }: StackOptions) {
    state.create();
    const release = tryLock(state.file(STATE.supervisorLock));
    if (release === undefined)
      throw new WonderlandError('locked', `A stack is running in ${state.path}`, { hint: 'Run `wl local status`.' });
    this.speed = speed;
    this.#state = state;
    this.#release = release;
    for (const name of ['supervisor', ...STOP_ORDER]) rotate(this.#logFile(name));
    this.#say = (line) => {
      appendFileSync(this.#logFile('supervisor'), `${JSON.stringify({ time: new Date().toISOString(), msg: line })}\n`);
      say(line);
    };
  }

  /**
   * Starts all parts; resolves when each of them answers.
   * @throws WonderlandError `unavailable` when one does not; then nothing is left running
   */
  async start(): Promise<void> {
    try {
      await stopLeftovers(this.#state);
      this.#parts = this.#createParts(await this.#prepare());
      for (const group of START_ORDER) {
        this.#refuseWhileStopping();
        await Promise.all(group.map((name) => this.#part(name).start()));
      }
      this.#refuseWhileStopping();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Stops all parts in order, and gives the state directory free. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async killPart(name: PartName): Promise<void> {
    this.#say(`${name} is killed on request`);
    await this.#part(name).kill();
  }

  async startPart(name: PartName): Promise<void> {
    this.#refuseWhileStopping();
    this.#say(`${name} is started on request`);
    await this.#part(name).start();
  }

  status(): PartStatus[] {
    const parts = this.#parts;
    if (parts === undefined) return STOP_ORDER.map((part) => ({ part, state: 'down', restarts: 0, url: '' }));
    return START_ORDER.flat().map((name) => {
      const { state, restarts, identity, part } = parts[name];
      return { part: name, state, restarts, url: part.url, ...(identity && { pid: identity.pid }) };
    });
  }

  async #prepare(): Promise<PartContext> {
    if (!existsSync(distFile('worker.js')))
      throw new WonderlandError('unavailable', 'The parts are not built', { hint: 'Run `npm run build`.' });
    const state = this.#state;
    const temporalFile = await findTemporal({ log: this.#say });
    const ports = await choosePorts(state.readJson<Ports>(STATE.ports));
    state.writeJson(STATE.ports, ports);
    return { state, ports, client: writeInstallation(state, ports), temporalFile, speed: this.speed };
  }

  #createParts(context: PartContext): Record<PartName, PartProcess> {
    const described = describeParts(context);
    const create = (name: PartName) =>
      new PartProcess(described[name], {
        logFile: this.#logFile(name),
        onSpawn: (identity) =>
          this.#state.writeJson(STATE.processes, { ...readProcesses(this.#state), [name]: identity }),
        say: this.#say,
      });
    return { temporal: create('temporal'), cloud: create('cloud'), api: create('api'), worker: create('worker') };
  }

  async #stop(): Promise<void> {
    if (this.#parts !== undefined) for (const name of STOP_ORDER) await this.#parts[name].stop();
    this.#state.delete(STATE.processes);
    this.#state.delete(STATE.supervisor);
    this.#release();
  }

  #part(name: PartName): PartProcess {
    const part = this.#parts?.[name];
    if (part !== undefined) return part;
    throw new WonderlandError('unavailable', 'The stack is still starting', { hint: 'Try again in a moment.' });
  }

  #refuseWhileStopping(): void {
    if (this.#stopping !== undefined)
      throw new WonderlandError('unavailable', 'The stack is being stopped', {
        hint: 'Run `wl local start` after it.',
      });
  }

  #logFile(name: string): string {
    return join(this.#state.file(STATE.logs), `${name}.log`);
  }
}
