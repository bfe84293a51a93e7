import assert from 'node:assert/strict';
import { CreateClusterCommand, ECSClient, ListServicesCommand } from '@aws-sdk/client-ecs';
import { CreateLoadBalancerCommand, ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing';
import { ListHostedZonesCommand, Route53Client } from '@aws-sdk/client-route-53';
import type { Cloud } from '../../src/localcloud/cloud.ts';
import { createKit, sdkConfig, startTestCloud } from './cloud-kit.ts';

const STAGING = { accessKeyId: 'AKIAWONDERLANDSTAGE1', secretAccessKey: 'staging-secret-key' };

/** How many of so many calls pass, and the name of the error of the others. */
const burst = async (count: number, call: (i: number) => Promise<unknown>) => {
  const names = new Set<string>();
  let passed = 0;
  for (let i = 0; i < count; i += 1) {
    await call(i).then(
      () => (passed += 1),
      (error: Error) => names.add(`${error.name}: ${error.message}`),
    );
  }
  return { passed, errors: [...names] };
};

describe('throttle buckets', () => {
  let cloud: Cloud;
  before(async () => {
    cloud = await startTestCloud({ speed: 'stepped', dataPlane: false, strict: true });
  });
  after(() => cloud.stop());
  const config = (credentials = sdkConfig('').credentials) => ({ ...sdkConfig(cloud.addresses.url), credentials });
  const createBalancer = (elb: ElasticLoadBalancingClient) => (i: number) =>
    elb.send(
      new CreateLoadBalancerCommand({
        LoadBalancerName: `many-${i}`,
        AvailabilityZones: ['eu-west-1a'],
        Listeners: [{ Protocol: 'HTTP', LoadBalancerPort: 80, InstancePort: 11000 }],
      }),
    );

  it('let through a burst, then what they refill, in the words of each service', async () => {
    const elb = new ElasticLoadBalancingClient(config());
    assert.deepEqual(await burst(12, createBalancer(elb)), { passed: 10, errors: ['Throttling: Rate exceeded'] });
    await cloud.advance?.(5_000);
    assert.deepEqual(await burst(3, createBalancer(elb)), { passed: 1, errors: ['Throttling: Rate exceeded'] });

    const route53 = new Route53Client(config());
    const list = () => route53.send(new ListHostedZonesCommand({}));
    await cloud.advance?.(1_000);
    assert.deepEqual(await burst(7, list), { passed: 5, errors: ['Throttling: Rate exceeded'] });
    await cloud.advance?.(400);
    assert.equal((await burst(4, list)).passed, 2);
  });

  it('are one for all calls of a row, and leave other rows and accounts alone', async () => {
    const ecs = new ECSClient(config());
    const cluster = (i: number) => ecs.send(new CreateClusterCommand({ clusterName: `c${i}` }));
    assert.deepEqual(await burst(21, cluster), { passed: 20, errors: ['ThrottlingException: Rate exceeded'] });
    assert.equal((await burst(1, () => ecs.send(new ListServicesCommand({ cluster: 'crims' })))).passed, 1);
    const other = new ECSClient(config(STAGING));
    assert.equal((await burst(1, () => other.send(new CreateClusterCommand({ clusterName: 'c' })))).passed, 1);
  });

  it('show their levels, and can be made larger as AWS does on request', async () => {
    const kit = createKit(cloud.addresses.url);
    const level = async () => {
      const { buckets } = (await kit.admin('GET', 'buckets')) as {
        buckets: { account: string; service: string; name: string; level: number; burst: number; refused: number }[];
      };
      return buckets.find(
        (one) => one.account === '123456789012' && one.service === 'ecs' && one.name === 'Cluster modify',
      );
    };
    const before = await level();
    assert.equal(before?.burst, 20);
    assert.ok(before.level < 1 && before.refused >= 1, JSON.stringify(before));
    await kit.admin('PUT', 'buckets', { service: 'ecs', name: 'Cluster modify', burst: 40, refill: 2 });
    const after = await level();
    assert.equal(after?.burst, 40);
    assert.ok(after.level >= 20, JSON.stringify(after));
    assert.deepEqual((await kit.journal('CreateCluster')).map(({ outcome }) => outcome).includes('throttled'), true);
    kit.close();
  });

  it('are off unless the cloud is strict', async () => {
    const kit = createKit(cloud.addresses.url);
    await kit.admin('PUT', 'settings', { strict: false });
    const elb = new ElasticLoadBalancingClient(config());
    assert.equal((await burst(12, createBalancer(elb))).passed, 12);
    await kit.admin('PUT', 'settings', { strict: true });
    kit.close();
  });
});
