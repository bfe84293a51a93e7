import type { Cases } from '../support/case.ts';

const AutoScalingGroupName = 'conform';
const group = {
  AutoScalingGroupName,
  LaunchTemplate: { LaunchTemplateName: 'conform', Version: '$Latest' },
  MinSize: 0,
  MaxSize: 4,
  DesiredCapacity: 0,
  AvailabilityZones: ['eu-west-1a', 'eu-west-1b'],
};

/** With the launch template that the cases of EC2 leave behind. */
export const autoscaling: Cases = {
  service: 'autoscaling',
  steps: [
    { name: 'create', operation: 'CreateAutoScalingGroup', moto: true, params: group },
    { name: 'create again', operation: 'CreateAutoScalingGroup', moto: true, params: group, fails: 'AlreadyExists' },
    {
      name: 'describe',
      operation: 'DescribeAutoScalingGroups',
      moto: true,
      params: { AutoScalingGroupNames: [AutoScalingGroupName] },
    },
    {
      name: 'describe nothing',
      operation: 'DescribeAutoScalingGroups',
      moto: true,
      params: { AutoScalingGroupNames: ['nothing'] },
    },
    {
      name: 'update',
      operation: 'UpdateAutoScalingGroup',
      moto: true,
      params: { AutoScalingGroupName, MaxSize: 3, DefaultCooldown: 60 },
    },
    {
      name: 'updated',
      operation: 'DescribeAutoScalingGroups',
      moto: true,
      params: { AutoScalingGroupNames: [AutoScalingGroupName] },
    },
    {
      name: 'too many',
      operation: 'SetDesiredCapacity',
      params: { AutoScalingGroupName, DesiredCapacity: 9 },
      fails: 'ValidationError',
    },
    {
      name: 'hook',
      operation: 'PutLifecycleHook',
      moto: true,
      params: {
        AutoScalingGroupName,
        LifecycleHookName: 'drain',
        LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
        HeartbeatTimeout: 300,
      },
    },
    { name: 'hooks', operation: 'DescribeLifecycleHooks', moto: true, params: { AutoScalingGroupName } },
    {
      name: 'suspend',
      operation: 'SuspendProcesses',
      moto: true,
      params: { AutoScalingGroupName, ScalingProcesses: ['AZRebalance'] },
    },
    {
      name: 'suspended',
      operation: 'DescribeAutoScalingGroups',
      moto: true,
      params: { AutoScalingGroupNames: [AutoScalingGroupName] },
    },
    { name: 'capacity', operation: 'SetDesiredCapacity', params: { AutoScalingGroupName, DesiredCapacity: 1 } },
    { seconds: 300 },
    {
      name: 'grown',
      operation: 'DescribeAutoScalingGroups',
      params: { AutoScalingGroupNames: [AutoScalingGroupName] },
    },
    { name: 'activities', operation: 'DescribeScalingActivities', params: { AutoScalingGroupName } },
    { name: 'delete', operation: 'DeleteAutoScalingGroup', params: { AutoScalingGroupName, ForceDelete: true } },
  ],
};
