import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { WonderlandError } from '../domain/errors.ts';
import { endProcess, killGroup } from './leftovers.ts';
import { readFrom, sizeOf } from './log-file.ts';
import type { Part } from './part.ts';
import { identify, type ProcessIdentity } from './process-identity.mjs';
import { tail } from './run.ts';

export type PartState = 'down' | 'starting' | 'up' | 'restarting' | 'killed';

export interface PartHooks {
  logFile: string;
  /** Called at every start, before anything else happens, to record the process on disk. */
  onSpawn: (identity: ProcessIdentity) => void;
  say: (line: string) => void;
}

const READY_MILLISECONDS = 60_000;
const POLL_MILLISECONDS = 50;
/** Between two questions whether a part that is up still answers, and how many in a row it may leave unanswered. */
const WATCH_MILLISECONDS = 5_000;
const UNANSWERED = 12;
/** Before the first, second, … start after an unexpected end. */
const backoffMilliseconds = (failures: number): number => Math.min(10_000, 250 * 2 ** failures);
/** A part that was up for so long and then dies starts over with the shortest pause. */
const STEADY_MILLISECONDS = 30_000;

/** True also for one that could not be started at all. */
const hasExited = ({ pid, exitCode, signalCode }: ChildProcess): boolean =>
  pid === undefined || exitCode !== null || signalCode !== null;

/** One part: its process, and the promise that it comes back when it dies without having been asked to. */
export class PartProcess {
  state: PartState = 'down';
  restarts = 0;
  identity: ProcessIdentity | undefined;
  readonly part: Part;
  readonly #hooks: PartHooks;
  #child: ChildProcess | undefined;
  #launching: Promise<void> | undefined;
  #retry = new AbortController();
  #failures = 0;
  #upSince = 0;

  constructor(part: Part, hooks: PartHooks) {
    this.part = part;
    this.#hooks = hooks;
  }

  /**
   * Starts it and waits until it is ready; does nothing when it is up.
   * @throws WonderlandError `unavailable` when it ends, or is not ready within 60 s
   */
  async start(): Promise<void> {
    if (this.state === 'up') return;
    this.#retry.abort();
    this.#retry = new AbortController();
    await this.#launch();
  }

  /** As kill -9 does; it stays down until it is started again. */
  async kill(): Promise<void> {
    await this.#end('killed', async (identity) => killGroup(identity));
  }

  async stop(): Promise<void> {
    await this.#end('down', (identity) => endProcess(identity, this.part.stopSeconds * 1000));
  }

  async #end(state: PartState, end: (identity: ProcessIdentity) => Promise<void>): Promise<void> {
    this.#retry.abort();
    this.state = state;
    const child = this.#child;
    if (child === undefined || this.identity === undefined) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await end(this.identity);
    if (!hasExited(child)) await ended;
  }

  #launch(): Promise<void> {
    this.#launching ??= this.#spawnAndWait().finally(() => (this.#launching = undefined));
    return this.#launching;
  }

  async #spawnAndWait(): Promise<void> {
    const offset = sizeOf(this.#hooks.logFile);
    this.state = 'starting';
    const child = this.#spawn();
    const deadline = Date.now() + READY_MILLISECONDS;
    while (!(await this.#isReady(offset))) {
      if (hasExited(child) || Date.now() > deadline) break;
      await sleep(POLL_MILLISECONDS);
    }
    // Asked to stop, or ended in the very moment it answered: either way it is not up.
    if (this.state === 'starting' && !hasExited(child) && Date.now() <= deadline) {
      this.state = 'up';
      this.#upSince = Date.now();
      void this.#watchOver(child);
      return;
    }
    if (this.identity !== undefined) killGroup(this.identity);
    if (this.state === 'starting') this.state = 'down';
    throw this.#notStarted(offset);
  }

  /**
   * Ends it when it runs and answers nothing any more; then it is started again. Temporal's dev server stays so for ever
   * once SQLite has told it "interrupted (9)".
   */
  async #watchOver(child: ChildProcess): Promise<void> {
    const { answers, name } = this.part;
    if (answers === undefined) return;
    const isCurrent = () => child === this.#child && this.state === 'up' && !hasExited(child);
    for (let unanswered = 0; unanswered < UNANSWERED;) {
      await sleep(WATCH_MILLISECONDS, undefined, { ref: false });
      if (!isCurrent()) return;
      unanswered = (await answers()) ? 0 : unanswered + 1;
    }
    if (!isCurrent() || this.identity === undefined) return;
    this.#hooks.say(`${name} runs, but has not answered for ${(UNANSWERED * WATCH_MILLISECONDS) / 1_000} s`);
    killGroup(this.identity);
  }

  /**
   * Its output goes straight to a file: through a pipe, it would die of the supervisor's death. Its own session keeps
   * Ctrl-C on the terminal away from it, since parts are stopped in order.
   */
  #spawn(): ChildProcess {
    const { file, args, environment } = this.part;
    const log = openSync(this.#hooks.logFile, 'a', 0o600);
    const child = spawn(file, args, { env: environment, stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    this.#child = child;
    this.identity = child.pid === undefined ? undefined : identify(child.pid);
    if (this.identity !== undefined) this.#hooks.onSpawn(this.identity);
    child.once('error', () => undefined); // it never started: seen by its missing pid
    child.once('exit', (code, signal) => this.#onExit(child, signal ?? `code ${code}`));
    return child;
  }

  async #isReady(offset: number): Promise<boolean> {
    const { printsReady, answers } = this.part;
    if (printsReady && !/^\{"ready":\s*true/m.test(readFrom(this.#hooks.logFile, offset))) return false;
    return answers === undefined || (await answers());
  }

  #onExit(child: ChildProcess, reason: string): void {
    if (child !== this.#child) return;
    this.identity = undefined;
    if (this.state !== 'up') return;
    if (Date.now() - this.#upSince > STEADY_MILLISECONDS) this.#failures = 0;
    void this.#restart(reason);
  }

  async #restart(reason: string): Promise<void> {
    const { signal } = this.#retry;
    while (!signal.aborted) {
      const pause = backoffMilliseconds(this.#failures++);
      this.state = 'restarting';
      this.#hooks.say(`${this.part.name} ended (${reason}); starting it again in ${pause / 1000} s`);
      try {
        await sleep(pause, undefined, { signal });
        this.restarts++;
        await this.#launch();
        this.#hooks.say(`${this.part.name} is up again`);
        return;
      } catch {
        reason = 'it did not become ready';
      }
    }
  }

  #notStarted(offset: number): WonderlandError {
    const said = tail(readFrom(this.#hooks.logFile, offset), 1);
    return new WonderlandError('unavailable', `${this.part.name} did not start${said === '' ? '' : `: ${said}`}`, {
      hint: `Its log is ${this.#hooks.logFile}`,
    });
  }
}
