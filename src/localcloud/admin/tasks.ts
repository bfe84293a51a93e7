/** Tasks and balancers with where they really listen, which no AWS call tells. */
import { accountOf } from '../engine/arn.ts';
import type { World } from '../world.ts';
import { describeMembers, readMembers, type Members } from './input.ts';
import type { AdminPorts } from './ports.ts';
import { AdminError, type Route } from './route.ts';

const TASK = { taskArn: { type: 'text', what: 'ARN of the task' } } as const satisfies Members;
const CRASH = {
  ...TASK,
  exitCode: { type: 'number', most: 255, what: 'of its essential container, 1', isOptional: true },
} as const satisfies Members;

const missingTask = (): never => {
  throw new AdminError(404, 'there is no such task');
};

export const taskRoutes = ({ worlds, network }: Pick<AdminPorts, 'worlds' | 'network'>): Route[] => {
  const everyWorld = [...worlds.values()];
  const worldOf = (arn: string): World => worlds.get(accountOf(arn)) ?? missingTask();
  const balancers = () =>
    everyWorld
      .flatMap(({ elb }) => elb.list())
      .map(({ settings }) => ({
        name: settings.name,
        dnsName: settings.dnsName,
        address: settings.address,
        listeners: settings.listeners.map(({ protocol, loadBalancerPort }) => {
          const bound = network.resolve(settings.address, loadBalancerPort);
          return { port: loadBalancerPort, protocol, host: bound?.host, boundPort: bound?.port };
        }),
      }));

  return [
    {
      method: 'GET',
      path: 'tasks',
      what: 'Every task and where it listens.',
      run: () => ({ tasks: everyWorld.flatMap(({ ecs }) => ecs.report()) }),
    },
    {
      method: 'POST',
      path: 'tasks/kill-listener',
      what: "Closes a task's listener behind the cloud's back.",
      takes: describeMembers(TASK),
      run: async ({ body }) => {
        const { taskArn } = readMembers(TASK, body());
        return (await worldOf(taskArn).ecs.killListener(taskArn)) ? {} : missingTask();
      },
    },
    {
      method: 'POST',
      path: 'tasks/crash',
      what: "A task's container exits.",
      takes: describeMembers(CRASH),
      run: ({ body }) => {
        const { taskArn, exitCode = 1 } = readMembers(CRASH, body());
        return worldOf(taskArn).ecs.crash(taskArn, exitCode) ? {} : missingTask();
      },
    },
    {
      method: 'GET',
      path: 'balancers',
      what: 'Every balancer and where its listeners are.',
      run: () => ({ balancers: balancers() }),
    },
  ];
};
