/** Application Auto Scaling of ECS services: bounds, policies that follow CloudWatch alarms, schedules. */
import type { Fleet } from '../engine/contract.ts';
import type { Engine, Parts } from '../registration.ts';
import { createActivities } from './application-autoscaling/activities.ts';
import type { Saved } from './application-autoscaling/model.ts';
import { createPolicies } from './application-autoscaling/policies.ts';
import { createScaler } from './application-autoscaling/scaler.ts';
import { createScheduledActions } from './application-autoscaling/scheduled-actions.ts';
import { createStore } from './application-autoscaling/store.ts';
import { targetOperations } from './application-autoscaling/targets.ts';
import type { ScalingAlarms } from './cloudwatch.ts';

interface Ports {
  fleet: Fleet;
  alarms: ScalingAlarms;
}

export const createApplicationAutoScaling = (engine: Engine, { fleet, alarms }: Ports): Parts => {
  const store = createStore(fleet);
  const activities = createActivities({ engine, fleet, store });
  const scaler = createScaler({ engine, store, activities });
  const policies = createPolicies({ engine, store, alarms });
  const scheduled = createScheduledActions({ engine, store, scaler, activities });
  alarms.onScaling(scaler.call);

  return {
    services: [
      {
        scope: 'application-autoscaling',
        model: 'application-autoscaling',
        internalCode: 'InternalServiceException',
        operations: {
          ...targetOperations({ engine, store, scaler, removePolicies: policies.removeAll }),
          ...policies.operations,
          ...scheduled.operations,
          DescribeScalingActivities: {
            run: activities.describe,
            mutating: false,
            resource: ({ ResourceId }) => ResourceId,
            note: 'never Pending or Unfulfilled: an activity waits until the count is reached or changed',
          },
        },
        persistent: {
          key: 'application-autoscaling',
          save: (): Saved => ({ ...store.save(), activities: activities.save() }),
          load: (data) => {
            store.load(data as Saved);
            activities.load((data as Saved).activities);
          },
          start: async () => {
            activities.start();
            scheduled.start();
          },
          stop: async () => {
            activities.stop();
            scheduled.stop();
          },
        },
      },
    ],
  };
};
