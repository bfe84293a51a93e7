import assert from 'node:assert/strict';
import { connect } from 'node:tls';
import { CreateLoadBalancerCommand, ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing';
import {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  ListHostedZonesCommand,
  Route53Client,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { PRINCIPALS } from '../../src/localcloud/auth/accounts.ts';
import type { Cloud } from '../../src/localcloud/cloud.ts';
import { eventually, sdkConfig, startTestCloud } from './cloud-kit.ts';
import { ask } from './support/http.ts';

describe('localcloud ingress before two accounts', () => {
  let cloud: Cloud;

  before(async () => {
    cloud = await startTestCloud();
  });
  after(() => cloud.stop());

  const sdk = (name: string) => {
    const { accessKeyId, secretAccessKey } = PRINCIPALS.find(({ account }) => account.name === name)!;
    return { ...sdkConfig(cloud.addresses.url), credentials: { accessKeyId, secretAccessKey } };
  };
  const point = async (account: string, record: ResourceRecordSet): Promise<void> => {
    const route53 = new Route53Client(sdk(account));
    const { HostedZones } = await route53.send(new ListHostedZonesCommand({}));
    const { ChangeInfo } = await route53.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: HostedZones![0]!.Id,
        ChangeBatch: { Changes: [{ Action: 'CREATE', ResourceRecordSet: record }] },
      }),
    );
    await eventually(
      async () => (await route53.send(new GetChangeCommand({ Id: ChangeInfo!.Id }))).ChangeInfo!.Status === 'INSYNC',
      'the change to be INSYNC',
    );
  };
  const get = async (host: string): Promise<number> =>
    (await ask(Number(new URL(cloud.addresses.ingressHttp).port), { host })).status;

  it('follows a host into the zone with the longest name, and from one account into the other', async () => {
    const { DNSName } = await new ElasticLoadBalancingClient(sdk('staging')).send(
      new CreateLoadBalancerCommand({
        LoadBalancerName: 'web',
        AvailabilityZones: ['eu-west-1a'],
        Listeners: [{ Protocol: 'HTTP', LoadBalancerPort: 80, InstancePort: 11_000 }],
      }),
    );
    const AliasTarget = { HostedZoneId: 'Z32O12XQLNTSW2', DNSName: DNSName!, EvaluateTargetHealth: false };
    await point('staging', { Name: 'web.staging.example.com', Type: 'A', AliasTarget });
    assert.equal(await get('web.staging.example.com'), 503, 'the balancer, behind which nobody is');
    assert.equal(await get('other.staging.example.com'), 404);
    assert.equal(await get(DNSName!), 503);
    const ResourceRecords = [{ Value: 'web.staging.example.com' }];
    await point('production', { Name: 'across.example.com', Type: 'CNAME', TTL: 60, ResourceRecords });
    assert.equal(await get('across.example.com'), 503);
  });

  it('shows each account its own certificate', async () => {
    for (const [servername, name] of [
      ['web.staging.example.com', '*.staging.example.com'],
      ['web.example.com', '*.example.com'],
    ] as const) {
      const port = Number(new URL(cloud.addresses.ingressHttps).port);
      const socket = connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false });
      await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
      assert.equal(socket.getPeerCertificate().subject.CN, name);
      socket.destroy();
    }
  });
});
