import type { Balancers, Machines, Persistent } from '../engine/contract.ts';
import type { Images } from '../images.ts';
import type { Engine, Parts } from '../registration.ts';
import { clusterOperations, createCluster, registerInstance } from './ecs/clusters.ts';
import type { Task } from './ecs/model.ts';
import { createScheduler } from './ecs/scheduler.ts';
import { serviceOperations } from './ecs/services.ts';
import { createStore } from './ecs/store.ts';
import { tagOperations } from './ecs/tags.ts';
import { taskDefinitionOperations } from './ecs/task-definitions.ts';
import { createTaskLife } from './ecs/task-life.ts';
import { taskOperations } from './ecs/tasks.ts';
import type { LogSink } from './logs.ts';

/** The cluster every new cloud has. */
const DEFAULT_CLUSTER = 'crims';
/** Stopped tasks can be described for so long (cloud milliseconds). */
const STOPPED_VISIBLE = 3_600_000;
const HOUSEKEEPING = 10_000;

/** A task as the admin endpoint shows it. */
export interface TaskReport {
  taskArn: string;
  service?: string;
  family: string;
  revision: number;
  deploymentId?: string;
  lastStatus: string;
  desiredStatus: string;
  instanceId: string;
  hostPorts: number[];
  listening: { host: string; port: number }[];
}

export interface EcsParts extends Parts {
  report(): TaskReport[];
  /** False when there is no such task. */
  killListener(taskArn: string): Promise<boolean>;
  crash(taskArn: string, exitCode: number): boolean;
}

interface Ports {
  machines: Machines;
  balancers: Balancers;
  images: Images;
  logs: LogSink;
}

/** Amazon ECS on EC2 instances: clusters, task definitions, services, tasks, and the scheduler that moves them. */
export const createEcs = (engine: Engine, { machines, balancers, images, logs }: Ports): EcsParts => {
  const { clock } = engine;
  const store = createStore(engine);
  const life = createTaskLife({
    engine,
    store,
    machines,
    images,
    logs,
    moved: (task) => scheduler.taskMoved(task),
  });
  const scheduler = createScheduler({ engine, store, machines, balancers, life });
  let stopHousekeeping = () => {};

  const housekeep = (): void => {
    for (const instance of store.instances.values()) {
      if (instance.status === 'INACTIVE') continue;
      const { ec2InstanceId } = instance;
      const state = machines.get(ec2InstanceId)?.state ?? 'terminated';
      // A terminated machine leaves its cluster; a stopped one only loses its agent and its tasks.
      instance.agentConnected = state === 'running';
      if (state === 'terminated') instance.status = 'INACTIVE';
      if (state === 'terminated' || state === 'stopped') {
        scheduler.abandon(store.tasksOn(instance), `Host EC2 (instance ${ec2InstanceId}) ${state}.`);
      }
    }
    const old = clock.now() - STOPPED_VISIBLE;
    for (const task of store.tasks.values()) if ((task.stoppedAt ?? Infinity) < old) store.removeTask(task);
  };
  const addDefaults = (): void => {
    if (store.clusters.size > 0) return;
    const { name } = createCluster(store, DEFAULT_CLUSTER);
    for (const { instanceId } of machines.list()) {
      registerInstance(store, machines, clock.now(), { cluster: name, ec2InstanceId: instanceId });
    }
  };
  const persistent: Persistent = {
    key: 'ecs',
    save: store.save,
    load: (data) => store.load(data as ReturnType<typeof store.save>),
    start: () => {
      addDefaults();
      for (const task of store.tasks.values()) life.resume(task);
      scheduler.start();
      stopHousekeeping = clock.every(HOUSEKEEPING, housekeep);
      return Promise.resolve();
    },
    stop: () => {
      stopHousekeeping();
      scheduler.stop();
      return life.shutdown();
    },
  };
  const report = (task: Task): TaskReport => {
    const definition = store.definitions.get(task.taskDefinition);
    return {
      taskArn: task.arn,
      ...(task.service === undefined ? {} : { service: task.service }),
      family: definition?.family ?? '',
      revision: definition?.revision ?? 0,
      ...(task.deploymentId === undefined ? {} : { deploymentId: task.deploymentId }),
      lastStatus: task.lastStatus,
      desiredStatus: task.desiredStatus,
      instanceId: store.instances.get(task.containerInstance)?.ec2InstanceId ?? '',
      hostPorts: task.containers.flatMap(({ bindings }) => bindings.map(({ hostPort }) => hostPort)),
      listening: life.listening(task),
    };
  };

  return {
    services: [
      {
        scope: 'ecs',
        model: 'ecs',
        internalCode: 'ServerException',
        validationCode: 'InvalidParameterException',
        persistent,
        operations: {
          ...clusterOperations({ engine, store, machines, scheduler }),
          ...taskDefinitionOperations({ engine, store }),
          ...serviceOperations({ engine, store, balancers, scheduler }),
          ...taskOperations({ engine, store, scheduler }),
          ...tagOperations(store),
        },
      },
    ],
    report: () => [...store.tasks.values()].map(report),
    killListener: async (taskArn) => {
      const task = store.tasks.get(taskArn);
      if (task === undefined) return false;
      await life.killListener(task);
      return true;
    },
    crash: (taskArn, exitCode) => {
      const task = store.tasks.get(taskArn);
      if (task === undefined || task.lastStatus === 'STOPPED') return false;
      life.crash(task, exitCode);
      return true;
    },
  };
};
