import { containerInstances, usedPorts } from '../admin/world/find.ts';
import { AdminError } from '../admin/route.ts';
import { hostPortsOf, runStrangers } from './pieces.ts';
import { event, OWN, type Scenario } from './scenario.ts';

export const noFreeInstance: Scenario = {
  number: 1,
  name: 'no-free-instance',
  title: 'No free instance for the fixed host port',
  aws: 'Behind a classic load balancer a task has a fixed host port, so an instance holds one task of a service at most. A rolling update needs desired tasks + batch ≤ instances; with a minimum of 100 percent and no free instance it can neither start nor stop anything.',
  seen: [
    '(service S) was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance C) is already using a port required by your task. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.',
    'Two deployments, for ever: PRIMARY with no task, ACTIVE with all of them.',
  ],
  undone: 'The tasks that hold the port are stopped.',
  own: { ...OWN, minimumHealthyPercent: 100 },
  steps: [
    {
      what: "Tasks of somebody else take the service's host port on every instance that is free.",
      when: 'beginning',
      do: async (hands) => {
        const [hostPort] = await hostPortsOf(hands);
        if (hostPort === undefined) throw new AdminError(409, `${hands.run.service} has no fixed host port`);
        const instances = await containerInstances(hands.hand, hands.run.cluster);
        const free = instances.filter((one) => one.status === 'ACTIVE' && !usedPorts(one).includes(hostPort));
        if (free.length === 0) return;
        const family = `stranger-port-${hostPort}`;
        await runStrangers(hands, { family, memory: 16, hostPort, count: free.length });
      },
    },
  ],
  signs: [
    event('no instance has the port', 'is already using a port required by your task'),
    {
      what: 'a minute later the old tasks run on, and no new one has started',
      isShown: ({ run: { deployedAt = Infinity }, hands, service, primary }) =>
        hands.engine.clock.now() - deployedAt >= 60_000 &&
        (service.deployments as unknown[]).length === 2 &&
        primary?.runningCount === 0 &&
        primary.pendingCount === 0,
    },
  ],
};
