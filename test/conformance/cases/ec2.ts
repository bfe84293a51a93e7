import type { Cases } from '../support/case.ts';

export const ec2: Cases = {
  service: 'ec2',
  steps: [
    { name: 'instances', operation: 'DescribeInstances' },
    {
      name: 'in one zone',
      operation: 'DescribeInstances',
      params: { Filters: [{ Name: 'availability-zone', Values: ['eu-west-1a'] }] },
    },
    {
      name: 'nothing',
      operation: 'DescribeInstances',
      params: { InstanceIds: ['i-00000000000000000'] },
      fails: 'InvalidInstanceID.NotFound',
    },
    { name: 'zones', operation: 'DescribeAvailabilityZones' },
    { name: 'networks', operation: 'DescribeVpcs' },
    { name: 'subnets', operation: 'DescribeSubnets' },
    {
      name: 'template',
      operation: 'CreateLaunchTemplate',
      moto: true,
      params: {
        LaunchTemplateName: 'conform',
        ClientToken: 'conform',
        LaunchTemplateData: { ImageId: 'ami-0123456789abcdef0', InstanceType: 'm5.large' },
      },
    },
    {
      name: 'templates',
      operation: 'DescribeLaunchTemplates',
      moto: true,
      params: { LaunchTemplateNames: ['conform'] },
    },
    {
      name: 'versions',
      operation: 'DescribeLaunchTemplateVersions',
      params: { LaunchTemplateName: 'conform', Versions: ['$Latest'] },
    },
    {
      name: 'tag',
      operation: 'CreateTags',
      params: {
        Resources: ['${instances.Reservations.0.Instances.0.InstanceId}'],
        Tags: [{ Key: 'team', Value: 'a' }],
      },
    },
    {
      name: 'stop',
      operation: 'StopInstances',
      params: { InstanceIds: ['${instances.Reservations.0.Instances.0.InstanceId}'] },
    },
    { seconds: 120 },
    {
      name: 'replaced by its group',
      operation: 'DescribeInstances',
      params: { InstanceIds: ['${instances.Reservations.0.Instances.0.InstanceId}'] },
    },
    {
      name: 'filtered by what is none',
      operation: 'DescribeInstances',
      params: { Filters: [{ Name: 'nonsense', Values: ['a'] }] },
      fails: 'InvalidParameterValue',
    },
  ],
};
