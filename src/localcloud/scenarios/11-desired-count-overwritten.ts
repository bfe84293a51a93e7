import { deployNext } from './own-service.ts';
import { OWN, type Scenario } from './scenario.ts';

export const desiredCountOverwritten: Scenario = {
  number: 11,
  name: 'desired-count-overwritten',
  title: "A deployment overwrites the autoscaler's count",
  aws: 'UpdateService with a desiredCount sets it, whatever an autoscaler has set before. A deployment that sends the count of its manifest takes tasks away in the middle of a peak; one that leaves it out changes nothing.',
  seen: [
    'desiredCount is what the autoscaler wanted until the deployment, and less after it.',
    '(service S) has stopped 1 running tasks: (task T).',
  ],
  undone: 'The desired count is as before.',
  own: OWN,
  steps: [
    {
      what: 'An autoscaler raises the desired count by one.',
      when: 'beginning',
      do: async (hands) => {
        const { serviceName, desiredCount, cluster = hands.run.cluster } = await hands.service();
        hands.run.facts.manifest = Number(desiredCount);
        hands.run.facts.autoscaler = Number(desiredCount) + 1;
        const given = { service: String(serviceName), desiredCount: hands.run.facts.autoscaler };
        await hands.happen('change-desired-count', { ...given, cluster: String(cluster) });
      },
    },
  ],
  deploy: (hands) => deployNext(hands, { desiredCount: Number(hands.run.facts.manifest) }),
  signs: [
    {
      what: "the autoscaler's count is there",
      isShown: ({ run, service }) => run.deployedAt === undefined && service.desiredCount === run.facts.autoscaler,
    },
    {
      what: 'a deployment has overwritten it',
      isShown: ({ run, service }) => run.deployedAt !== undefined && service.desiredCount === run.facts.manifest,
    },
  ],
};
