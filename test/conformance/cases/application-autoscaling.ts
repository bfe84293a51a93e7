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

/** Behind the cases of ECS, which leave the service `standing`. */
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
    {
      name: 'register',
      operation: 'RegisterScalableTarget',
      params: { ...target, ResourceId: 'service/crims/standing', MinCapacity: 1, MaxCapacity: 4 },
    },
    {
      name: 'policy',
      operation: 'PutScalingPolicy',
      params: {
        ...target,
        ResourceId: 'service/crims/standing',
        PolicyName: 'cpu',
        PolicyType: 'TargetTrackingScaling',
        TargetTrackingScalingPolicyConfiguration: tracking,
      },
    },
    { seconds: 180 },
    { name: 'activities', operation: 'DescribeScalingActivities', params: { ServiceNamespace: 'ecs' } },
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
