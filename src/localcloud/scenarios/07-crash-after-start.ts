import { containerInstances, tasksOf } from '../admin/world/find.ts';
import type { Params } from '../engine/contract.ts';
import { scriptNewImages } from './pieces.ts';
import { NOT_YET, OWN, type Scenario, type StageHands } from './scenario.ts';

/** ARNs of the new tasks once all of them run and, behind a load balancer, are in service; undefined until then. */
const newTasksInService = async ({ hand, run, service }: StageHands): Promise<string[] | undefined> => {
  const { serviceName, deployments, loadBalancers } = await service();
  const primary = (deployments as Params[]).find(({ status }) => status === 'PRIMARY');
  const tasks = (await tasksOf(hand, run.cluster, String(serviceName))).filter(
    ({ startedBy, lastStatus }) => startedBy === primary?.id && lastStatus === 'RUNNING',
  );
  if (tasks.length === 0 || tasks.length < Number(primary?.desiredCount)) return undefined;
  const arns = tasks.map(({ taskArn }) => String(taskArn));
  const LoadBalancerName: unknown = (loadBalancers as Params[])[0]?.loadBalancerName;
  if (LoadBalancerName === undefined) return arns;
  const health = await hand.look('elasticloadbalancing', 'DescribeInstanceHealth', { LoadBalancerName });
  const inService = (health.InstanceStates as Params[])
    .filter(({ State, Description }) => State === 'InService' && Description === 'N/A')
    .map(({ InstanceId }) => InstanceId as string);
  const hosts = (await containerInstances(hand, run.cluster)).filter((host) =>
    tasks.some(({ containerInstanceArn }) => containerInstanceArn === host.containerInstanceArn),
  );
  return hosts.every(({ ec2InstanceId }) => inService.includes(String(ec2InstanceId))) ? arns : undefined;
};

export const crashAfterStart: Scenario = {
  number: 7,
  name: 'crash-after-start',
  title: 'The new release crashes as soon as it has come up',
  aws: 'Tasks reach RUNNING, their instances InService, and for a moment every count is as wanted. A verdict at that moment is wrong. ECS starts them again without end and without a throttle, because they did run, and says now and then that the service is steady.',
  seen: [
    'The PRIMARY deployment has runningCount = desiredCount, and every instance is InService.',
    'Stopped tasks: stopCode EssentialContainerExited, "Essential container in task exited", exit code 1',
    '(service S) has started 2 tasks: (task T1) (task T2). again and again',
  ],
  undone: 'The images stay up.',
  own: OWN,
  steps: [
    {
      what: 'When all new tasks are in service, their containers exit with code 1 two seconds later; those that follow exit after 30 s.',
      when: 'deployment',
      do: async (hands) => {
        const arns = await newTasksInService(hands);
        if (arns === undefined) return NOT_YET;
        const { facts } = hands.run;
        const now = hands.engine.clock.now();
        facts.inServiceAt ??= now;
        // Long enough for somebody who asks every second to see that all is well.
        if (now - Number(facts.inServiceAt) < 2000) return NOT_YET;
        await scriptNewImages(hands, { crashAfterSeconds: 30, exitCode: 1 });
        for (const taskArn of arns) hands.world.ecs.crash(taskArn, 1);
      },
    },
  ],
  signs: [
    {
      what: 'for a moment the counts look fine',
      isShown: ({ run, primary }) => run.deployedAt !== undefined && primary?.runningCount === primary?.desiredCount,
    },
    {
      what: 'then the container exits',
      isShown: ({ stopped }) =>
        stopped.some(
          ({ stopCode, containers }) =>
            stopCode === 'EssentialContainerExited' &&
            (containers as { exitCode?: number }[]).some(({ exitCode }) => exitCode === 1),
        ),
    },
  ],
};
