import { setTimeout as sleep } from 'node:timers/promises';
import { WonderlandError } from '../domain/errors.ts';
import { callSupervisor, isSupervisorReachable, notRunning, runningSupervisor, type StackStatus } from './control.ts';
import type { Client } from './installation.ts';
import { hasEnded, killGroup, readProcesses, stopLeftovers } from './leftovers.ts';
import { START_ORDER, type PartName } from './part.ts';
import { isAlive } from './process-identity.mjs';
import { STATE, type StateDir } from './state-dir.ts';
import type { PartStatus } from './supervisor.ts';

const STARTING_MILLISECONDS = 120_000;
const LEAVING_MILLISECONDS = 10_000;

export interface StatusReport {
  running: boolean;
  stateDir: string;
  speed?: number;
  parts: PartStatus[];
}

/** The state of the stack, also where its supervisor was killed and the parts go on alone. */
export async function readStatus(state: StateDir): Promise<StatusReport> {
  if (!isSupervisorReachable(state))
    return {
      running: false,
      stateDir: state.path,
      parts: START_ORDER.flat().map((part) => withoutSupervisor(state, part)),
    };
  const { speed, parts } = await callSupervisor<StackStatus>(state, 'GET', '/status');
  return { running: true, stateDir: state.path, speed, parts };
}

function withoutSupervisor(state: StateDir, part: PartName): PartStatus {
  const identity = readProcesses(state)[part];
  return identity !== undefined && isAlive(identity)
    ? { part, state: 'up', pid: identity.pid, restarts: 0, url: '' }
    : { part, state: 'down', restarts: 0, url: '' };
}

/**
 * Waits for a stack that another command is starting.
 * @throws WonderlandError `unavailable` when that comes to nothing
 */
export async function untilStarted(state: StateDir): Promise<StatusReport> {
  for (const deadline = Date.now() + STARTING_MILLISECONDS; Date.now() < deadline; await sleep(200)) {
    if (runningSupervisor(state) === undefined) throw notRunning(state);
    const report = await readStatus(state);
    const isComing = report.parts.some((part) => part.state === 'down' || part.state === 'starting');
    if (report.running && !isComing) return report;
  }
  throw new WonderlandError('unavailable', 'The stack that another command is starting does not come up', {
    hint: 'Run `wl local status`, then `wl local stop`.',
  });
}

/** Stops everything that belongs to a state directory, whether its supervisor still lives, hangs or is gone. */
export async function stopStack(state: StateDir): Promise<boolean> {
  const supervisor = runningSupervisor(state);
  if (supervisor !== undefined) {
    await callSupervisor(state, 'POST', '/stop').catch(() => undefined); // what it did not do is done below
    if (!(await hasEnded(supervisor, LEAVING_MILLISECONDS))) {
      killGroup(supervisor);
      await hasEnded(supervisor, LEAVING_MILLISECONDS);
    }
  }
  const leftovers = await stopLeftovers(state);
  state.delete(STATE.supervisor);
  return supervisor !== undefined || leftovers.length > 0;
}

/** @throws WonderlandError `unavailable` when no stack was ever started in this state directory */
export function readClient(state: StateDir): Client {
  const client = state.readJson<Client>(STATE.client);
  if (client === undefined) throw notRunning(state);
  return client;
}
