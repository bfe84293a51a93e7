import assert from 'node:assert/strict';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateClusterCommand, ECSClient, ListClustersCommand } from '@aws-sdk/client-ecs';
import { DescribeLoadBalancersCommand, ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing';
import { ListHostedZonesCommand, Route53Client } from '@aws-sdk/client-route-53';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Cloud } from '../../src/localcloud/cloud.ts';
import { sdkConfig, startTestCloud } from './cloud-kit.ts';
import { sendSigned, signed } from './support/sign.ts';

const STAGING = { accessKeyId: 'AKIAWONDERLANDSTAGE1', secretAccessKey: 'staging-secret-key' };
const TARGET = 'AmazonEC2ContainerServiceV20141113.ListClusters';

describe('who calls', () => {
  let cloud: Cloud;
  let url: string;
  before(async () => {
    cloud = await startTestCloud({ speed: 'stepped', dataPlane: false });
    ({ url } = cloud.addresses);
  });
  after(() => cloud.stop());

  const rejects = (call: Promise<unknown>, name: string) =>
    assert.rejects(call, (error: Error) => {
      assert.equal(error.name, name);
      return true;
    });

  /** The same refusal, as each protocol words it. */
  const wordings = [
    {
      credentials: { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' },
      json: 'UnrecognizedClientException',
      xml: 'InvalidClientTokenId',
      s3: /^The AWS Access Key Id you provided does not exist in our records\.$/,
    },
    {
      credentials: { ...sdkConfig('').credentials, secretAccessKey: 'wrong' },
      json: 'InvalidSignatureException',
      xml: 'SignatureDoesNotMatch',
      s3: /Check your key and signing method\.$/,
    },
  ];
  for (const { credentials, json, xml, s3 } of wordings) {
    it(`is refused as ${json}, ${xml} or AuthFailure`, async () => {
      const config = { ...sdkConfig(url), credentials };
      await rejects(new ECSClient(config).send(new ListClustersCommand({})), json);
      await rejects(new ElasticLoadBalancingClient(config).send(new DescribeLoadBalancersCommand({})), xml);
      await rejects(new Route53Client(config).send(new ListHostedZonesCommand({})), xml);
      await rejects(new EC2Client(config).send(new DescribeInstancesCommand({})), 'AuthFailure');
      const buckets = new S3Client({ ...config, forcePathStyle: true }).send(new ListBucketsCommand({}));
      await assert.rejects(buckets, { message: s3 });
    });
  }

  it('needs a signature at all', async () => {
    const headers = { 'x-amz-target': TARGET };
    const json = await fetch(url, { method: 'POST', headers, body: '{}' });
    assert.equal(json.status, 400);
    assert.match(await json.text(), /"__type":"MissingAuthenticationTokenException"/);
    const form = await fetch(url, { method: 'POST', body: 'Action=DescribeTags&Version=2012-06-01' });
    assert.equal(form.status, 403);
    assert.match(await form.text(), /<Code>MissingAuthenticationToken<\/Code>/);
    const broken = await fetch(url, {
      method: 'POST',
      headers: { ...headers, authorization: 'AWS4-HMAC-SHA256 Credential=x' },
      body: '{}',
    });
    assert.match(await broken.text(), /"__type":"IncompleteSignatureException"/);
  });

  it('is refused when the clocks are more than five minutes apart, and not when they are four', async () => {
    const ask = (minutes: number) =>
      sendSigned(url, {
        service: 'ecs',
        headers: { 'x-amz-target': TARGET },
        body: '{}',
        at: new Date(Date.now() + minutes * 60_000),
      });
    for (const minutes of [-6, 6]) {
      const { status, text } = await ask(minutes);
      assert.equal(status, 400);
      assert.match(text, /"__type":"InvalidSignatureException","message":"Signature expired/);
    }
    for (const minutes of [-4, 4]) assert.equal((await ask(minutes)).status, 200);
  });

  it('signs for the body, the path and the headers that are sent, and no others', async () => {
    const request = { service: 'ecs', headers: { 'x-amz-target': TARGET }, body: '{"maxResults":5}' };
    const { host: _host, ...headers } = await signed(url, request);
    const send = async (changes: { path?: string; headers?: Record<string, string>; body?: string }) => {
      const response = await fetch(`${url}${changes.path ?? '/'}`, {
        method: 'POST',
        headers: { ...headers, ...changes.headers },
        body: changes.body ?? request.body,
      });
      return response.status;
    };
    assert.equal(await send({}), 200);
    assert.equal(await send({ body: '{"maxResults":6}' }), 400);
    assert.equal(await send({ path: '/?x=1' }), 400);
    assert.equal(await send({ headers: { 'x-amz-target': TARGET.replace('ListClusters', 'ListServices') } }), 400);
  });

  it('signs for the service that is asked, and no other', async () => {
    const json = await sendSigned(url, { service: 'sns', headers: { 'x-amz-target': TARGET }, body: '{}' });
    assert.equal(json.status, 400);
    assert.deepEqual(JSON.parse(json.text), {
      __type: 'InvalidSignatureException',
      message: "Credential should be scoped to correct service: 'ecs'.",
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = 'Action=DescribeLoadBalancers&Version=2012-06-01';
    const form = await sendSigned(url, { service: 'sns', headers, body });
    assert.equal(form.status, 403);
    assert.match(form.text, /<Code>SignatureDoesNotMatch<\/Code>.*correct service: 'elasticloadbalancing'\./);
  });

  it('signs for the region of this cloud; global services are in us-east-1 too', async () => {
    const elsewhere = { ...sdkConfig(url), region: 'us-east-1' };
    await assert.rejects(new ECSClient(elsewhere).send(new ListClustersCommand({})), {
      name: 'InvalidSignatureException',
      message: "Credential should be scoped to a valid region, not 'us-east-1'.",
    });
    await rejects(
      new ElasticLoadBalancingClient(elsewhere).send(new DescribeLoadBalancersCommand({})),
      'SignatureDoesNotMatch',
    );
    await new Route53Client(elsewhere).send(new ListHostedZonesCommand({}));
    await new STSClient(elsewhere).send(new GetCallerIdentityCommand({}));
    await rejects(
      new Route53Client({ ...elsewhere, region: 'eu-central-1' }).send(new ListHostedZonesCommand({})),
      'SignatureDoesNotMatch',
    );
  });

  it('signs for escaped paths and queries too', async () => {
    for (const path of [
      '/2013-04-01/hostedzonesbyname?dnsname=a%20b.example.com&maxitems=1',
      '/2013-04-01/hostedzone/Z%2F1',
    ]) {
      const { status, text } = await sendSigned(url, { method: 'GET', service: 'route53', path });
      assert.ok(status === 200 || /NoSuchHostedZone/.test(text), `${path}: ${text}`);
    }
  });

  it('decides the account, and each account has a world of its own', async () => {
    const production = sdkConfig(url);
    const staging = { ...production, credentials: STAGING };
    const identities = await Promise.all(
      [production, staging].map((config) => new STSClient(config).send(new GetCallerIdentityCommand({}))),
    );
    assert.deepEqual(
      identities.map(({ Account, Arn }) => [Account, Arn]),
      [
        ['123456789012', 'arn:aws:iam::123456789012:user/wonderland'],
        ['210987654321', 'arn:aws:iam::210987654321:user/wonderland'],
      ],
    );
    await new ECSClient(staging).send(new CreateClusterCommand({ clusterName: 'stage-only' }));
    const arns = async (config: typeof production) =>
      (await new ECSClient(config).send(new ListClustersCommand({}))).clusterArns
        ?.map((arn) => arn.replace(/^arn:aws:ecs:eu-west-1:/, ''))
        .sort();
    assert.deepEqual(await arns(production), ['123456789012:cluster/crims']);
    assert.deepEqual(await arns(staging), ['210987654321:cluster/crims', '210987654321:cluster/stage-only']);
    const zones = async (config: typeof production) =>
      (await new Route53Client(config).send(new ListHostedZonesCommand({}))).HostedZones?.map(({ Name }) => Name);
    assert.deepEqual(await zones(production), ['example.com.']);
    assert.deepEqual(await zones(staging), ['staging.example.com.']);
  });
});
