import { scriptNewImages } from './pieces.ts';
import { OWN, type Scenario } from './scenario.ts';

export const crashAfterStart: Scenario = {
  number: 7,
  name: 'crash-after-start',
  title: 'The new release crashes a while after it has come up',
  aws: 'Tasks reach RUNNING, and for a moment every count is as wanted. A verdict at that moment is wrong. ECS starts them again without end and without a throttle, because they did run.',
  seen: [
    'The PRIMARY deployment has runningCount = desiredCount.',
    'Stopped tasks: stopCode EssentialContainerExited, "Essential container in task exited", exit code 1',
    '(service S) has started 1 tasks: (task T). again and again',
  ],
  undone: 'The images stay up.',
  own: OWN,
  steps: [
    {
      what: 'When a deployment comes, its containers exit with code 1, 30 s after their start.',
      when: 'deployment',
      do: (hands) => scriptNewImages(hands, { crashAfterSeconds: 30, exitCode: 1 }),
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
