import { scriptNewImages } from './pieces.ts';
import { event, OWN, stoppedWith, type Scenario } from './scenario.ts';

const REASON = 'Instance has failed at least the UnhealthyThreshold number of health checks consecutively.';

export const wrongHealthPath: Scenario = {
  number: 6,
  name: 'wrong-health-path',
  title: 'The health check asks for a path that is not there',
  aws: 'Only an answer of 200 passes. A release that answers 404 where the health check asks runs and listens, and never comes into service.',
  seen: [
    `DescribeInstanceHealth: OutOfService, Instance, "${REASON}"`,
    `(service S) (instance I) is unhealthy in (elb L) due to (reason ${REASON})`,
    'Stopped tasks: "Task failed ELB health checks in (elb L)"',
  ],
  undone: 'The images answer again.',
  own: { ...OWN, graceSeconds: 30 },
  steps: [
    {
      what: 'When a deployment comes, its images answer 404 to health checks.',
      when: 'deployment',
      do: (hands) => scriptNewImages(hands, { healthStatus: 404 }),
    },
  ],
  signs: [
    {
      what: 'an instance has failed its checks',
      isShown: ({ health }) => health.some(({ Description }) => Description === REASON),
    },
    event('ECS calls it unhealthy', `due to (reason ${REASON})`),
    stoppedWith('its task is stopped', /^Task failed ELB health checks in \(elb /),
  ],
};
