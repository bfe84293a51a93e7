import type { Machines, Roles, SecretSource } from '../../engine/contract.ts';
import type { Images } from '../../images.ts';
import type { Engine } from '../../registration.ts';
import type { LogSink } from '../logs.ts';
import type { ContainerInstance, StopCode, Task, TaskContainer } from './model.ts';
import type { Store } from './store.ts';
import { createTaskContainers, definitionOf } from './task-containers.ts';
import { createCpuPercent } from './task-cpu.ts';
import { createTaskResources } from './task-resources.ts';
import { createTaskStart } from './task-start.ts';
import { createTaskTimers } from './task-timers.ts';

/** Real ECS gives a container this long between SIGTERM and SIGKILL unless told otherwise. */
const STOP_TIMEOUT_SECONDS = 30;
/** How long a stop takes that nothing holds up. */
const STOP_SECONDS = 1;

const SIGKILL_EXIT = 137;

interface Ports {
  engine: Engine;
  store: Store;
  machines: Machines;
  images: Images;
  logs: LogSink;
  secrets: SecretSource;
  roles: Roles;
  /** A task has reached RUNNING or STOPPED. */
  moved(task: Task): void;
}

/** Moves single tasks through their states; which tasks there are is the scheduler's business. */
export interface TaskLife {
  /** Begins (or, after a restart, goes on with) whatever state the task is in. */
  resume(task: Task): void;
  /** SIGTERM now, or no start at all for a PENDING task; without its agent the task goes on until that is back. */
  stop(task: Task, code: StopCode, reason: string): void;
  /** The task's first essential container dies. */
  crash(task: Task, exitCode: number): void;
  /** The instance is gone, and everything on it. */
  vanish(task: Task, reason: string): void;
  /** The instance's agent is back: what it has missed happens now. */
  reconnected(instance: ContainerInstance): void;
  /** Closes the listener behind the cloud's back; the task stays RUNNING. */
  killListener(task: Task): Promise<void>;
  listening(task: Task): { host: string; port: number }[];
  /** CPU it uses in percent of what it reserves: what its images say, and what the requests of the last minute cost. */
  cpuPercent(task: Task): number;
  shutdown(): Promise<void>;
}

export const createTaskLife = (ports: Ports): TaskLife => {
  const { engine, store, moved } = ports;
  const { clock } = engine;
  const timers = createTaskTimers(clock);
  const containers = createTaskContainers(ports);
  /** Were told to stop while their agent was away. */
  const unheard = new Set<Task>();
  let isShutDown = false;

  const { after } = timers;
  const touch = (task: Task): void => {
    task.version += 1;
    engine.changed();
  };
  const isReachable = (task: Task): boolean => store.instances.get(task.containerInstance)?.agentConnected === true;

  const stopped = (task: Task): void => {
    timers.cancel(task);
    start.forget(task);
    unheard.delete(task);
    void containers.kill(task);
    const now = clock.now();
    task.lastStatus = 'STOPPED';
    task.desiredStatus = 'STOPPED';
    task.executionStoppedAt ??= now;
    task.stoppedAt = now;
    for (const container of task.containers) container.lastStatus = 'STOPPED';
    touch(task);
    moved(task);
  };
  const end = (task: Task, code: StopCode, reason: string): void => {
    task.desiredStatus = 'STOPPED';
    task.stopCode ??= code;
    task.stoppedReason ??= reason;
    task.stoppingAt ??= clock.now();
  };
  const failToStart = (task: Task, reason: string, container?: TaskContainer): void => {
    if (container !== undefined) container.reason = reason;
    end(task, 'TaskFailedToStart', reason);
    stopped(task);
  };

  const terminate = (task: Task): void => {
    task.lastStatus = 'STOPPING';
    touch(task);
    const grace = (container: TaskContainer): number =>
      engine.settings.connectionDraining
        ? (definitionOf(store, task, container)?.stopTimeout ?? STOP_TIMEOUT_SECONDS) * 1000
        : 0;
    void containers.terminate(task, grace).then((killed) => {
      if (task.lastStatus === 'STOPPED' || isShutDown) return;
      for (const container of task.containers) container.exitCode ??= killed.has(container.name) ? SIGKILL_EXIT : 0;
      task.executionStoppedAt = clock.now();
      after(task, STOP_SECONDS * 1000, () => stopped(task));
    });
  };
  const exit = async (task: Task, container: TaskContainer, exitCode: number): Promise<void> => {
    const isTheEnd = container.essential && task.lastStatus !== 'STOPPING';
    container.exitCode = exitCode;
    container.lastStatus = 'STOPPED';
    delete container.crashesAt;
    if (isTheEnd) {
      timers.cancel(task);
      end(task, 'EssentialContainerExited', 'Essential container in task exited');
    }
    touch(task);
    await containers.kill(task, container);
    if (!isTheEnd || task.lastStatus === 'STOPPED' || isShutDown) return;
    if (task.containers.every(({ lastStatus }) => lastStatus !== 'RUNNING')) stopped(task);
    else terminate(task);
  };

  const start = createTaskStart({
    ...ports,
    timers,
    containers,
    resources: createTaskResources(ports),
    isReachable,
    failToStart,
    exit,
    touch,
  });

  const stop = (task: Task): void => {
    timers.cancel(task);
    start.forget(task);
    if (task.lastStatus === 'PENDING') after(task, STOP_SECONDS * 1000, () => stopped(task));
    else if (isReachable(task)) terminate(task);
    else {
      unheard.add(task);
      // The balancer has let go of it already.
      if (task.lastStatus === 'DEACTIVATING') task.lastStatus = 'STOPPING';
    }
  };

  return {
    resume: (task) => {
      if (task.lastStatus === 'STOPPED') return;
      if (task.lastStatus === 'PENDING') {
        if (task.desiredStatus === 'STOPPED') stop(task);
        else start.begin(task);
        return;
      }
      // After a restart of the cloud the containers still run; one that was being stopped has no request left to end.
      if (task.lastStatus !== 'STOPPING') start.bringUp(task);
      if (task.desiredStatus !== 'STOPPED' || task.lastStatus === 'DEACTIVATING') return;
      if (isReachable(task)) after(task, STOP_SECONDS * 1000, () => stopped(task));
      else unheard.add(task);
    },
    stop: (task, code, reason) => {
      if (task.lastStatus === 'STOPPED' || task.lastStatus === 'STOPPING') return;
      end(task, code, reason);
      touch(task);
      stop(task);
    },
    crash: (task, exitCode) => {
      const container = task.containers.find(({ essential }) => essential);
      if (container !== undefined && task.lastStatus !== 'STOPPED') void exit(task, container, exitCode);
    },
    vanish: (task, reason) => {
      if (task.lastStatus === 'STOPPED') return;
      end(task, 'TerminationNotice', reason);
      stopped(task);
    },
    reconnected: (instance) => {
      for (const task of store.liveTasksOn(instance)) {
        if (unheard.delete(task)) terminate(task);
        else start.reached(task);
      }
    },
    killListener: async (task) => {
      await Promise.all(task.containers.map((container) => containers.kill(task, container)));
    },
    listening: (task) => containers.listening(task),
    cpuPercent: createCpuPercent({ store, images: ports.images, containers }),
    shutdown: async () => {
      isShutDown = true;
      timers.cancelAll();
      await containers.killAll();
    },
  };
};
