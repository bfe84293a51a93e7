import type { Images } from '../../images.ts';
import type { Engine } from '../../registration.ts';
import type { LogSink } from '../logs.ts';
import { checkTimes, noteCheck, type CheckTimes } from './container-health.ts';
import type { Task, TaskContainer } from './model.ts';
import type { Store } from './store.ts';
import { definitionOf, type TaskContainers } from './task-containers.ts';
import type { TaskResources } from './task-resources.ts';
import type { TaskTimers } from './task-timers.ts';

/** Longest wait in PENDING before RUNNING: what an image takes beyond it, it takes after RUNNING, before it listens. */
const RUNNING_AFTER_SECONDS = 1;
/** Of that wait: when the agent has the task and begins to pull, and when it has pulled. */
const PULL = { from: 0.3, to: 0.8 };

interface Ports {
  engine: Engine;
  store: Store;
  images: Images;
  logs: LogSink;
  timers: TaskTimers;
  containers: TaskContainers;
  resources: TaskResources;
  /** The task's agent can be reached. */
  isReachable(task: Task): boolean;
  /** A container is why, or the task as a whole. */
  failToStart(task: Task, reason: string, container?: TaskContainer): void;
  exit(task: Task, container: TaskContainer, exitCode: number): Promise<void>;
  /** The task has changed in what its description shows. */
  touch(task: Task): void;
  moved(task: Task): void;
}

/** From PENDING to RUNNING, and what containers do of themselves once they run. */
interface TaskStart {
  /** Goes on with a PENDING task when it is time. */
  begin(task: Task): void;
  /** The agent is back: a task whose turn came while it was away is pulled now. */
  reached(task: Task): void;
  /** Its containers run: they listen, are checked, crash. Also after a restart of the cloud. */
  bringUp(task: Task): void;
  /** It starts no more. */
  forget(task: Task): void;
}

export const createTaskStart = (ports: Ports): TaskStart => {
  const { engine, store, images, logs, timers, containers, resources, failToStart, exit, touch } = ports;
  const { clock } = engine;
  /** Pulled, and held back by an image that never starts. */
  const waiting = new Set<Task>();
  /** Their agent was away when its turn came. */
  const stranded = new Set<Task>();

  const at = (task: Task, time: number, step: () => void): void => timers.after(task, time - clock.now(), step);
  const readyAt = (task: Task, share: number): number => {
    const delays = task.containers.map(({ image }) => images.behaviour(image).startDelaySeconds);
    return task.createdAt + Math.min(RUNNING_AFTER_SECONDS, ...delays) * 1000 * share;
  };
  const neverStarts = (task: Task): boolean => task.containers.some(({ image }) => images.behaviour(image).neverStarts);

  const listen = (task: Task, container: TaskContainer): void => {
    containers.start(task, container).catch((error: unknown) => {
      engine.log('a task could not listen', { task: task.arn, error: String(error) });
      if (task.lastStatus !== 'STOPPED') void exit(task, container, 1);
    });
  };
  const watchHealth = (task: Task, container: TaskContainer, times: CheckTimes): void => {
    timers.after(task, times.intervalSeconds * 1000, () => {
      if (container.lastStatus !== 'RUNNING') return;
      const isPassed = containers.isUp(task, container) && images.behaviour(container.image).healthStatus < 400;
      const runningSeconds = (clock.now() - (task.startedAt ?? 0)) / 1000;
      if (noteCheck(container, times, { isPassed, runningSeconds })) touch(task);
      watchHealth(task, container, times);
    });
  };
  /** Containers with a long start are RUNNING before they listen. */
  const bringUp = (task: Task): void => {
    for (const container of task.containers) {
      if (container.lastStatus === 'STOPPED') continue;
      const ready = task.createdAt + images.behaviour(container.image).startDelaySeconds * 1000;
      if (ready <= clock.now()) listen(task, container);
      else at(task, ready, () => listen(task, container));
      const times = checkTimes(definitionOf(store, task, container)?.healthCheck);
      if (times !== undefined) {
        container.healthStatus ??= 'UNKNOWN';
        watchHealth(task, container, times);
      }
      if (container.crashesAt === undefined) continue;
      at(task, container.crashesAt, () => void exit(task, container, images.behaviour(container.image).exitCode));
    }
  };

  const run = (task: Task): void => {
    for (const container of task.containers) {
      const logError = logs.refuse(definitionOf(store, task, container)?.logConfiguration);
      if (logError === undefined) continue;
      const error = `Error response from daemon: failed to initialize logging driver: ${logError}`;
      return failToStart(task, `CannotStartContainerError: ${error}`, container);
    }
    const now = clock.now();
    task.lastStatus = 'RUNNING';
    task.startedAt = now;
    for (const container of task.containers) {
      const { crashAfterSeconds } = images.behaviour(container.image);
      container.lastStatus = 'RUNNING';
      if (crashAfterSeconds !== undefined) container.crashesAt = now + crashAfterSeconds * 1000;
    }
    bringUp(task);
    touch(task);
    ports.moved(task);
  };
  const pulled = (task: Task): void => {
    for (const container of task.containers) {
      const { image } = container;
      const problem = resources.refusePull(image, definitionOf(store, task, container));
      if (problem !== undefined) {
        return failToStart(task, `CannotPullContainerError: Error response from daemon: ${problem}`, container);
      }
      const name = images.parse(image);
      if (name !== undefined) container.imageDigest = images.manifest(name).digest;
    }
    task.pullStoppedAt = clock.now();
    touch(task);
    if (neverStarts(task)) waiting.add(task);
    else at(task, readyAt(task, 1), () => run(task));
  };
  const pull = (task: Task): void => {
    if (!ports.isReachable(task)) {
      stranded.add(task);
      return;
    }
    const definition = store.definitions.get(task.taskDefinition);
    const problem = definition && resources.refuse(definition, task);
    if (problem !== undefined) return failToStart(task, problem);
    task.pullStartedAt ??= clock.now();
    touch(task);
    at(task, readyAt(task, PULL.to), () => pulled(task));
  };

  images.onScript(() => {
    for (const task of waiting) {
      if (neverStarts(task)) continue;
      waiting.delete(task);
      run(task);
    }
  });

  return {
    begin: (task) => at(task, readyAt(task, PULL.from), () => pull(task)),
    reached: (task) => {
      if (stranded.delete(task)) pull(task);
    },
    bringUp,
    forget: (task) => {
      waiting.delete(task);
      stranded.delete(task);
    },
  };
};
