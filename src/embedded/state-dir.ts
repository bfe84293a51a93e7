import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { WonderlandError } from '../domain/errors.ts';

/** Files of the state directory. Secrets lie in it: it is 0700, and every file is 0600. */
export const STATE = {
  marker: '.wonderland-local',
  ports: 'ports.json',
  secrets: 'secrets.json',
  config: 'wonderland.config.yaml',
  client: 'client.json',
  childEnv: 'child.env.json',
  supervisor: 'supervisor.json',
  supervisorLock: 'supervisor.lock',
  processes: 'processes.json',
  temporalDb: 'temporal.db',
  cloud: 'cloud.json',
  logs: 'logs',
} as const;

/** The directory in which one embedded stack keeps everything it knows. */
export class StateDir {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** Whether an embedded stack made this directory. */
  get exists(): boolean {
    return existsSync(this.file(STATE.marker));
  }

  /** @throws WonderlandError `conflict` when there is something else in it already. */
  create(): void {
    if (!this.exists) {
      mkdirSync(this.path, { recursive: true, mode: 0o700 });
      if (readdirSync(this.path).length > 0) throw notOurs(this.path);
      writeFileSync(this.file(STATE.marker), 'State of `wl local`; `wl local reset` removes it.\n');
    }
    chmodSync(this.path, 0o700);
    mkdirSync(this.file(STATE.logs), { recursive: true });
  }

  /** @throws WonderlandError `conflict` when it is not one that we made. */
  remove(): void {
    if (!existsSync(this.path)) return;
    if (!this.exists) throw notOurs(this.path);
    rmSync(this.path, { recursive: true, force: true });
  }

  readJson<T>(name: string): T | undefined {
    try {
      return JSON.parse(readFileSync(this.file(name), 'utf8')) as T;
    } catch {
      return undefined;
    }
  }

  writeJson(name: string, value: unknown): void {
    this.write(name, `${JSON.stringify(value, null, 2)}\n`);
  }

  /** Replaces the whole file at once: a reader never sees half of it. */
  write(name: string, text: string): void {
    const draft = this.file(`${name}.${process.pid}.draft`);
    writeFileSync(draft, text, { mode: 0o600 });
    renameSync(draft, this.file(name));
  }

  delete(name: string): void {
    rmSync(this.file(name), { force: true });
  }
}

const notOurs = (path: string): WonderlandError =>
  new WonderlandError('conflict', `${path} is not a state directory of \`wl local\``, {
    hint: 'Choose another one with --state-dir: an empty one, or one that does not exist.',
  });
