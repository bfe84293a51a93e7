import type { Alarms, Balancers, Fleet, Machines, Persistent, Roles, SecretSource } from '../engine/contract.ts';
import type { Images } from '../images.ts';
import type { Engine, Parts } from '../registration.ts';
import { createAccountSettings } from './ecs/account-settings.ts';
import { attributeOperations } from './ecs/attributes.ts';
import { capacityProviderOperations } from './ecs/capacity-providers.ts';
import { clusterOperations, createCluster } from './ecs/clusters.ts';
import { createFleet } from './ecs/fleet.ts';
import { instanceOperations } from './ecs/instance-operations.ts';
import { createInstances } from './ecs/instances.ts';
import type { Task } from './ecs/model.ts';
import { runOperations } from './ecs/run-task.ts';
import { createQuotas } from './ecs/quotas.ts';
import { createScheduler } from './ecs/scheduler.ts';
import { serviceDeploymentOperations } from './ecs/service-deployments.ts';
import { serviceOperations } from './ecs/services.ts';
import { createStore } from './ecs/store.ts';
import { tagOperations } from './ecs/tags.ts';
import { removeDeleted, taskDefinitionOperations } from './ecs/task-definitions.ts';
import { createTaskLife } from './ecs/task-life.ts';
import { protectionOperations } from './ecs/task-protection.ts';
import { taskOperations } from './ecs/tasks.ts';
import type { LogSink } from './logs.ts';

/** The cluster every new cloud has. */
const DEFAULT_CLUSTER = 'crims';
/** Stopped tasks can be described for so long (cloud milliseconds). */
const STOPPED_VISIBLE = 3_600_000;
const HOUSEKEEPING = 60_000;

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
  /** Its services, for metrics and for what scales them. */
  fleet: Fleet;
  report(): TaskReport[];
  /** False when there is no such task. */
  killListener(taskArn: string): Promise<boolean>;
  crash(taskArn: string, exitCode: number): boolean;
  /** An agent that is away takes no tasks and hears of no stop; its tasks run on. False when the machine is no container instance. */
  setAgentConnected(ec2InstanceId: string, isConnected: boolean): boolean;
}

interface Ports {
  machines: Machines;
  balancers: Balancers;
  images: Images;
  logs: LogSink;
  secrets: SecretSource;
  roles: Roles;
  alarms: Alarms;
}

/** Amazon ECS on EC2 instances: clusters, task definitions, services, tasks, and the scheduler that moves them. */
export const createEcs = (engine: Engine, ports: Ports): EcsParts => {
  const { machines, balancers, roles, alarms } = ports;
  const { clock } = engine;
  const store = createStore(engine);
  const quotas = createQuotas(engine.settings);
  const life = createTaskLife({ ...ports, engine, store, moved: (task) => scheduler.taskMoved(task) });
  const scheduler = createScheduler({ engine, store, balancers, alarms, life });
  const instances = createInstances({ engine, store, machines, scheduler, life, quotas });
  const settings = createAccountSettings();
  let stopHousekeeping = () => {};

  const housekeep = (): void => {
    store.forgetStopped(clock.now() - STOPPED_VISIBLE);
    removeDeleted(store);
  };
  const addDefaults = (): void => {
    if (store.clusters.size > 0) return;
    const { name } = createCluster({ store, quotas }, DEFAULT_CLUSTER);
    for (const { instanceId } of machines.list()) instances.register(name, instanceId);
  };
  const save = () => ({ ...store.save(), settings: settings.save() });
  const persistent: Persistent = {
    key: 'ecs',
    save,
    load: (data) => {
      const saved = data as ReturnType<typeof save>;
      store.load(saved);
      settings.load(saved.settings);
    },
    start: () => {
      addDefaults();
      instances.start();
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
          ...clusterOperations({ store, quotas }),
          ...capacityProviderOperations(store),
          ...instanceOperations({ store, instances, quotas }),
          ...attributeOperations(store),
          ...taskDefinitionOperations({ engine, store, roles }),
          ...serviceOperations({ engine, store, balancers, scheduler, roles }),
          ...serviceDeploymentOperations({ store, scheduler }),
          ...runOperations({ engine, store, launcher: scheduler.launcher, roles }),
          ...taskOperations({ store, scheduler }),
          ...protectionOperations({ engine, store }),
          ...tagOperations(store),
          ...settings.operations,
        },
      },
    ],
    fleet: createFleet({ store, scheduler, life }),
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
    setAgentConnected: instances.setAgentConnected,
  };
};
