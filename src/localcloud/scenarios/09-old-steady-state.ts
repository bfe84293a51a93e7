import { scriptNewImages } from './pieces.ts';
import { OWN, type Scenario } from './scenario.ts';

const STEADY = 'has reached a steady state.';

export const oldSteadyState: Scenario = {
  number: 9,
  name: 'old-steady-state',
  title: 'An old steady state is taken for the new one',
  aws: 'A steady service says so again and again, and its events stay in the list when a deployment begins. Counts may look right as well, while the old tasks run. Only the time of the event, or the deployment it names, tells.',
  seen: [
    '(service S) has reached a steady state. — older than the deployment',
    'runningCount = desiredCount of the service, and no task of the PRIMARY deployment',
  ],
  undone: 'The images start again.',
  own: { ...OWN, minimumHealthyPercent: 100 },
  steps: [
    {
      what: 'When a deployment comes, its tasks stay PENDING.',
      when: 'deployment',
      do: (hands) => scriptNewImages(hands, { neverStarts: true }),
    },
  ],
  signs: [
    {
      what: 'the last steady state is older than the deployment',
      isShown: ({ run: { deployedAt = 0 }, window }) => {
        const last = window.filter(({ message }) => message === STEADY).at(-1);
        return deployedAt > 0 && last !== undefined && last.at < deployedAt;
      },
    },
    {
      what: 'the old tasks make up the counts',
      isShown: ({ run, service, primary }) =>
        run.deployedAt !== undefined && service.runningCount === service.desiredCount && primary?.runningCount === 0,
    },
    { what: 'the new tasks are pending', isShown: ({ primary }) => Number(primary?.pendingCount ?? 0) > 0 },
  ],
};
