import type { Machines } from '../../engine/contract.ts';
import type { Images } from '../../images.ts';
import type { Engine } from '../../registration.ts';
import type { LogSink } from '../logs.ts';
import { openLog } from './awslogs.ts';
import type { ContainerDefinition, Task, TaskContainer } from './model.ts';
import { createRequestMeter, type RequestMeter } from './request-meter.ts';
import type { Store } from './store.ts';
import { pretendContainer, startContainer, type Listening } from './task-runtime.ts';

interface Ports {
  engine: Engine;
  store: Store;
  machines: Machines;
  images: Images;
  logs: LogSink;
}

/** The containers that are up, task by task: what listens, what is asked of it. */
export interface TaskContainers {
  /** Comes up on the instance's address; rejects when its ports cannot be had. */
  start(task: Task, container: TaskContainer): Promise<void>;
  isUp(task: Task, container: TaskContainer): boolean;
  listening(task: Task): { host: string; port: number }[];
  /** SIGTERM to all; answers the names of those that had to be killed after their grace period (cloud milliseconds). */
  terminate(task: Task, grace: (container: TaskContainer) => number): Promise<Set<string>>;
  /** Gone at once: one of them, or all. */
  kill(task: Task, container?: TaskContainer): Promise<void>;
  /** Requests of the last cloud minute. */
  requests(task: Task): number;
  killAll(): Promise<void>;
}

export const definitionOf = (store: Store, task: Task, { name }: TaskContainer): ContainerDefinition | undefined =>
  store.definitions.get(task.taskDefinition)?.containers.find((one) => one.name === name);

export const createTaskContainers = ({ engine, store, machines, images, logs }: Ports): TaskContainers => {
  const up = new Map<string, Map<string, Listening>>();
  const meters = new Map<string, RequestMeter>();
  let isShutDown = false;

  const meterOf = (task: Task): RequestMeter => {
    const meter = meters.get(task.id) ?? createRequestMeter(engine.clock.now);
    meters.set(task.id, meter);
    return meter;
  };
  const listenersOf = (task: Task): Listening[] => [...(up.get(task.id)?.values() ?? [])];
  const open = (task: Task, container: TaskContainer, address: string, instance: string): Promise<Listening> => {
    const { image } = container;
    const hostPorts = container.bindings.map(({ hostPort }) => hostPort);
    const behaviour = () => images.behaviour(image);
    const print = openLog(logs, task, definitionOf(store, task, container));
    if (!engine.settings.dataPlane) {
      print(`started ${image}`);
      return Promise.resolve(pretendContainer(engine, { address, hostPorts, behaviour }));
    }
    const definition = store.definitions.get(task.taskDefinition);
    return startContainer(engine, {
      address,
      behaviour,
      hostPorts,
      identity: {
        ...(task.service === undefined ? {} : { service: task.service }),
        family: definition?.family ?? '',
        revision: definition?.revision ?? 0,
        taskArn: task.arn,
        ...(task.deploymentId === undefined ? {} : { deployment: task.deploymentId }),
        image,
        instance,
        version: images.parse(image)?.tag ?? '',
      },
      print,
      served: () => meterOf(task).count(),
    }).then((listening) => {
      print(`started ${image}`);
      return listening;
    });
  };

  return {
    start: async (task, container) => {
      const machine = machines.get(store.instances.get(task.containerInstance)?.ec2InstanceId ?? '');
      if (machine === undefined) return;
      const listening = await open(task, container, machine.address, machine.instanceId);
      const isOver = container.lastStatus === 'STOPPED' || ['STOPPING', 'STOPPED'].includes(task.lastStatus);
      if (isOver || isShutDown) {
        await listening.kill();
        return;
      }
      const mine = up.get(task.id) ?? new Map<string, Listening>();
      up.set(task.id, mine.set(container.name, listening));
    },
    isUp: (task, { name }) => up.get(task.id)?.get(name)?.isUp() ?? false,
    listening: (task) => listenersOf(task).flatMap((one) => one.listening()),
    terminate: async (task, grace) => {
      const killed = new Set<string>();
      const ends = task.containers.map(async (container) => {
        const listening = up.get(task.id)?.get(container.name);
        const isGraceful = (await listening?.terminate(grace(container))) ?? true;
        if (!isGraceful) killed.add(container.name);
      });
      await Promise.all(ends);
      return killed;
    },
    kill: async (task, container) => {
      const mine = up.get(task.id);
      if (container === undefined) {
        up.delete(task.id);
        meters.delete(task.id);
        await Promise.all([...(mine?.values() ?? [])].map((one) => one.kill()));
        return;
      }
      await mine?.get(container.name)?.kill();
    },
    requests: (task) => meters.get(task.id)?.lastMinute() ?? 0,
    killAll: async () => {
      isShutDown = true;
      await Promise.all([...up.values()].flatMap((mine) => [...mine.values()]).map((one) => one.kill()));
    },
  };
};
