import assert from 'node:assert/strict';
import { ACMClient, DescribeCertificateCommand, ListCertificatesCommand } from '@aws-sdk/client-acm';
import { AutoScalingClient, SuspendProcessesCommand } from '@aws-sdk/client-auto-scaling';
import {
  CloudWatchClient,
  DeleteDashboardsCommand,
  GetDashboardCommand,
  ListDashboardsCommand,
  PutDashboardCommand,
} from '@aws-sdk/client-cloudwatch';
import {
  DescribeInstancesCommand,
  EC2Client,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  ListTopicsCommand,
  PublishCommand,
  SNSClient,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-sns';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { startEdge, type Edge } from './support/edge.ts';
import { sendSigned } from './support/sign.ts';
import { until } from './support/http.ts';

describe('localcloud small services', () => {
  let edge: Edge;
  before(async () => {
    edge = await startEdge();
  });
  after(() => edge.stop());

  it('STS tells the account', async () => {
    const { Account, Arn } = await new STSClient(edge.sdk).send(new GetCallerIdentityCommand({}));
    assert.equal(Account, '123456789012');
    assert.match(Arn!, /^arn:aws:iam::123456789012:user\//);
  });

  it('ACM has one issued certificate for the zone', async () => {
    const acm = new ACMClient(edge.sdk);
    const { CertificateSummaryList: all } = await acm.send(
      new ListCertificatesCommand({ CertificateStatuses: ['ISSUED'] }),
    );
    const CertificateArn = all![0]!.CertificateArn!;
    const { Certificate: found } = await acm.send(new DescribeCertificateCommand({ CertificateArn }));
    assert.deepEqual(found!.SubjectAlternativeNames, ['example.com', '*.example.com']);
    assert.equal(found!.Status, 'ISSUED');
    assert.ok(found!.NotAfter! > new Date());
    const other = await acm.send(new ListCertificatesCommand({ CertificateStatuses: ['EXPIRED'] }));
    assert.deepEqual(other.CertificateSummaryList, []);
    await assert.rejects(acm.send(new DescribeCertificateCommand({ CertificateArn: `${CertificateArn}0` })), {
      name: 'ResourceNotFoundException',
    });
  });

  describe('EC2', () => {
    const found = async (ec2: EC2Client, input: object = {}) => {
      const { Reservations } = await ec2.send(new DescribeInstancesCommand(input));
      return Reservations!.flatMap(({ Instances }) => Instances!);
    };

    it('has four machines in two zones', async () => {
      const all = await found(new EC2Client(edge.sdk));
      assert.equal(all.length, 4);
      for (const { InstanceId, InstanceType, State, Tags } of all) {
        assert.match(InstanceId!, /^i-[0-9a-f]{8}$/);
        assert.deepEqual([InstanceType, State!.Name], ['m5.large', 'running']);
        assert.ok(Tags!.some(({ Key }) => Key === 'Name'));
      }
      assert.deepEqual([...new Set(all.map(({ Placement }) => Placement!.AvailabilityZone))].sort(), [
        'eu-west-1a',
        'eu-west-1b',
      ]);
    });

    it('filters by id, state, zone and tag', async () => {
      const ec2 = new EC2Client(edge.sdk);
      const [first] = await found(ec2);
      const count = async (Name: string, ...Values: string[]) =>
        (await found(ec2, { Filters: [{ Name, Values }] })).length;
      assert.equal((await found(ec2, { InstanceIds: [first!.InstanceId!] })).length, 1);
      assert.equal(await count('instance-id', first!.InstanceId!), 1);
      assert.equal(await count('instance-state-name', 'stopped', 'terminated'), 0);
      assert.equal(await count('availability-zone', 'eu-west-1a'), 2);
      assert.equal(await count('tag:Name', 'crims-*'), 4);
      assert.equal(await count('tag-key', 'nothing'), 0);
      await assert.rejects(count('nonsense', 'x'), { name: 'InvalidParameterValue' });
      await assert.rejects(found(ec2, { InstanceIds: ['i-00000000'] }), { name: 'InvalidInstanceID.NotFound' });
    });

    it('stops, starts and terminates, each over its state between', async () => {
      const ec2 = new EC2Client(edge.sdk);
      // Its Auto Scaling group would replace a machine that is stopped.
      await new AutoScalingClient(edge.sdk).send(new SuspendProcessesCommand({ AutoScalingGroupName: 'crims' }));
      const InstanceIds = [edge.machines.list()[3]!.instanceId];
      const state = async () => (await found(ec2, { InstanceIds }))[0]!.State!.Name;
      const { StoppingInstances } = await ec2.send(new StopInstancesCommand({ InstanceIds }));
      assert.equal(StoppingInstances![0]!.CurrentState!.Name, 'stopping');
      assert.equal(StoppingInstances![0]!.PreviousState!.Name, 'running');
      await until(state, (name) => name === 'stopped');
      await ec2.send(new StartInstancesCommand({ InstanceIds }));
      await until(state, (name) => name === 'running');
      await ec2.send(new TerminateInstancesCommand({ InstanceIds }));
      await until(state, (name) => name === 'terminated');
    });
  });

  it('SNS makes a topic once, tags it, takes messages', async () => {
    const sns = new SNSClient(edge.sdk);
    const make = (Value: string) =>
      sns.send(new CreateTopicCommand({ Name: 'wonderland-team', Tags: [{ Key: 'team', Value }] }));
    const { TopicArn } = await make('a');
    assert.equal(TopicArn, 'arn:aws:sns:eu-west-1:123456789012:wonderland-team');
    assert.equal((await make('a')).TopicArn, TopicArn);
    assert.equal((await sns.send(new CreateTopicCommand({ Name: 'wonderland-team' }))).TopicArn, TopicArn);
    await assert.rejects(make('b'), {
      name: 'InvalidParameterException',
      message: 'Invalid parameter: Tags Reason: Topic already exists with different tags',
    });
    await sns.send(new TagResourceCommand({ ResourceArn: TopicArn, Tags: [{ Key: 'more', Value: '1' }] }));
    await sns.send(new UntagResourceCommand({ ResourceArn: TopicArn, TagKeys: ['team'] }));
    const { Tags } = await sns.send(new ListTagsForResourceCommand({ ResourceArn: TopicArn }));
    assert.deepEqual(Tags, [{ Key: 'more', Value: '1' }]);
    const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
    assert.equal(Attributes!.Owner, '123456789012');
    assert.ok((await sns.send(new PublishCommand({ TopicArn, Message: 'hello' }))).MessageId);
    assert.deepEqual((await sns.send(new ListTopicsCommand({}))).Topics, [{ TopicArn }]);
    await sns.send(new DeleteTopicCommand({ TopicArn }));
    await assert.rejects(sns.send(new GetTopicAttributesCommand({ TopicArn })), { name: 'NotFoundException' });
  });

  describe('CloudWatch', () => {
    it('keeps dashboards', async () => {
      const cloudwatch = new CloudWatchClient(edge.sdk);
      const DashboardBody = JSON.stringify({ widgets: [] });
      for (const DashboardName of ['web-b', 'web-a', 'other']) {
        await cloudwatch.send(new PutDashboardCommand({ DashboardName, DashboardBody }));
      }
      const { DashboardEntries } = await cloudwatch.send(new ListDashboardsCommand({ DashboardNamePrefix: 'web-' }));
      assert.deepEqual(
        DashboardEntries!.map(({ DashboardName, Size }) => [DashboardName, Size]),
        [
          ['web-a', DashboardBody.length],
          ['web-b', DashboardBody.length],
        ],
      );
      assert.ok(DashboardEntries![0]!.LastModified instanceof Date);
      const found = await cloudwatch.send(new GetDashboardCommand({ DashboardName: 'web-a' }));
      assert.equal(found.DashboardBody, DashboardBody);
      const wrong = { DashboardName: 'web-a', DashboardBody: 'not json' };
      await assert.rejects(cloudwatch.send(new PutDashboardCommand(wrong)), { name: 'DashboardInvalidInputError' });
      await cloudwatch.send(new DeleteDashboardsCommand({ DashboardNames: ['web-a', 'web-b'] }));
      await assert.rejects(cloudwatch.send(new GetDashboardCommand({ DashboardName: 'web-a' })), {
        name: 'ResourceNotFound',
      });
    });

    it('answers clients that still speak Query', async () => {
      const form = new URLSearchParams({
        Action: 'PutDashboard',
        Version: '2010-08-01',
        DashboardName: 'query',
        DashboardBody: '{"widgets":[]}',
      });
      const { status, text } = await sendSigned(edge.sdk.endpoint, {
        service: 'monitoring',
        body: form.toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      assert.equal(status, 200, text);
      assert.match(text, /<PutDashboardResponse/);
    });
  });
});
