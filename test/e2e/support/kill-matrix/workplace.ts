import { setTimeout as wait } from 'node:timers/promises';
import { journalEnd } from '../aws.ts';
import { withApi, withTemporal, type CarryOut } from './change.ts';
import { openGate } from './gate.ts';
import type { Aim, Kill, Victim } from './kill.ts';
import { startMortal } from './mortal.ts';
import type { Office } from './office.ts';
import type { Handed } from './wire.ts';

/** A worker with a task queue of its own, perhaps an API too, and the end of them at chosen moments. */
export interface Workplace {
  carryOut: CarryOut;
  /** Before a change begins: its workflow tasks are counted from one. */
  aim: (aims: Aim[]) => void;
  /** Resolves when every part is there and nothing more will be killed. */
  rest: () => Promise<{ kills: Kill[]; tasks: number; commands: Set<string> }>;
  /** Activity tasks that were given to the worker since it first started. */
  handed: () => Handed[];
  close: () => Promise<void>;
}

type Boundary = Pick<Kill, 'passing' | 'commands'>;

/** Ends a part at once; `again` resolves when there is another. */
type End = () => { gone: Promise<void>; again: () => Promise<void> };

export async function openWorkplace(
  office: Office,
  { name, env, hasApi }: { name: string; env: NodeJS.ProcessEnv; hasApi: boolean },
): Promise<Workplace> {
  const { stack } = office;
  const down = new Set<Victim>();
  let pending: Aim[] = [];
  let timers: NodeJS.Timeout[] = [];
  let coming: Promise<void>[] = [];
  let kills: Kill[] = [];
  let tasks = 0;
  let commands = new Set<string>();
  const unheard = new Set<string>();
  let since = Date.now();

  const gate = await openGate(stack.client.temporalAddress, (moment, task, commanded = []) => {
    const passing = task?.kind === 'activity' ? task.activityType : (task?.workflowId.split('/')[0] ?? '');
    const boundary: Boundary = { passing, commands: commanded.map((command) => `${passing}: ${command}`) };
    if (moment === 'completed') tasks += 1;
    for (const command of boundary.commands) commands.add(command);
    const due = pending.find((aim) => aim.moment === moment && isDue(aim, boundary));
    if (due === undefined || down.has(due.victim)) return;
    // Once for each activity: the pauses between its tries grow, and are no delay of the new worker's.
    if (moment === 'reporting') {
      const activity = `${task?.runId}/${task?.activityId}`;
      if (unheard.has(activity)) return;
      unheard.add(activity);
    }
    pending = pending.filter((aim) => aim !== due);
    if (due.later === undefined) strike(due, boundary);
    else timers.push(setTimeout(() => strike(due, { ...boundary, commands: [] }), due.later));
  });
  const isDue = ({ at, moment }: Aim, boundary: Boundary): boolean =>
    typeof at === 'string' ? boundary.commands.includes(at) : at <= (moment === 'completing' ? tasks + 1 : tasks);

  const own = { ...env, WONDERLAND_TEMPORAL_TASK_QUEUE: name };
  const worker = await startMortal(stack, 'worker.js', { ...own, WONDERLAND_TEMPORAL_ADDRESS: gate.address });
  const api = hasApi ? await startMortal(stack, 'src/api/server.js', own) : undefined;
  const ends: Partial<Record<Victim, End>> = {
    worker: () => {
      const ending = worker.kill();
      gate.cut();
      return ending;
    },
    temporal: () => ({ gone: Promise.resolve(), again: office.crashTemporal }),
    ...(api && { api: api.kill }),
  };

  function strike(aim: Aim, boundary: Boundary): void {
    const end = ends[aim.victim];
    if (end === undefined || down.has(aim.victim)) return;
    down.add(aim.victim);
    const { gone, again } = end();
    const kill: Kill = { aim, task: tasks, ...boundary, at: Date.now(), readyAt: 0, from: 0, to: 0 };
    (aim.victim === 'temporal' ? office.crashes : kills).push(kill);
    const back = async (): Promise<void> => {
      await gone;
      kill.from = await journalEnd(stack);
      if (aim.away !== undefined) await wait(aim.away * 1_000);
      await again();
      kill.readyAt = Date.now();
      kill.to = aim.victim === 'worker' ? kill.from : await journalEnd(stack);
      down.delete(aim.victim);
    };
    coming.push(back());
    // Looked at by whoever rests.
    coming.at(-1)?.catch(() => undefined);
  }

  return {
    carryOut: api === undefined ? withTemporal(office, name) : withApi(office, api.url),
    aim(aims) {
      [pending, kills, tasks, commands, since] = [aims, [], 0, new Set(), Date.now()];
    },
    async rest() {
      pending = [];
      for (const timer of timers) clearTimeout(timer);
      await Promise.all(coming);
      [timers, coming] = [[], []];
      const crashes = office.crashes.filter(({ at }) => at >= since);
      return { kills: [...kills, ...crashes].sort((a, b) => a.at - b.at), tasks, commands };
    },
    handed: () => gate.handed,
    async close() {
      await Promise.allSettled(coming);
      await Promise.all([worker.stop(), api?.stop()]);
      await gate.close();
    },
  };
}
