import assert from 'node:assert/strict';
import { CloudWatchClient, GetDashboardCommand } from '@aws-sdk/client-cloudwatch';
import {
  DescribeTaskDefinitionCommand,
  ECSClient,
  ListTaskDefinitionFamiliesCommand,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import { GetHealthCheckCommand, GetHostedZoneCommand, Route53Client } from '@aws-sdk/client-route-53';
import type { Cloud } from '../../src/localcloud/cloud.ts';
import { sdkConfig, startTestCloud } from './cloud-kit.ts';

const NAMES = ['constructor', 'toString', 'hasOwnProperty', '__proto__'];

describe('names that objects of JavaScript know', () => {
  let cloud: Cloud;
  before(async () => {
    cloud = await startTestCloud({ speed: 'stepped', dataPlane: false });
  });
  after(() => cloud.stop());

  it('are names like any other: absent at first', async () => {
    const config = sdkConfig(cloud.addresses.url);
    const route53 = new Route53Client(config);
    for (const name of NAMES) {
      await assert.rejects(route53.send(new GetHostedZoneCommand({ Id: name })), { name: 'NoSuchHostedZone' });
      await assert.rejects(route53.send(new GetHealthCheckCommand({ HealthCheckId: name })), {
        name: 'NoSuchHealthCheck',
      });
      const dashboard = new CloudWatchClient(config).send(new GetDashboardCommand({ DashboardName: name }));
      await assert.rejects(dashboard, { name: /ResourceNotFound|DashboardNotFoundError/ });
    }
  });

  it('and to be had', async () => {
    const ecs = new ECSClient(sdkConfig(cloud.addresses.url));
    for (const family of NAMES) {
      for (const revision of [1, 2]) {
        const containerDefinitions = [{ name: 'web', image: 'web:v1', memory: 64 }];
        const made = await ecs.send(new RegisterTaskDefinitionCommand({ family, containerDefinitions }));
        assert.equal(made.taskDefinition?.revision, revision);
      }
      const found = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: family }));
      assert.match(found.taskDefinition?.taskDefinitionArn ?? '', new RegExp(`/${family}:2$`));
    }
    const { families = [] } = await ecs.send(new ListTaskDefinitionFamiliesCommand({}));
    assert.deepEqual(families.toSorted(), NAMES.toSorted());
  });
});
