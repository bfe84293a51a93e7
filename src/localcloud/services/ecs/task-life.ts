import type { ImageBehaviour, Machines } from '../../engine/contract.ts';
import type { Images } from '../../images.ts';
import type { Engine } from '../../registration.ts';
import type { LogSink } from '../logs.ts';
import { openLog } from './awslogs.ts';
import type { ContainerDefinition, StopCode, Task, TaskContainer } from './model.ts';
import type { Store } from './store.ts';
import { startContainer, type Listening } from './task-runtime.ts';

/** Real ECS gives a container this long between SIGTERM and SIGKILL unless told otherwise. */
const STOP_TIMEOUT_SECONDS = 30;
/** Longest wait in PENDING before RUNNING: what an image takes beyond it, it takes after RUNNING, before it listens. */
const RUNNING_AFTER_SECONDS = 1;
/** How long a stop takes that nothing holds up. */
const STOP_SECONDS = 1;

const SIGKILL_EXIT = 137;

interface Ports {
  engine: Engine;
  store: Store;
  machines: Machines;
  images: Images;
  logs: LogSink;
  /** A task has reached RUNNING or STOPPED. */
  moved(task: Task): void;
}

/** Moves single tasks through their states; which tasks there are is the scheduler's business. */
export interface TaskLife {
  /** Begins (or, after a restart, goes on with) whatever state the task is in. */
  resume(task: Task): void;
  /** SIGTERM now, or no start at all for a PENDING task. */
  stop(task: Task, code: StopCode, reason: string): void;
  /** The task's essential container dies. */
  crash(task: Task, exitCode: number): void;
  /** The instance is gone, and everything on it. */
  vanish(task: Task, reason: string): void;
  /** Closes the listener behind the cloud's back; the task stays RUNNING. */
  killListener(task: Task): Promise<void>;
  listening(task: Task): { host: string; port: number }[];
  shutdown(): Promise<void>;
}

