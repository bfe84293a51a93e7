import { DescribeTasksCommand, type ECSClient, type Service, type Task } from '@aws-sdk/client-ecs';
import { createBatcher, type Lookup } from './batcher.ts';
import { call } from './call.ts';
import { describeServices } from './ecs-service.ts';

/** Looks at one service, by name. */
export type ServicePoller = Lookup<Service>;
/** Looks at one task, by ARN. */
export type TaskPoller = Lookup<Task>;

/** DescribeServices takes ten names. */
export const createServicePoller = (ecs: ECSClient, windowMilliseconds = 100): ServicePoller =>
  createBatcher({
    size: 10,
    windowMilliseconds,
    load: (cluster, names) => describeServices(ecs, cluster, names),
    keyOf: (service) => service.serviceName,
  });

/** DescribeTasks takes a hundred ARNs. */
export const createTaskPoller = (ecs: ECSClient, windowMilliseconds = 50): TaskPoller =>
  createBatcher({
    size: 100,
    windowMilliseconds,
    load: async (cluster, tasks) => (await call(ecs, new DescribeTasksCommand({ cluster, tasks }))).tasks ?? [],
    keyOf: (task) => task.taskArn,
  });

/** Poll times fall on common beats of a second, so that watchers meet in one call. */
export const untilNextBeat = (now: number, seconds: number): number => seconds * 1000 - (now % (seconds * 1000));
