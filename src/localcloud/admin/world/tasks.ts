import { AdminError } from '../route.ts';
import { happening, worldEvent, type Surroundings } from './event.ts';
import { CLUSTER, findService, tasksOf } from './find.ts';

const EXIT = {
  exitCode: { type: 'number', most: 255, what: 'of the essential container, 1', isOptional: true },
} as const;
const SERVICE = {
  service: { type: 'text', what: 'ECS service, or the name its incarnations share' },
  cluster: { type: 'text', what: CLUSTER, isOptional: true },
} as const;

/** How many there were. */
export const crashTasks = async (
  { hand, world }: Pick<Surroundings, 'hand' | 'world'>,
  cluster: string,
  service: string,
  exitCode: number,
): Promise<number> => {
  const running = (await tasksOf(hand, cluster, service)).filter(({ lastStatus }) => lastStatus === 'RUNNING');
  return running.filter(({ taskArn }) => world.ecs.crash(String(taskArn), exitCode)).length;
};

export const taskEvents = [
  worldEvent({
    name: 'crash-task',
    what: "A task's essential container exits.",
    members: { taskArn: { type: 'text', what: 'ARN of the task' }, ...EXIT },
    run: ({ taskArn, exitCode = 1 }, { world }) => {
      if (!world.ecs.crash(taskArn, exitCode)) throw new AdminError(404, `there is no task ${taskArn} that runs`);
      return { did: `crashed ${taskArn}` };
    },
  }),
  worldEvent({
    name: 'stop-task',
    what: 'Somebody stops a task.',
    members: { taskArn: { type: 'text', what: 'ARN of the task' } },
    run: async ({ taskArn }, { hand }) => {
      const cluster = taskArn.split('/').at(-2) ?? CLUSTER;
      const { tasks } = await hand.look('ecs', 'DescribeTasks', { cluster, tasks: [taskArn] });
      if ((tasks as unknown[]).length === 0) throw new AdminError(404, `there is no task ${taskArn}`);
      await hand.act('ecs', 'StopTask', { cluster, task: taskArn, reason: 'Stopped by somebody' });
      return { did: `stopped ${taskArn}` };
    },
  }),
  worldEvent({
    name: 'crash-tasks',
    what: 'Every running task of a service crashes.',
    members: { ...SERVICE, ...EXIT },
    run: async ({ service, cluster = CLUSTER, exitCode = 1 }, surroundings) => {
      const { serviceName } = await findService(surroundings.hand, cluster, service);
      const count = await crashTasks(surroundings, cluster, String(serviceName), exitCode);
      return { did: `crashed ${count} tasks of ${String(serviceName)}` };
    },
  }),
  worldEvent({
    name: 'crash-loop',
    what: 'Every running task of a service crashes, again and again.',
    members: { ...SERVICE, everySeconds: { type: 'number', least: 1, what: 'cloud seconds' } },
    run: async ({ service, cluster = CLUSTER, everySeconds }, { hand, world, recurring }) => {
      const name = String((await findService(hand, cluster, service)).serviceName);
      const { account } = world.engine;
      await recurring.begin({ account, kind: 'crash-loop', subject: name, cluster, everySeconds });
      return {
        did: `tasks of ${name} crash every ${everySeconds} s`,
        undo: [happening('end-crash-loop', { service: name })],
      };
    },
  }),
  worldEvent({
    name: 'end-crash-loop',
    what: 'They stay up again.',
    members: { service: SERVICE.service },
    run: ({ service }, { world, recurring }) => {
      if (!recurring.end(world.engine.account, 'crash-loop', service))
        throw new AdminError(404, `the tasks of ${service} do not crash in a loop`);
      return { did: `tasks of ${service} stay up` };
    },
  }),
];
