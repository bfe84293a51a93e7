import { findScenario, SCENARIOS } from '../scenarios/scenarios.ts';
import { describeMembers, readMembers, type Members } from './input.ts';
import type { AdminPorts } from './ports.ts';
import type { Route } from './route.ts';

const RUN = {
  service: { type: 'text', what: 'ECS service it is played on; without one it makes its own', isOptional: true },
  cluster: { type: 'text', what: 'crims', isOptional: true },
  account: { type: 'text', what: 'account id; the first without it', isOptional: true },
  deploy: {
    type: 'boolean',
    what: 'also rolls the service, as a deployer would; by default only the service it makes itself',
    isOptional: true,
  },
} as const satisfies Members;

export const scenarioRoutes = ({ stage: { scenarios } }: Pick<AdminPorts, 'stage'>): Route[] => [
  {
    method: 'GET',
    path: 'scenarios',
    what: 'All of them, and those that are played now.',
    run: async () => ({
      scenarios: SCENARIOS.map(({ name, number, title }) => ({ name, number, title })),
      runs: await scenarios.list(),
    }),
  },
  {
    method: 'GET',
    path: 'scenarios/{name}',
    what: 'One in full, and what the cloud has shown of it.',
    run: async ({ rest }) => {
      const { steps, signs, deploy: _deploy, ...scenario } = findScenario(rest);
      return {
        ...scenario,
        steps: steps.map(({ what }) => what),
        signs: signs.map(({ what }) => what),
        runs: (await scenarios.list()).filter(({ scenario: name }) => name === rest),
      };
    },
  },
  {
    method: 'POST',
    path: 'scenarios/{name}',
    what: 'Plays it.',
    takes: describeMembers(RUN),
    run: ({ body, rest }) => scenarios.begin(rest, readMembers(RUN, body())),
  },
  {
    method: 'DELETE',
    path: 'scenarios/{name}',
    what: 'Undoes it, wherever it is played.',
    run: ({ rest }) => scenarios.end(rest),
  },
];
