import { setTimeout as sleep } from 'node:timers/promises';
import { STOP_ORDER, type PartName } from './part.ts';
import { isAlive, type ProcessIdentity } from './process-identity.mjs';
import { STATE, type StateDir } from './state-dir.ts';

/** What runs, on disk: it must be found again when the supervisor itself was killed. */
export type ProcessRecord = Partial<Record<PartName, ProcessIdentity>>;

const POLL_MILLISECONDS = 50;
const STOP_MILLISECONDS = 10_000;

export const readProcesses = (state: StateDir): ProcessRecord => state.readJson<ProcessRecord>(STATE.processes) ?? {};

/** Ends the parts that a killed supervisor left running, in order. A later process with the same pid is left alone. */
export async function stopLeftovers(state: StateDir): Promise<PartName[]> {
  const processes = readProcesses(state);
  const stopped: PartName[] = [];
  for (const name of STOP_ORDER) {
    const identity = processes[name];
    if (identity === undefined || !isAlive(identity)) continue;
    await endProcess(identity, STOP_MILLISECONDS);
    stopped.push(name);
  }
  state.delete(STATE.processes);
  return stopped;
}

/** Asks a process to end, and ends its whole group when it has not after so long. */
export async function endProcess(identity: ProcessIdentity, limitMilliseconds: number): Promise<void> {
  signal(identity.pid, 'SIGTERM');
  if (await hasEnded(identity, limitMilliseconds)) return;
  killGroup(identity);
  await hasEnded(identity, limitMilliseconds);
}

/** Ends a part and whatever it started; each part leads a process group of its own. */
export function killGroup(identity: ProcessIdentity): void {
  if (!isAlive(identity)) return;
  if (!signal(-identity.pid, 'SIGKILL')) signal(identity.pid, 'SIGKILL');
}

/** Waits for its end. @returns false when it still runs after so long */
export async function hasEnded(identity: ProcessIdentity, limitMilliseconds: number): Promise<boolean> {
  const deadline = Date.now() + limitMilliseconds;
  while (isAlive(identity)) {
    if (Date.now() > deadline) return false;
    await sleep(POLL_MILLISECONDS);
  }
  return true;
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false; // it has ended already
  }
}
