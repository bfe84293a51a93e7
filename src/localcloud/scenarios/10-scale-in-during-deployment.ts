import { OWN, type Scenario } from './scenario.ts';

export const scaleInDuringDeployment: Scenario = {
  number: 10,
  name: 'scale-in-during-deployment',
  title: 'Somebody scales the service in while it is deployed',
  aws: 'Application Auto Scaling holds scale-in back during a deployment and goes on scaling out; a person, a script or an autoscaler of one’s own does not hold back. The deployment is done with the new count, and whoever waits for the old one waits for ever.',
  seen: [
    'desiredCount falls while there are two deployments.',
    '(service S) (deployment ecs-svc/N) deployment completed. — with one task fewer',
  ],
  undone: 'The desired count is as before.',
  own: { ...OWN, tasks: 3 },
  steps: [
    {
      what: '6 s into the deployment the desired count goes down by one.',
      when: 'deployment',
      afterSeconds: 6,
      do: async (hands) => {
        const { serviceName, desiredCount } = await hands.service();
        hands.run.facts.desired = Math.max(0, Number(desiredCount) - 1);
        const given = { service: String(serviceName), desiredCount: hands.run.facts.desired };
        await hands.happen('change-desired-count', { ...given, cluster: hands.run.cluster });
      },
    },
  ],
  signs: [
    {
      what: 'the count falls during the deployment',
      isShown: ({ run, service }) =>
        service.desiredCount === run.facts.desired && (service.deployments as unknown[]).length > 1,
    },
    {
      what: 'the deployment is completed with fewer tasks',
      isShown: ({ run, events, primary }) =>
        primary?.runningCount === run.facts.desired &&
        events.includes(`(deployment ${String(primary?.id)}) deployment completed.`),
    },
  ],
};
