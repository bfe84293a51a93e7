import { OWN, type Scenario } from './scenario.ts';

export const staleReads: Scenario = {
  number: 12,
  name: 'stale-reads',
  title: 'DescribeServices does not know of the UpdateService before it',
  aws: 'ECS is eventually consistent: for some time after UpdateService, DescribeServices may answer as before it, with the old deployment alone as PRIMARY, completed, and every count as wanted.',
  seen: [
    'UpdateService answers a new PRIMARY deployment; DescribeServices shows the one before for 15 s.',
    'The answer that was lost can then not be found in DescribeServices at once.',
  ],
  undone: 'Reads are consistent.',
  own: OWN,
  steps: [
    {
      what: 'After each change of the service, DescribeServices answers as before it for 15 s.',
      when: 'beginning',
      do: async (hands) => {
        const { serviceName } = await hands.service();
        const { account } = hands.run;
        const about = { service: 'ecs', operation: 'DescribeServices', resource: String(serviceName), account };
        hands.addFault({ kind: 'stale-read', ...about, seconds: 15 });
      },
    },
  ],
  signs: [
    {
      what: 'a change has made reads stale',
      isShown: ({ hands, run }) => hands.faults.list().some(({ id, hits = 0 }) => run.faults.includes(id) && hits > 0),
    },
  ],
};
