import assert from 'node:assert/strict';
import {
  CreateClusterCommand,
  DeleteAccountSettingCommand,
  DeleteClusterCommand,
  DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinitionCommand,
  DescribeClustersCommand,
  DescribeTaskDefinitionCommand,
  ListAccountSettingsCommand,
  ListTaskDefinitionFamiliesCommand,
  ListTaskDefinitionsCommand,
  PutAccountSettingCommand,
  PutClusterCapacityProvidersCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  UpdateClusterSettingsCommand,
  type ContainerDefinition,
  type RegisterTaskDefinitionCommandInput,
} from '@aws-sdk/client-ecs';
import { startSteppedCloud, type SteppedCloud } from './support/stepped.ts';

const WEB: ContainerDefinition = { name: 'web', image: 'web:v1', memory: 64 };
const port = (hostPort: number, containerPort = 80) => ({ portMappings: [{ containerPort, hostPort }] });

/** What is registered, and what AWS says to it. */
const refused: { name: string; message: string | RegExp; container?: object; more?: object; containers?: object[] }[] =
  [
    { name: 'no container', containers: [], message: 'Container list cannot be empty.' },
    {
      name: 'eleven containers',
      containers: Array.from({ length: 11 }, (_, i) => ({ ...WEB, name: `c${i}` })),
      message: 'Too many containers.',
    },
    { name: 'no name', container: { name: '' }, message: 'Container.name should not be null or empty.' },
    { name: 'a wrong name', container: { name: 'a b' }, message: 'Container.name contains invalid characters.' },
    { name: 'no image', container: { image: '' }, message: 'Container.image should not be null or empty.' },
    {
      name: 'no memory',
      container: { memory: undefined },
      message:
        "Invalid setting for container 'web'. At least one of 'memory' or 'memoryReservation' must be specified.",
    },
    {
      name: 'a port that is none',
      container: port(0, 70_000),
      message: "Invalid 'containerPort' setting for container 'web'.",
    },
    {
      name: 'host ports in host mode',
      container: port(81),
      more: { networkMode: 'host' },
      message: 'When networkMode=host, the host ports and container ports in port mappings must match.',
    },
    {
      name: 'a host port twice',
      containers: [
        { ...WEB, ...port(3000) },
        { ...WEB, name: 'two', ...port(3000) },
      ],
      message: "TCP host port '3000' is mapped multiple times in task.",
    },
    {
      name: 'nothing essential',
      container: { essential: false },
      message: 'Task definition does not contain an essential container.',
    },
    {
      name: 'secrets without an execution role',
      container: { secrets: [{ name: 'KEY', valueFrom: '/key' }] },
      message: "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
    },
    {
      name: 'an incomplete log configuration',
      container: { logConfiguration: { logDriver: 'awslogs', options: {} } },
      message: 'Log driver awslogs requires options: awslogs-region, awslogs-group',
    },
    {
      name: 'an unknown volume',
      container: { mountPoints: [{ sourceVolume: 'data', containerPath: '/data' }] },
      message: "Unknown volume 'data'.",
    },
    {
      name: 'containers larger than their task',
      container: { cpu: 512 },
      more: { cpu: '256' },
      message: "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.",
    },
    {
      name: 'Fargate with bridge',
      more: { requiresCompatibilities: ['FARGATE'] },
      message: 'Fargate only supports network mode ‘awsvpc’.',
    },
    {
      name: 'more than 64 KB',
      container: { environment: [{ name: 'LONG', value: 'x'.repeat(65_536) }] },
      message: /^Actual length: '65\d{3}'\. Max allowed length is '65536' bytes\.$/,
    },
    {
      name: 'too much besides the containers',
      more: {
        volumes: Array.from({ length: 700 }, (_, i) => ({ name: `v${i}`, host: { sourcePath: 'x'.repeat(100) } })),
      },
      message: /^Actual length: '\d{5}'\. Max allowed length is '65536' bytes\.$/,
    },
  ];

