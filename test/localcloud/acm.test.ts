import assert from 'node:assert/strict';
import {
  ACMClient,
  AddTagsToCertificateCommand,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  ListCertificatesCommand,
  ListTagsForCertificateCommand,
  RemoveTagsFromCertificateCommand,
  RequestCertificateCommand,
  type CertificateDetail,
} from '@aws-sdk/client-acm';
import {
  CreateLoadBalancerCommand,
  DeleteLoadBalancerCommand,
  ElasticLoadBalancingClient,
} from '@aws-sdk/client-elastic-load-balancing';
import { ChangeResourceRecordSetsCommand, ListHostedZonesByNameCommand, Route53Client } from '@aws-sdk/client-route-53';
import type { Cloud } from '../../src/localcloud/cloud.ts';
import type { Params } from '../../src/localcloud/engine/contract.ts';
import { createRandom } from '../../src/localcloud/engine/random.ts';
import { createVirtualClock } from '../../src/localcloud/engine/virtual-clock.ts';
import type { Engine } from '../../src/localcloud/registration.ts';
import { createAcm } from '../../src/localcloud/services/acm.ts';
import { sdkConfig, startTestCloud } from './cloud-kit.ts';

const MINUTE = 60_000;

describe('localcloud ACM', () => {
  let cloud: Cloud;
  let acm: ACMClient;
  const request = async (DomainName: string, more: object = {}): Promise<string> =>
    (await acm.send(new RequestCertificateCommand({ DomainName, ValidationMethod: 'DNS', ...more }))).CertificateArn!;
  const certificate = async (CertificateArn: string): Promise<CertificateDetail> =>
    (await acm.send(new DescribeCertificateCommand({ CertificateArn }))).Certificate!;

  before(async () => {
    cloud = await startTestCloud({ dataPlane: false, speed: 'stepped' });
    acm = new ACMClient(sdkConfig(cloud.addresses.url));
  });
  after(async () => {
    acm.destroy();
    await cloud.stop();
  });

  it('issues a certificate once its records are in DNS', async () => {
    const arn = await request('shop.example.com', { SubjectAlternativeNames: ['*.shop.example.com'] });
    const pending = await certificate(arn);
    assert.deepEqual([pending.Status, pending.IssuedAt], ['PENDING_VALIDATION', undefined]);
    const records = pending.DomainValidationOptions!.map(({ ResourceRecord }) => ResourceRecord!);
    assert.match(records[0]!.Name!, /^_[0-9a-f]{32}\.shop\.example\.com\.$/);
    assert.deepEqual(records[0], records[1], 'a wildcard is proven by the record of its parent');
    await cloud.advance!(10 * MINUTE);
    assert.equal((await certificate(arn)).Status, 'PENDING_VALIDATION');

    const route53 = new Route53Client(sdkConfig(cloud.addresses.url));
    const { HostedZones } = await route53.send(new ListHostedZonesByNameCommand({ DNSName: 'example.com' }));
    const { Name, Value } = records[0]!;
    const ResourceRecordSet = { Name, Type: 'CNAME' as const, TTL: 300, ResourceRecords: [{ Value }] };
    const Changes = [{ Action: 'UPSERT' as const, ResourceRecordSet }];
    await route53.send(
      new ChangeResourceRecordSetsCommand({ HostedZoneId: HostedZones![0]!.Id, ChangeBatch: { Changes } }),
    );
    await cloud.advance!(5 * MINUTE);
    const issued = await certificate(arn);
    assert.equal(issued.Status, 'ISSUED');
    assert.ok(issued.NotAfter! > issued.IssuedAt!);
    assert.equal(issued.DomainValidationOptions![0]!.ValidationStatus, 'SUCCESS');
  });

  it('gives up after three days', async () => {
    const clock = createVirtualClock();
    const engine = { clock, random: createRandom(1), changed: () => undefined, region: 'eu-west-1', domain: 'x.com' };
    const { services } = createAcm({ ...engine, account: '123456789012' } as unknown as Engine, {
      route53: { resolve: (name) => name },
      elb: { list: () => [] },
    });
    const call = (name: string, params: Params) => services[0]!.operations[name]!.run(params, {} as never) as Params;
    await services[0]!.persistent!.start();
    const { CertificateArn } = call('RequestCertificate', { DomainName: 'never.x.com', ValidationMethod: 'DNS' });
    const status = () => call('DescribeCertificate', { CertificateArn }).Certificate.Status;
    await clock.advance(71 * 60 * MINUTE);
    assert.equal(status(), 'PENDING_VALIDATION');
    await clock.advance(2 * 60 * MINUTE);
    assert.equal(status(), 'VALIDATION_TIMED_OUT');
  });

  it('asks once for the same token', async () => {
    const arn = await request('token.example.com', { IdempotencyToken: 'one' });
    assert.equal(await request('token.example.com', { IdempotencyToken: 'one' }), arn);
    assert.notEqual(await request('token.example.com', { IdempotencyToken: 'two' }), arn);
    await cloud.advance!(61 * MINUTE);
    assert.notEqual(await request('token.example.com', { IdempotencyToken: 'one' }), arn);
    await assert.rejects(request('not a domain'), { name: 'ValidationException' });
  });

  it('lists in pages, RSA only unless asked', async () => {
    await request('ec.example.com', { KeyAlgorithm: 'EC_prime256v1' });
    const names = async (input: object) => {
      const found: (string | undefined)[] = [];
      let NextToken: string | undefined;
      do {
        const page: any = await acm.send(new ListCertificatesCommand({ ...input, MaxItems: 2, NextToken }));
        assert.ok(page.CertificateSummaryList.length <= 2);
        found.push(...page.CertificateSummaryList.map(({ DomainName }: any) => DomainName));
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
      return found;
    };
    const usual = await names({});
    assert.ok(usual.includes('example.com') && !usual.includes('ec.example.com'));
    assert.deepEqual(await names({ Includes: { keyTypes: ['EC_prime256v1'] } }), ['ec.example.com']);
    assert.deepEqual(await names({ CertificateStatuses: ['ISSUED'] }), ['example.com', 'shop.example.com']);
    await assert.rejects(acm.send(new ListCertificatesCommand({ NextToken: 'x' })), { name: 'ValidationException' });
  });

  it('gives HTTPS listeners what is issued, and nothing else', async () => {
    const arn = await request('listener.example.com');
    const elb = new ElasticLoadBalancingClient(sdkConfig(cloud.addresses.url));
    const create = (SSLCertificateId: string) => {
      const Listeners = [{ Protocol: 'HTTPS', LoadBalancerPort: 443, InstancePort: 80, SSLCertificateId }];
      return elb.send(
        new CreateLoadBalancerCommand({ LoadBalancerName: 'https', Listeners, AvailabilityZones: ['eu-west-1a'] }),
      );
    };
    await assert.rejects(create(arn), { name: 'CertificateNotFoundException' });
    const { CertificateSummaryList } = await acm.send(new ListCertificatesCommand({ CertificateStatuses: ['ISSUED'] }));
    const issued = CertificateSummaryList!.find(({ DomainName }) => DomainName === 'shop.example.com')!;
    await create(issued.CertificateArn!);
    assert.equal((await certificate(issued.CertificateArn!)).InUseBy!.length, 1);
  });

  it('deletes what no listener uses', async () => {
    const { CertificateSummaryList } = await acm.send(new ListCertificatesCommand({}));
    const { CertificateArn = '' } = CertificateSummaryList!.find(({ DomainName }) => DomainName === 'example.com')!;
    const elb = new ElasticLoadBalancingClient(sdkConfig(cloud.addresses.url));
    const listener = { Protocol: 'HTTPS', LoadBalancerPort: 443, InstancePort: 80, SSLCertificateId: CertificateArn };
    const LoadBalancerName = 'secure';
    await elb.send(
      new CreateLoadBalancerCommand({ LoadBalancerName, Listeners: [listener], AvailabilityZones: ['eu-west-1a'] }),
    );
    const remove = () => acm.send(new DeleteCertificateCommand({ CertificateArn }));
    assert.deepEqual((await certificate(CertificateArn)).InUseBy, [
      'arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/secure',
    ]);
    await assert.rejects(remove(), { name: 'ResourceInUseException' });
    await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerName }));
    await remove();
    await assert.rejects(remove(), { name: 'ResourceNotFoundException' });
  });

  it('tags', async () => {
    const CertificateArn = await request('tags.example.com', { Tags: [{ Key: 'a', Value: '1' }] });
    await acm.send(new AddTagsToCertificateCommand({ CertificateArn, Tags: [{ Key: 'b', Value: '2' }] }));
    await acm.send(
      new RemoveTagsFromCertificateCommand({ CertificateArn, Tags: [{ Key: 'a' }, { Key: 'b', Value: '3' }] }),
    );
    const { Tags } = await acm.send(new ListTagsForCertificateCommand({ CertificateArn }));
    assert.deepEqual(Tags, [{ Key: 'b', Value: '2' }]);
  });
});
