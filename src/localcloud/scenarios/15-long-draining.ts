import { balancerOf } from '../admin/world/find.ts';
import { event, OWN, type Scenario } from './scenario.ts';

export const longDraining: Scenario = {
  number: 15,
  name: 'long-draining',
  title: 'Connection draining lasts longer than the deployment may',
  aws: 'A task leaves its load balancer first, and gets its SIGTERM only when every request has ended or the draining timeout (1 to 3600 s, 300 by default) has passed. Until then it holds its host port, CPU and memory, and is reported as InService.',
  seen: [
    'DescribeInstanceHealth: InService, "Instance deregistration currently in progress."',
    '(service S) has begun draining connections on 1 tasks.',
    'Old tasks DEACTIVATING; the old deployment stays ACTIVE.',
  ],
  undone: 'The clients let go, and the draining timeout is as before.',
  own: OWN,
  steps: [
    {
      what: 'The draining timeout is an hour, and clients hold two requests open for each task.',
      when: 'beginning',
      do: async (hands) => {
        const service = await hands.service();
        const loadBalancer = balancerOf(service);
        await hands.happen('change-draining', { loadBalancer, seconds: 3600 });
        const count = Math.min(100, Math.max(1, 2 * Number(service.desiredCount)));
        await hands.happen('hold-requests', { loadBalancer, count });
      },
    },
  ],
  signs: [
    event('draining has begun', 'has begun draining connections on'),
    {
      what: 'an instance drains',
      isShown: ({ health }) =>
        health.some(
          ({ State, Description }) =>
            State === 'InService' && Description === 'Instance deregistration currently in progress.',
        ),
    },
    {
      what: 'an old task waits for it',
      isShown: ({ tasks }) => tasks.some(({ lastStatus }) => lastStatus === 'DEACTIVATING'),
    },
  ],
};
