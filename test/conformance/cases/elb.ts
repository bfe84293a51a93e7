import type { Cases } from '../support/case.ts';

const LoadBalancerName = 'conform';
const Listeners = [{ Protocol: 'HTTP', LoadBalancerPort: 80, InstanceProtocol: 'HTTP', InstancePort: 8080 }];
const AvailabilityZones = ['eu-west-1a', 'eu-west-1b'];
const HealthCheck = {
  Target: 'HTTP:8080/health',
  Interval: 10,
  Timeout: 5,
  UnhealthyThreshold: 2,
  HealthyThreshold: 2,
};

export const elb: Cases = {
  service: 'elb',
  steps: [
    { name: 'create', operation: 'CreateLoadBalancer', params: { LoadBalancerName, Listeners, AvailabilityZones } },
    {
      name: 'create again',
      operation: 'CreateLoadBalancer',
      params: { LoadBalancerName, Listeners, AvailabilityZones },
    },
    {
      name: 'create otherwise',
      operation: 'CreateLoadBalancer',
      params: { LoadBalancerName, AvailabilityZones, Listeners: [{ ...Listeners[0], InstancePort: 8081 }] },
      fails: 'DuplicateLoadBalancerName',
    },
    { name: 'check', operation: 'ConfigureHealthCheck', params: { LoadBalancerName, HealthCheck } },
    {
      name: 'check badly',
      operation: 'ConfigureHealthCheck',
      params: { LoadBalancerName, HealthCheck: { ...HealthCheck, Timeout: 10 } },
      fails: 'ValidationError',
    },
    {
      name: 'modify',
      operation: 'ModifyLoadBalancerAttributes',
      params: { LoadBalancerName, LoadBalancerAttributes: { ConnectionDraining: { Enabled: true, Timeout: 60 } } },
    },
    { name: 'attributes', operation: 'DescribeLoadBalancerAttributes', params: { LoadBalancerName } },
    {
      name: 'listener',
      operation: 'CreateLoadBalancerListeners',
      params: { LoadBalancerName, Listeners: [{ Protocol: 'TCP', LoadBalancerPort: 81, InstancePort: 8081 }] },
    },
    { name: 'describe', operation: 'DescribeLoadBalancers', params: { LoadBalancerNames: [LoadBalancerName] } },
    {
      name: 'describe nothing',
      operation: 'DescribeLoadBalancers',
      params: { LoadBalancerNames: ['nothing'] },
      fails: 'LoadBalancerNotFound',
    },
    {
      name: 'register nothing',
      operation: 'RegisterInstancesWithLoadBalancer',
      params: { LoadBalancerName, Instances: [{ InstanceId: 'i-00000000' }] },
      fails: 'InvalidInstance',
    },
    {
      name: 'tag',
      operation: 'AddTags',
      params: { LoadBalancerNames: [LoadBalancerName], Tags: [{ Key: 'a', Value: 'b' }] },
    },
    { name: 'tags', operation: 'DescribeTags', params: { LoadBalancerNames: [LoadBalancerName] } },
    { name: 'health', operation: 'DescribeInstanceHealth', params: { LoadBalancerName } },
    { name: 'delete', operation: 'DeleteLoadBalancer', params: { LoadBalancerName } },
    { name: 'delete again', operation: 'DeleteLoadBalancer', params: { LoadBalancerName } },
  ],
};