describe('task definitions', () => {
  let cloud: SteppedCloud;
  before(async () => {
    cloud = await startSteppedCloud();
  });
  after(() => cloud.stop());

  const register = async (
    family: string,
    containers: object[] = [WEB],
    more: Partial<RegisterTaskDefinitionCommandInput> = {},
  ) => {
    const containerDefinitions = containers as ContainerDefinition[];
    const answer = await cloud.ecs.send(new RegisterTaskDefinitionCommand({ family, containerDefinitions, ...more }));
    assert.ok(answer.taskDefinition !== undefined);
    return answer.taskDefinition;
  };

  for (const { name, message, container = {}, more = {}, containers = [{ ...WEB, ...container }] } of refused) {
    it(`are refused with ${name}`, async () => {
      await assert.rejects(register('refused', containers, more), { name: 'ClientException', message });
    });
  }

  it('come with defaults, compatibilities and the attributes an instance needs', async () => {
    const bridge = await register('bridge', [
      {
        ...WEB,
        portMappings: [{ containerPort: 80 }],
        healthCheck: { command: ['CMD', 'true'] },
        logConfiguration: { logDriver: 'awslogs', options: { 'awslogs-group': 'g', 'awslogs-region': 'eu-west-1' } },
      },
    ]);
    const [container] = bridge.containerDefinitions ?? [];
    assert.deepEqual(container?.portMappings, [{ containerPort: 80, hostPort: 0, protocol: 'tcp' }]);
    assert.deepEqual(container.healthCheck, { command: ['CMD', 'true'], interval: 30, timeout: 5, retries: 3 });
    assert.equal(container.essential, true);
    assert.deepEqual(bridge.compatibilities, ['EXTERNAL', 'EC2']);
    const names = bridge.requiresAttributes?.map(({ name }) => name) ?? [];
    assert.ok(names.includes('com.amazonaws.ecs.capability.logging-driver.awslogs'));
    assert.ok(names.includes('ecs.capability.container-health-check'));
    const host = await register('host', [{ ...WEB, portMappings: [{ containerPort: 80 }] }], { networkMode: 'host' });
    assert.equal(host.containerDefinitions?.[0]?.portMappings?.[0]?.hostPort, 80);
    const sizes = { networkMode: 'awsvpc', cpu: '0.25 vCPU', memory: '1 GB' } as const;
    const vpc = await register('vpc', [WEB], sizes);
    assert.deepEqual([vpc.cpu, vpc.memory, vpc.compatibilities], ['256', '1024', ['EC2', 'FARGATE']]);
    await assert.rejects(cloud.ecs.send(new RunTaskCommand({ cluster: 'crims', taskDefinition: 'vpc' })), {
      message: "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    });
  });

  it('go when they were deregistered, deleted, and nothing uses them any more', async () => {
    const { taskDefinitionArn: arn = '' } = await register('gone');
    const { tasks } = await cloud.ecs.send(new RunTaskCommand({ cluster: 'crims', taskDefinition: arn }));
    const remove = () => cloud.ecs.send(new DeleteTaskDefinitionsCommand({ taskDefinitions: [arn] }));
    assert.match((await remove()).failures?.[0]?.reason ?? '', /still in ACTIVE status/);
    await cloud.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: arn }));
    await assert.rejects(cloud.ecs.send(new RunTaskCommand({ cluster: 'crims', taskDefinition: arn })), {
      message: 'TaskDefinition is inactive',
    });
    assert.equal((await remove()).taskDefinitions?.[0]?.status, 'DELETE_IN_PROGRESS');
    const describe = () => cloud.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: arn }));
    await cloud.pass(300);
    assert.ok((await describe()).taskDefinition?.deleteRequestedAt !== undefined, 'a task still uses it');
    await cloud.ecs.send(new StopTaskCommand({ cluster: 'crims', task: tasks?.[0]?.taskArn }));
    await cloud.pass(120);
    await assert.rejects(describe(), { name: 'ClientException', message: 'Unable to describe task definition.' });
  });

  it('are listed by family and status, in order, page by page', async () => {
    for (let i = 0; i < 3; i += 1) await register('listed');
    await cloud.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: 'listed:2' }));
    const list = async (more: object) => {
      const answer = await cloud.ecs.send(new ListTaskDefinitionsCommand({ familyPrefix: 'listed', ...more }));
      return { names: answer.taskDefinitionArns?.map((arn) => arn.split('/')[1]), nextToken: answer.nextToken };
    };
    assert.deepEqual((await list({ sort: 'DESC' })).names, ['listed:3', 'listed:1']);
    assert.deepEqual((await list({ status: 'INACTIVE' })).names, ['listed:2']);
    const { names, nextToken } = await list({ maxResults: 1 });
    assert.deepEqual(names, ['listed:1']);
    assert.deepEqual((await list({ maxResults: 1, nextToken })).names, ['listed:3']);
    const families = await cloud.ecs.send(new ListTaskDefinitionFamiliesCommand({ familyPrefix: 'list' }));
    assert.deepEqual(families.families, ['listed']);
  });

  describe('and clusters', () => {
    it('tell what is asked for, and cannot be deleted while something is in them', async () => {
      const look = async (...include: ('STATISTICS' | 'SETTINGS')[]) =>
        (await cloud.ecs.send(new DescribeClustersCommand({ clusters: ['crims'], include }))).clusters?.[0];
      const bare = await look();
      assert.deepEqual([bare?.registeredContainerInstancesCount, bare?.statistics, bare?.settings], [4, [], []]);
      const full = await look('STATISTICS', 'SETTINGS');
      assert.ok(full?.statistics?.some(({ name, value }) => name === 'runningEC2TasksCount' && value === '0'));
      const settings = [{ name: 'containerInsights' as const, value: 'enhanced' }];
      await cloud.ecs.send(new UpdateClusterSettingsCommand({ cluster: 'crims', settings }));
      assert.deepEqual((await look('SETTINGS'))?.settings, settings);
      await assert.rejects(cloud.ecs.send(new DeleteClusterCommand({ cluster: 'crims' })), {
        name: 'ClusterContainsContainerInstancesException',
        message: 'The Cluster cannot be deleted while Container Instances are active or draining.',
      });
      await cloud.ecs.send(new CreateClusterCommand({ clusterName: 'spare' }));
      const taken = await cloud.ecs.send(
        new PutClusterCapacityProvidersCommand({
          cluster: 'spare',
          capacityProviders: ['FARGATE'],
          defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1 }],
        }),
      );
      assert.deepEqual(taken.cluster?.capacityProviders, ['FARGATE']);
      await cloud.create('web', (await register('web')).taskDefinitionArn ?? '', { cluster: 'spare', desiredCount: 1 });
      await assert.rejects(cloud.ecs.send(new DeleteClusterCommand({ cluster: 'spare' })), {
        name: 'ClusterContainsServicesException',
      });
    });
  });

  describe('and account settings', () => {
    it('are kept for who set them', async () => {
      const list = async (more: object = {}) =>
        (await cloud.ecs.send(new ListAccountSettingsCommand({ name: 'containerInsights', ...more }))).settings;
      assert.deepEqual(await list(), []);
      assert.equal((await list({ effectiveSettings: true }))?.[0]?.value, 'disabled');
      await cloud.ecs.send(new PutAccountSettingCommand({ name: 'containerInsights', value: 'enhanced' }));
      assert.equal((await list())?.[0]?.value, 'enhanced');
      await assert.rejects(cloud.ecs.send(new PutAccountSettingCommand({ name: 'containerInsights', value: 'loud' })), {
        name: 'InvalidParameterException',
      });
      await cloud.ecs.send(new DeleteAccountSettingCommand({ name: 'containerInsights' }));
      assert.deepEqual(await list(), []);
    });
  });
});
