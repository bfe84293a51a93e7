import type { Cases } from '../support/case.ts';

const container = { name: 'web', image: 'registry.example.com/web:v1', cpu: 32, memory: 64, essential: true };
const cluster = 'crims';
const service = { cluster, serviceName: 'conform', taskDefinition: 'conform:1', desiredCount: 2 };

export const ecs: Cases = {
  service: 'ecs',
  steps: [
    { name: 'clusters', operation: 'DescribeClusters', params: { clusters: [cluster, 'nothing'] } },
    { name: 'create cluster', operation: 'CreateCluster', params: { clusterName: 'second' } },
    { name: 'list clusters', operation: 'ListClusters', params: { maxResults: 1 } },
    { name: 'delete cluster', operation: 'DeleteCluster', params: { cluster: 'second' } },
    { name: 'instances', operation: 'ListContainerInstances', params: { cluster } },
    {
      name: 'instance',
      operation: 'DescribeContainerInstances',
      params: { cluster, containerInstances: ['${instances.containerInstanceArns.0}', 'nothing'] },
    },
    {
      name: 'register',
      operation: 'RegisterTaskDefinition',
      params: {
        family: 'conform',
        containerDefinitions: [{ ...container, portMappings: [{ containerPort: 80, hostPort: 12_000 }] }],
        tags: [{ key: 'team', value: 'a' }],
      },
    },
    {
      name: 'definition',
      operation: 'DescribeTaskDefinition',
      params: { taskDefinition: 'conform', include: ['TAGS'] },
    },
    {
      name: 'no definition',
      operation: 'DescribeTaskDefinition',
      params: { taskDefinition: 'nothing' },
      fails: 'ClientException',
    },
    { name: 'create', operation: 'CreateService', params: service },
    { name: 'create again', operation: 'CreateService', params: service },
    {
      name: 'create otherwise',
      operation: 'CreateService',
      params: { ...service, desiredCount: 3 },
      fails: 'InvalidParameterException',
    },
    { seconds: 120 },
    { name: 'describe', operation: 'DescribeServices', params: { cluster, services: ['conform', 'nothing'] } },
    { name: 'tasks', operation: 'ListTasks', params: { cluster, serviceName: 'conform' } },
    { name: 'task', operation: 'DescribeTasks', params: { cluster, tasks: ['${tasks.taskArns.0}', 'nothing'] } },
    {
      name: 'register again',
      operation: 'RegisterTaskDefinition',
      params: {
        family: 'conform',
        containerDefinitions: [
          {
            ...container,
            image: 'registry.example.com/web:v2',
            portMappings: [{ containerPort: 80, hostPort: 12_000 }],
          },
        ],
      },
    },
    {
      name: 'update',
      operation: 'UpdateService',
      params: { cluster, service: 'conform', taskDefinition: 'conform:2' },
    },
    { seconds: 20 },
    { name: 'rolling', operation: 'DescribeServices', params: { cluster, services: ['conform'] } },
    { seconds: 300 },
    { name: 'rolled', operation: 'DescribeServices', params: { cluster, services: ['conform'] } },
    {
      name: 'update nothing',
      operation: 'UpdateService',
      params: { cluster, service: 'nothing', desiredCount: 1 },
      fails: 'ServiceNotFoundException',
    },
    {
      name: 'run',
      operation: 'RunTask',
      params: { cluster, taskDefinition: 'conform:2', count: 1, clientToken: 'conform-run', startedBy: 'conform' },
    },
    {
      name: 'run again',
      operation: 'RunTask',
      params: { cluster, taskDefinition: 'conform:2', count: 1, clientToken: 'conform-run', startedBy: 'conform' },
    },
    { name: 'stop', operation: 'StopTask', params: { cluster, task: '${run.tasks.0.taskArn}', reason: 'enough' } },
    { seconds: 60 },
    { name: 'stopped', operation: 'DescribeTasks', params: { cluster, tasks: ['${run.tasks.0.taskArn}'] } },
    {
      name: 'another',
      operation: 'CreateService',
      params: { ...service, serviceName: 'standing', taskDefinition: 'conform:2', desiredCount: 1 },
    },
    {
      name: 'delete too early',
      operation: 'DeleteService',
      params: { cluster, service: 'conform' },
      fails: 'InvalidParameterException',
    },
    { name: 'delete', operation: 'DeleteService', params: { cluster, service: 'conform', force: true } },
    { name: 'elsewhere', operation: 'ListServices', params: { cluster: 'nowhere' }, fails: 'ClusterNotFoundException' },
  ],
};
