import { AdminError } from '../admin/route.ts';
import { balancerOf, findBalancer, tasksOf } from '../admin/world/find.ts';
import { event, OWN, stoppedWith, type Scenario } from './scenario.ts';

const REASON = 'Instance is in the EC2 Availability Zone for which LoadBalancer is not configured to route traffic to.';

export const zoneNotEnabled: Scenario = {
  number: 4,
  name: 'zone-not-enabled',
  title: "The instance's zone is not enabled at the load balancer",
  aws: 'A classic load balancer routes to zones that are enabled. An instance of another zone can be registered and never comes into service, so ECS stops its task after the grace period, and starts the next one in the zone with the fewest tasks: the same.',
  seen: [
    `DescribeInstanceHealth: OutOfService, "${REASON}"`,
    `(service S) (instance I) is unhealthy in (elb L) due to (reason ${REASON})`,
    'Stopped tasks: "Task failed ELB health checks in (elb L)"',
  ],
  undone: 'The zone is enabled again (its subnet attached).',
  own: { ...OWN, graceSeconds: 20, deploys: false },
  steps: [
    {
      what: 'The load balancer loses a zone in which the service has a task.',
      when: 'beginning',
      do: async (hands) => {
        const service = await hands.service();
        const loadBalancer = balancerOf(service);
        const { AvailabilityZones } = await findBalancer(hands.hand, loadBalancer);
        const enabled = AvailabilityZones as string[];
        if (enabled.length < 2) throw new AdminError(409, `${loadBalancer} has one zone only, and cannot lose it`);
        const tasks = await tasksOf(hands.hand, hands.run.cluster, String(service.serviceName));
        const zone = tasks.map(({ availabilityZone }) => String(availabilityZone)).find((one) => enabled.includes(one));
        await hands.happen('disable-zone', { loadBalancer, zone: zone ?? enabled.at(-1) });
      },
    },
  ],
  signs: [
    {
      what: 'an instance is out of service because of its zone',
      isShown: ({ health }) => health.some(({ Description }) => Description === REASON),
    },
    event('ECS calls it unhealthy', `due to (reason ${REASON})`),
    stoppedWith('its task is stopped', /^Task failed ELB health checks in \(elb /),
  ],
};
