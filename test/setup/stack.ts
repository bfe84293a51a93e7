import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '../../src/embedded/installation.ts';
import type { PartName } from '../../src/embedded/part.ts';
import type { FaultKind, JournalEntry } from '../../src/localcloud/engine/contract.ts';
import { run, spawnCaptured, type Result, type Running } from './process.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const wlScript = join(root, 'bin', 'wl.js');

/** An embedded stack of its own, started as people start it. */
export interface Stack {
  stateDir: string;
  /** URLs and tokens. */
  client: Client;
  /** Environment in which `wl`, the aws CLI and AWS SDKs find this stack. */
  env: NodeJS.ProcessEnv;
  /** Environment for one more API or worker of it, run from dist with plain Node. */
  childEnv: NodeJS.ProcessEnv;
  wl: (args: string[], options?: { env?: NodeJS.ProcessEnv; limitSeconds?: number }) => Promise<Result>;
  /** `wl` that the test looks at, or kills, while it runs. */
  spawnWl: (args: string[], options?: { env?: NodeJS.ProcessEnv }) => Running;
  /** A call of the local cloud's admin endpoint; `path` without the prefix, e.g. `tasks`. */
  admin: <T>(method: string, path: string, body?: unknown) => Promise<T>;
  journal: (query?: Record<string, string>) => Promise<JournalEntry[]>;
  fault: (fault: Fault) => Promise<void>;
  kill: (part: PartName) => Promise<void>;
  start: (part: PartName) => Promise<void>;
  /** Stops it and removes its state. */
  stop: () => Promise<void>;
}

export interface Fault {
  service: string;
  operation: string;
  resource?: string;
  /** Text in what is sent. */
  parameters?: string;
  /** Access key of the only caller that meets it. */
  principal?: string;
  /** So many calls go well first. */
  spared?: number;
  kind: FaultKind;
  count?: number;
  probability?: number;
  seconds?: number;
}

const running = new Map<string, Stack>();

/** Starts a stack in a fresh state directory, with `buildId` under worker versioning; it ends with the test run at the latest. */
export async function startStack({ speed = 10, buildId }: { speed?: number; buildId?: string } = {}): Promise<Stack> {
  const stateDir = mkdtempSync(join(tmpdir(), 'wonderland test-'));
  const env = stackEnvironment(stateDir);
  const started = await run(process.execPath, [wlScript, 'local', 'start', '--detach', '--speed', String(speed)], {
    env: { ...env, ...(buildId !== undefined && { WONDERLAND_TEMPORAL_BUILD_ID: buildId }) },
  });
  assert.equal(started.code, 0, `wl local start: ${started.stderr}`);
  const stack = describeStack(stateDir, env);
  running.set(stateDir, stack);
  return stack;
}

let shared: Promise<Stack> | undefined;

/** The stack that tests share which neither kill parts nor mind what else runs on it. It is started by the first. */
export const sharedStack = (): Promise<Stack> => (shared ??= startStack());

/** For the root hook. */
export async function stopAllStacks(): Promise<void> {
  shared = undefined;
  await Promise.all([...running.values()].map((stack) => stack.stop()));
}

process.on('exit', () => {
  for (const { env } of running.values()) spawnSync(process.execPath, [wlScript, 'local', 'stop'], { env });
});

/** Without what would lead `wl`, an SDK or a part to another installation than the one in this state directory. */
export const stackEnvironment = (stateDir: string): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(AWS_|TEMPORAL_|WL_|WONDERLAND_)/.test(name) || name === 'WONDERLAND_TEMPORAL_BIN',
    ),
  ),
  WONDERLAND_STATE_DIR: stateDir,
  // Real seconds, whatever the cloud's speed: a minute each would be most of what a test of a replacement takes.
  WONDERLAND_DNS_WAIT_SECONDS: '5',
  WONDERLAND_IDLE_SECONDS: '5',
  XDG_CONFIG_HOME: join(stateDir, 'no-config'),
});

function describeStack(stateDir: string, base: NodeJS.ProcessEnv): Stack {
  const readJson = (name: string) => JSON.parse(readFileSync(join(stateDir, name), 'utf8')) as unknown;
  const client = readJson('client.json') as Client;
  const childEnv = { ...base, ...(readJson('child.env.json') as Record<string, string>) };
  const env = { ...childEnv, AWS_ENDPOINT_URL: client.awsEndpointUrl, AWS_DEFAULT_REGION: childEnv.AWS_REGION };
  const wl: Stack['wl'] = (args, options = {}) =>
    run(process.execPath, [wlScript, ...args], { ...options, env: { ...env, ...options.env } });
  const succeed = async (args: string[]) => {
    const { code, stderr } = await wl(args);
    assert.equal(code, 0, `wl ${args.join(' ')}: ${stderr}`);
  };
  const admin = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${client.awsEndpointUrl}/_wonderland/${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path} answers ${response.status}: ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
  return {
    stateDir,
    client,
    env,
    childEnv,
    wl,
    spawnWl: (args, options = {}) =>
      spawnCaptured(process.execPath, [wlScript, ...args], { env: { ...env, ...options.env } }),
    admin,
    journal: async (query = {}) =>
      (await admin<{ entries: JournalEntry[] }>('GET', `journal?${new URLSearchParams(query).toString()}`)).entries,
    fault: async (fault) => void (await admin('POST', 'faults', fault)),
    kill: (part) => succeed(['local', 'kill', part]),
    start: (part) => succeed(['local', 'start', part]),
    stop: async () => {
      running.delete(stateDir);
      await succeed(['local', 'reset']);
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}