export const createTaskLife = ({ engine, store, machines, images, logs, moved }: Ports): TaskLife => {
  const { clock } = engine;
  const timers = new Map<string, Set<() => void>>();
  const running = new Map<string, Listening[]>();
  let isShutDown = false;

  const after = (task: Task, cloudMilliseconds: number, step: () => void): void => {
    const mine = timers.get(task.id) ?? new Set();
    timers.set(task.id, mine);
    const cancel = clock.after(cloudMilliseconds, () => {
      mine.delete(cancel);
      step();
    });
    mine.add(cancel);
  };
  const cancelTimers = (task: Task): void => {
    for (const cancel of timers.get(task.id) ?? []) cancel();
    timers.delete(task.id);
  };
  const touch = (task: Task): void => {
    task.version += 1;
    engine.changed();
  };

  const definitionOf = (task: Task, container: TaskContainer): ContainerDefinition | undefined =>
    store.definitions.get(task.taskDefinition)?.containers.find(({ name }) => name === container.name);
  const behaviours = (task: Task): ImageBehaviour[] => task.containers.map(({ image }) => images.behaviour(image));

  const stopped = (task: Task): void => {
    cancelTimers(task);
    void Promise.all((running.get(task.id) ?? []).map((listener) => listener.kill()));
    running.delete(task.id);
    const now = clock.now();
    task.lastStatus = 'STOPPED';
    task.desiredStatus = 'STOPPED';
    task.executionStoppedAt ??= now;
    task.stoppedAt = now;
    for (const container of task.containers) container.lastStatus = 'STOPPED';
    touch(task);
    moved(task);
  };
  const failToStart = (task: Task, container: TaskContainer, reason: string): void => {
    container.reason = reason;
    task.stopCode = 'TaskFailedToStart';
    task.stoppedReason = reason;
    task.desiredStatus = 'STOPPED';
    task.stoppingAt = clock.now();
    stopped(task);
  };

  const end = (task: Task, code: StopCode, reason: string): void => {
    task.desiredStatus = 'STOPPED';
    task.stopCode ??= code;
    task.stoppedReason ??= reason;
    task.stoppingAt ??= clock.now();
  };
  const crash = (task: Task, exitCode: number): void => {
    cancelTimers(task);
    const [essential] = task.containers.filter((container) => container.essential);
    for (const container of task.containers) container.exitCode ??= SIGKILL_EXIT;
    if (essential !== undefined) essential.exitCode = exitCode;
    end(task, 'EssentialContainerExited', 'Essential container in task exited');
    const listeners = running.get(task.id) ?? [];
    void Promise.all(listeners.map((listener) => listener.kill())).then(() => stopped(task));
  };

  const listen = async (task: Task, container: TaskContainer): Promise<void> => {
    const definition = store.definitions.get(task.taskDefinition);
    const machine = machines.get(store.instances.get(task.containerInstance)?.ec2InstanceId ?? '');
    if (definition === undefined || machine === undefined) return;
    const behaviour = images.behaviour(container.image);
    const print = openLog(logs, task, definitionOf(task, container));
    const listening = await startContainer(engine, {
      address: machine.address,
      behaviour,
      hostPorts: container.bindings.map(({ hostPort }) => hostPort),
      identity: {
        ...(task.service === undefined ? {} : { service: task.service }),
        family: definition.family,
        revision: definition.revision,
        taskArn: task.arn,
        ...(task.deploymentId === undefined ? {} : { deployment: task.deploymentId }),
        image: container.image,
        instance: machine.instanceId,
        version: images.parse(container.image)?.tag ?? '',
      },
      print,
    });
    if (task.lastStatus === 'STOPPED' || isShutDown) return listening.kill();
    running.set(task.id, [...(running.get(task.id) ?? []), listening]);
    print(`started ${container.image}`);
  };
  /** Containers with a long start are RUNNING before they listen. */
  const listenWhenReady = async (task: Task): Promise<void> => {
    const now = clock.now();
    for (const container of task.containers) {
      const ready = task.createdAt + images.behaviour(container.image).startDelaySeconds * 1000;
      if (ready <= now) await listen(task, container);
      else after(task, ready - now, () => void listen(task, container).catch((error) => lost(task, error)));
    }
  };
  const lost = (task: Task, error: unknown): void => {
    engine.log('a task could not listen', { task: task.arn, error: String(error) });
    if (task.lastStatus !== 'STOPPED') crash(task, 1);
  };
  const scheduleCrash = (task: Task): void => {
    for (const behaviour of behaviours(task)) {
      if (behaviour.crashAfterSeconds === undefined) continue;
      const due = (task.startedAt ?? 0) + behaviour.crashAfterSeconds * 1000;
      after(task, Math.max(0, due - clock.now()), () => crash(task, behaviour.exitCode));
    }
  };

  const run = async (task: Task): Promise<void> => {
    await listenWhenReady(task);
    if (task.lastStatus !== 'PENDING' || task.desiredStatus === 'STOPPED') return;
    const now = clock.now();
    task.lastStatus = 'RUNNING';
    task.startedAt = now;
    for (const container of task.containers) container.lastStatus = 'RUNNING';
    touch(task);
    scheduleCrash(task);
    moved(task);
  };
  const pull = (task: Task): void => {
    task.pullStoppedAt = clock.now();
    for (const container of task.containers) {
      const { image } = container;
      if (!images.behaviour(image).exists) {
        const error = `Error response from daemon: manifest for ${image} not found: manifest unknown: manifest unknown`;
        return failToStart(task, container, `CannotPullContainerError: ${error}`);
      }
      const logError = logs.refuse(definitionOf(task, container)?.logConfiguration);
      if (logError !== undefined) {
        const error = `Error response from daemon: failed to initialize logging driver: ${logError}`;
        return failToStart(task, container, `CannotStartContainerError: ${error}`);
      }
      const name = images.parse(image);
      if (name !== undefined) container.imageDigest = images.manifest(name).digest;
    }
    if (behaviours(task).some(({ neverStarts }) => neverStarts)) return touch(task);
    run(task).catch((error: unknown) => lost(task, error));
  };
  const pending = (task: Task): void => {
    task.pullStartedAt ??= clock.now();
    const delay = Math.min(
      RUNNING_AFTER_SECONDS,
      ...behaviours(task).map(({ startDelaySeconds }) => startDelaySeconds),
    );
    after(task, Math.max(0, task.createdAt + delay * 1000 - clock.now()), () => pull(task));
  };

  const stopTimeout = (task: Task): number =>
    Math.max(...task.containers.map((one) => definitionOf(task, one)?.stopTimeout ?? STOP_TIMEOUT_SECONDS)) * 1000;
  const terminate = (task: Task): void => {
    const listeners = running.get(task.id) ?? [];
    const grace = engine.settings.connectionDraining ? clock.real(stopTimeout(task)) : 0;
    void Promise.all(listeners.map((listener) => listener.terminate(grace))).then((graceful) => {
      if (task.lastStatus === 'STOPPED' || isShutDown) return;
      const exitCode = graceful.every(Boolean) ? 0 : SIGKILL_EXIT;
      for (const container of task.containers) container.exitCode ??= exitCode;
      task.executionStoppedAt = clock.now();
      after(task, STOP_SECONDS * 1000, () => stopped(task));
    });
  };

  return {
    resume: (task) => {
      if (task.lastStatus === 'PENDING') {
        if (task.desiredStatus === 'STOPPED') after(task, STOP_SECONDS * 1000, () => stopped(task));
        else pending(task);
        return;
      }
      if (task.lastStatus === 'STOPPED') return;
      // After a restart of the cloud the containers still run; one that was being stopped has no request left to end.
      const isStopping = task.lastStatus === 'STOPPING';
      if (isStopping) return after(task, STOP_SECONDS * 1000, () => stopped(task));
      listenWhenReady(task).catch((error: unknown) => lost(task, error));
      scheduleCrash(task);
    },
    stop: (task, code, reason) => {
      if (task.lastStatus === 'STOPPED' || task.lastStatus === 'STOPPING') return;
      cancelTimers(task);
      end(task, code, reason);
      touch(task);
      if (task.lastStatus === 'PENDING') return after(task, STOP_SECONDS * 1000, () => stopped(task));
      task.lastStatus = 'STOPPING';
      terminate(task);
    },
    crash: (task, exitCode) => {
      if (task.lastStatus !== 'STOPPED') crash(task, exitCode);
    },
    vanish: (task, reason) => {
      if (task.lastStatus === 'STOPPED') return;
      end(task, 'TerminationNotice', reason);
      stopped(task);
    },
    killListener: async (task) => {
      await Promise.all((running.get(task.id) ?? []).map((listener) => listener.kill()));
    },
    listening: (task) => (running.get(task.id) ?? []).flatMap((listener) => listener.listening()),
    shutdown: async () => {
      isShutDown = true;
      for (const mine of timers.values()) for (const cancel of mine) cancel();
      await Promise.all([...running.values()].flat().map((listener) => listener.kill()));
    },
  };
};
