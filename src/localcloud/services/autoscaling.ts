/** Amazon EC2 Auto Scaling: groups of machines that keep their size, and the loop that does it. */
import type { Balancers, Persistent } from '../engine/contract.ts';
import type { Engine, Parts } from '../registration.ts';
import { createActivities } from './autoscaling/activities.ts';
import { capacityOperations } from './autoscaling/capacity-operations.ts';
import type { Context } from './autoscaling/context.ts';
import { createControl } from './autoscaling/control.ts';
import { addDefaultGroup } from './autoscaling/default-group.ts';
import { fixedOperations } from './autoscaling/fixed-operations.ts';
import { groupOperations } from './autoscaling/group-operations.ts';
import { hookOperations } from './autoscaling/hook-operations.ts';
import { createHooks } from './autoscaling/hooks.ts';
import { createLifecycle } from './autoscaling/lifecycle.ts';
import { membershipOperations } from './autoscaling/membership-operations.ts';
import { executePolicy } from './autoscaling/policies.ts';
import { policyOperations } from './autoscaling/policy-operations.ts';
import { processOperations } from './autoscaling/process-operations.ts';
import { createRefresher } from './autoscaling/refresher.ts';
import { refreshOperations } from './autoscaling/refresh-operations.ts';
import { createStore } from './autoscaling/store.ts';
import { tagOperations } from './autoscaling/tag-operations.ts';
import type { Ec2 } from './ec2.ts';

export interface AutoScaling extends Parts {
  /** An alarm's action: false when there is no policy of that ARN, or when a cooldown or its type keeps it from acting. */
  executePolicy(policyArn: string, breach: number): boolean;
}

export const createAutoScaling = (
  engine: Engine,
  { ec2, balancers }: { ec2: Pick<Ec2, 'machines' | 'templates'>; balancers: Balancers },
): AutoScaling => {
  const store = createStore(engine);
  const activities = createActivities(engine, store);
  const ports = {
    engine,
    store,
    fleet: ec2.machines,
    templates: ec2.templates,
    balancers,
    activities,
    hooks: createHooks(engine),
  };
  const lifecycle = createLifecycle(ports);
  const refresher = createRefresher({ ...ports, lifecycle });
  const control = createControl({ ...ports, lifecycle, refresher });
  const context: Context = { ...ports, lifecycle, refresher, control };
  let isKnown = false;

  const persistent: Persistent = {
    key: 'autoscaling',
    save: store.save,
    load: (data) => {
      store.load(data);
      isKnown = true;
    },
    start: async () => {
      if (!isKnown) addDefaultGroup(context);
      control.start();
    },
    stop: async () => control.stop(),
  };

  return {
    executePolicy: (policyArn, breach) => {
      for (const group of store.groups()) {
        const policy = group.policies.find(({ PolicyARN }) => PolicyARN === policyArn);
        if (policy === undefined) continue;
        try {
          executePolicy(context, group, policy, { by: 'an alarm', honoursCooldown: true, breach });
          return true;
        } catch {
          return false;
        }
      }
      return false;
    },
    services: [
      {
        scope: 'autoscaling',
        model: 'autoscaling',
        validationCode: 'ValidationError',
        throttlingCode: 'Throttling',
        persistent,
        operations: {
          ...groupOperations(context),
          ...capacityOperations(context),
          ...membershipOperations(context),
          ...processOperations(context),
          ...hookOperations(context),
          ...refreshOperations(context),
          ...tagOperations(context),
          ...policyOperations(context),
          ...fixedOperations(context),
        },
      },
    ],
  };
};
