import type { Cases } from '../support/case.ts';

const target = {
  ServiceNamespace: 'ecs',
  ResourceId: 'service/crims/scaled',
  ScalableDimension: 'ecs:service:DesiredCount',
};
const tracking = {
  TargetValue: 50,
  PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
  ScaleOutCooldown: 60,
};

/** Stands behind the cases of ECS, whose cluster it uses. */
export const applicationAutoscaling: Cases = {
  service: 'application-autoscaling',
  steps: [
    {
      name: 'policy without a target',
      operation: 'PutScalingPolicy',
      params: {
        ...target,
        PolicyName: 'cpu',
        PolicyType: 'TargetTrackingScaling',
        TargetTrackingScalingPolicyConfiguration: tracking,
      },
      fails: 'ObjectNotFoundException',
    },
    {
      name: 'register nothing',
      operation: 'RegisterScalableTarget',
      params: { ...target, MinCapacity: 1, MaxCapacity: 4 },
      fails: 'ValidationException',
    },
    { name: 'targets', operation: 'DescribeScalableTargets', params: { ServiceNamespace: 'ecs' } },
    { name: 'policies', operation: 'DescribeScalingPolicies', params: { ServiceNamespace: 'ecs' } },
    {
      name: 'deregister nothing',
      operation: 'DeregisterScalableTarget',
      params: target,
      fails: 'ObjectNotFoundException',
    },
  ],
};
