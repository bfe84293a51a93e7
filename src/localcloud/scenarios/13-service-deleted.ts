import { OWN, type Scenario } from './scenario.ts';

export const serviceDeleted: Scenario = {
  number: 13,
  name: 'service-deleted',
  title: 'Somebody has deleted the ECS service by hand',
  aws: 'The service is DRAINING while its tasks end, then INACTIVE. Load balancer, record, health check and revisions are still there, and look as if all were well. UpdateService answers ServiceNotActiveException "Service was not ACTIVE."; a service of the same name can be created only when the old one is INACTIVE.',
  seen: [
    'Service status DRAINING, then INACTIVE; ListServices does not show it.',
    'InvalidParameterException "Unable to Start a service that is still Draining."',
    'ServiceNotActiveException "Service was not ACTIVE."',
  ],
  undone: 'Nothing brings it back but a deployment.',
  own: { ...OWN, deploys: false },
  steps: [
    {
      what: 'The service is deleted, by force.',
      when: 'beginning',
      do: async (hands) => {
        await hands.happen('delete-service', { service: hands.run.service, cluster: hands.run.cluster });
      },
    },
  ],
  signs: [
    { what: 'the service drains', isShown: ({ service }) => service.status === 'DRAINING' },
    { what: 'the service is gone', isShown: ({ service }) => service.status === 'INACTIVE' },
  ],
};
