import { event, OWN, type Scenario } from './scenario.ts';

export const brokenRole: Scenario = {
  number: 18,
  name: 'broken-role',
  title: 'The role of ECS at the load balancer is broken',
  aws: 'ECS calls Elastic Load Balancing with a role of the account. When somebody takes its policies away, new tasks start and are never registered, and old ones cannot be taken out: the deployment stands still with healthy containers.',
  seen: [
    '(service S) IAM permissions policies have been misconfigured or changed, and ECS can no longer maintain your service',
    'New tasks RUNNING; their instances are not registered with the load balancer.',
  ],
  undone: 'The role has its policies again.',
  own: OWN,
  steps: [
    {
      what: 'The role loses its policies.',
      when: 'beginning',
      do: (hands) => hands.happen('break-elb-role', {}),
    },
  ],
  signs: [
    event(
      'ECS says so',
      'IAM permissions policies have been misconfigured or changed, and ECS can no longer maintain your service',
    ),
    {
      what: 'a new task runs that the load balancer does not know',
      isShown: ({ run, primary, events }) =>
        run.deployedAt !== undefined &&
        Number(primary?.runningCount ?? 0) > 0 &&
        !events.some((message) => message.startsWith('registered ')),
    },
  ],
};
