import { scriptNewImages } from './pieces.ts';
import { event, OWN, stoppedWith, type Scenario } from './scenario.ts';

export const slowStartWithoutGrace: Scenario = {
  number: 5,
  name: 'slow-start-without-grace',
  title: 'A slow start and no grace period',
  aws: 'healthCheckGracePeriodSeconds is 0 unless it is set. A task that takes longer to listen than its checks allow is stopped, and the next one too, for ever: the throttle of failing starts counts only tasks that never reached RUNNING.',
  seen: [
    '(service S) (instance I) is unhealthy in (elb L) due to (reason Instance has failed at least the UnhealthyThreshold number of health checks consecutively.)',
    '(service S) has started 1 tasks: (task T). Amazon ECS replaced 1 tasks due to an unhealthy status.',
    'Stopped tasks: "Task failed ELB health checks in (elb L)"; the event "is unable to consistently start tasks successfully." does not come.',
  ],
  undone: 'Image and grace period are as before.',
  own: OWN,
  steps: [
    {
      what: 'When a deployment comes, its images take 300 s to listen, and the grace period is 0.',
      when: 'deployment',
      do: async (hands) => {
        await scriptNewImages(hands, { startDelaySeconds: 300 });
        await hands.happen('change-grace-period', { service: String((await hands.service()).serviceName), seconds: 0 });
      },
    },
  ],
  signs: [
    event(
      'ECS calls it unhealthy',
      'due to (reason Instance has failed at least the UnhealthyThreshold number of health checks consecutively.)',
    ),
    event('it is replaced', 'tasks due to an unhealthy status.'),
    stoppedWith('its task is stopped', /^Task failed ELB health checks in \(elb /),
  ],
};
