import { newImages } from './pieces.ts';
import { event, OWN, stoppedWith, type Scenario } from './scenario.ts';

export const imageMissing: Scenario = {
  number: 8,
  name: 'image-missing',
  title: 'The image is not there when the agent pulls it',
  aws: 'A task goes PENDING → STOPPED, and the next one as well; after some in a row ECS waits longer and longer between two tries, up to 15 minutes. An image that was there at the preflight may be gone by then.',
  seen: [
    'Stopped tasks: stopCode TaskFailedToStart, "CannotPullContainerError: …"',
    '(service S) is unable to consistently start tasks successfully. For more information, see the Troubleshooting section.',
    'failedTasks of the deployment goes up, its runningCount stays 0.',
  ],
  undone: 'The registry has the images again.',
  own: OWN,
  steps: [
    {
      what: 'When a deployment comes, its images vanish from the registry.',
      when: 'deployment',
      do: async (hands) => {
        for (const image of await newImages(hands)) await hands.happen('lose-image', { image });
      },
    },
  ],
  signs: [
    stoppedWith('the image cannot be pulled', /^CannotPullContainerError: /),
    event(
      'ECS gives up being quick',
      'is unable to consistently start tasks successfully. For more information, see the Troubleshooting section.',
    ),
    { what: 'failures are counted', isShown: ({ primary }) => Number(primary?.failedTasks ?? 0) >= 3 },
  ],
};
