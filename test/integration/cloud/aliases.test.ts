import assert from 'node:assert/strict';
import {
  CreateLoadBalancerCommand,
  DeleteLoadBalancerCommand,
  ElasticLoadBalancingClient,
} from '@aws-sdk/client-elastic-load-balancing';
import { ChangeResourceRecordSetsCommand, Route53Client } from '@aws-sdk/client-route-53';
import { aliasesOf, findZone } from '../../../src/cloud/route53.ts';
import type { Cloud } from '../../../src/localcloud/cloud.ts';
import { startTestCloud } from '../../localcloud/cloud-kit.ts';

const ELB_ZONE = 'Z32O12XQLNTSW2';
const zones = [{ name: 'example.com' }];

/** Names and the load balancers they point to. */
const RECORDS = [
  ['api', 'api-1466583000', 'internet-facing'],
  ['old', 'api-1466582000', 'internet-facing'],
  ['private', 'api-1466583001', 'internal'],
  ['public', 'internal-api-1466583002', 'internet-facing'],
  ['other', 'my-api-1466583000', 'internet-facing'],
  ['longer', 'api-1466583000-1466584000', 'internet-facing'],
] as const;

const balancer = (LoadBalancerName: string, Scheme: string) =>
  new CreateLoadBalancerCommand({
    LoadBalancerName,
    Listeners: [{ Protocol: 'HTTP', LoadBalancerPort: 80, InstanceProtocol: 'HTTP', InstancePort: 11_000 }],
    AvailabilityZones: ['eu-west-1a'],
    ...(Scheme === 'internal' && { Scheme }),
  });

describe('aliasesOf', function () {
  this.timeout(30_000);
  let cloud: Cloud;
  let route53: Route53Client;
  before(async () => {
    cloud = await startTestCloud();
    const options = {
      endpoint: cloud.addresses.url,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'AKIAWONDERLANDLOCAL1', secretAccessKey: 'local-secret-key' },
    };
    route53 = new Route53Client(options);
    const elb = new ElasticLoadBalancingClient(options);
    const HostedZoneId = await findZone(route53, { domain: 'example.com', zones });
    for (const [name, balancerName, scheme] of RECORDS) {
      const { DNSName = '' } = await elb.send(balancer(balancerName, scheme));
      const ResourceRecordSet = {
        Name: `${name}.example.com`,
        Type: 'A' as const,
        AliasTarget: { DNSName: `dualstack.${DNSName}`, HostedZoneId: ELB_ZONE, EvaluateTargetHealth: false },
      };
      const ChangeBatch = { Changes: [{ Action: 'CREATE' as const, ResourceRecordSet }] };
      await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch }));
      await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerName: balancerName }));
    }
    elb.destroy();
  });
  after(async () => {
    route53.destroy();
    await cloud.stop();
  });

  const found = async (service: string, incarnations: string[]) => {
    const { domains, balancers } = await aliasesOf(route53, { zones, service, incarnations });
    return { domains: domains.toSorted(), balancers: balancers.toSorted() };
  };

  it('finds the names of a service by what its load balancers are called, also when those are gone', async () => {
    assert.deepEqual(await found('api', ['internal-api-1466583002']), {
      domains: ['api.example.com', 'old.example.com', 'private.example.com'],
      balancers: ['api-1466582000', 'api-1466583000', 'api-1466583001'],
    });
  });

  it('leaves the names of a service alone that is called like an internal one of another', async () => {
    assert.deepEqual(await found('internal-api', ['internal-api-1466583002']), {
      domains: ['public.example.com'],
      balancers: ['internal-api-1466583002'],
    });
  });

  it('tells a service from one whose name ends like an incarnation', async () => {
    assert.deepEqual(await found('api-1466583000', []), {
      domains: ['longer.example.com'],
      balancers: ['api-1466583000-1466584000'],
    });
  });
});
