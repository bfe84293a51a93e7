import assert from 'node:assert/strict';
import { ACMClient, ListCertificatesCommand, RequestCertificateCommand } from '@aws-sdk/client-acm';
import {
  AddTagsCommand,
  ApplySecurityGroupsToLoadBalancerCommand,
  AttachLoadBalancerToSubnetsCommand,
  CreateAppCookieStickinessPolicyCommand,
  CreateLBCookieStickinessPolicyCommand,
  CreateLoadBalancerCommand,
  CreateLoadBalancerListenersCommand,
  CreateLoadBalancerPolicyCommand,
  DeleteLoadBalancerPolicyCommand,
  DescribeAccountLimitsCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancerPoliciesCommand,
  DescribeLoadBalancerPolicyTypesCommand,
  DescribeLoadBalancersCommand,
  DetachLoadBalancerFromSubnetsCommand,
  DisableAvailabilityZonesForLoadBalancerCommand,
  ElasticLoadBalancingClient,
  ModifyLoadBalancerAttributesCommand,
  RegisterInstancesWithLoadBalancerCommand,
  SetLoadBalancerPoliciesOfListenerCommand,
  type CreateAccessPointInput,
} from '@aws-sdk/client-elastic-load-balancing';
import { sendSigned } from './support/sign.ts';
import { startStill, type Still } from './support/still.ts';

const LISTENER = { Protocol: 'HTTP', LoadBalancerPort: 80, InstancePort: 11_000 };
const SUBNETS = ['subnet-0c1a55e5c1a55e50a', 'subnet-0c1a55e5c1a55e50b'] as const;

describe('localcloud classic ELB settings', () => {
  let still: Still;
  let elb: ElasticLoadBalancingClient;

  beforeEach(async () => {
    still = await startStill();
    elb = new ElasticLoadBalancingClient(still.sdk());
  });
  afterEach(() => still.stop());

  const create = (name: string, more: Partial<CreateAccessPointInput> = {}) =>
    elb.send(
      new CreateLoadBalancerCommand({
        LoadBalancerName: name,
        AvailabilityZones: ['eu-west-1a'],
        Listeners: [LISTENER],
        ...more,
      }),
    );
  const describeOne = async (name: string) =>
    (await elb.send(new DescribeLoadBalancersCommand({ LoadBalancerNames: [name] }))).LoadBalancerDescriptions![0]!;

  it('is the same balancer only with the same listeners, zones, scheme and tags as now', async () => {
    const first = await create('web', { Tags: [{ Key: 'team', Value: 'a' }] });
    assert.equal((await create('web', { Tags: [{ Key: 'team', Value: 'a' }] })).DNSName, first.DNSName);
    const parameters = {
      name: 'DuplicateAccessPointNameException',
      message: 'Load Balancer named: web already exists and it is configured with different parameters.',
    };
    const tags = {
      name: 'DuplicateAccessPointNameException',
      message: 'Load Balancer named: web already exists and it is configured with different tags.',
    };
    await assert.rejects(create('web'), tags);
    await assert.rejects(create('web', { Scheme: 'internal' }), parameters);
    await assert.rejects(create('web', { Listeners: [{ ...LISTENER, InstancePort: 11_001 }] }), parameters);
    const Listeners = [{ ...LISTENER, LoadBalancerPort: 81 }];
    await elb.send(new CreateLoadBalancerListenersCommand({ LoadBalancerName: 'web', Listeners }));
    await assert.rejects(create('web', { Tags: [{ Key: 'team', Value: 'a' }] }), parameters);
  });

  it('refuses what does not go together', async () => {
    const wrong: [Partial<CreateAccessPointInput>, string, RegExp][] = [
      [{ Subnets: [SUBNETS[0]] }, 'ValidationError', /Only one of SubnetIds or AvailabilityZones/],
      [{ AvailabilityZones: [] }, 'ValidationError', /^Either AvailabilityZones or SubnetIds must be specified$/],
      [{ Scheme: 'secret' }, 'ValidationError', /Scheme/],
      [{ Listeners: [] }, 'ValidationError', /^Listeners cannot be empty$/],
      [{ Listeners: [{ ...LISTENER, Protocol: 'UDP' }] }, 'UnsupportedProtocolException', /UDP/],
      [
        { Listeners: [{ ...LISTENER, Protocol: 'SSL' }] },
        'ValidationError',
        /^Secure Listeners need to specify a SSLCertificateId$/,
      ],
      [{ Tags: Array.from({ length: 11 }, (_, i) => ({ Key: `k${i}` })) }, 'TooManyTagsException', /quota/],
      [{ Tags: [{ Key: 'a' }, { Key: 'a' }] }, 'DuplicateTagKeysException', /a$/],
    ];
    for (const [more, name, message] of wrong) await assert.rejects(create('wrong', more), { name, message });
    await create('web');
    const tag = (LoadBalancerNames: string[]) =>
      elb.send(new AddTagsCommand({ LoadBalancerNames, Tags: [{ Key: 'a' }] }));
    await assert.rejects(tag(['web', 'web2']), { name: 'ValidationError' });
    const zones = { LoadBalancerName: 'web', AvailabilityZones: ['eu-west-1a'] };
    await assert.rejects(elb.send(new DisableAvailabilityZonesForLoadBalancerCommand(zones)), {
      name: 'InvalidConfigurationRequestException',
    });
  });

  it('takes certificates of ACM once they are issued, and says which policy their listeners begin with', async () => {
    const acm = new ACMClient(still.sdk());
    const { CertificateSummaryList } = await acm.send(new ListCertificatesCommand({}));
    const { CertificateArn: pending } = await acm.send(
      new RequestCertificateCommand({ DomainName: 'new.example.com' }),
    );
    const secure = (SSLCertificateId: string) =>
      create('secure', { Listeners: [{ ...LISTENER, Protocol: 'HTTPS', LoadBalancerPort: 443, SSLCertificateId }] });
    await assert.rejects(secure(pending!), { name: 'CertificateNotFoundException' });
    await secure(CertificateSummaryList![0]!.CertificateArn!);
    const { ListenerDescriptions, Policies } = await describeOne('secure');
    assert.deepEqual(ListenerDescriptions![0]!.PolicyNames, ['ELBSecurityPolicy-2016-08']);
    assert.deepEqual(Policies!.OtherPolicies, ['ELBSecurityPolicy-2016-08']);
  });

  it('lists limits and balancers in pages, and refuses markers it never gave', async () => {
    const { Limits, NextMarker } = await elb.send(new DescribeAccountLimitsCommand({ PageSize: 2 }));
    const rest = await elb.send(new DescribeAccountLimitsCommand({ Marker: NextMarker! }));
    assert.deepEqual(
      [...Limits!, ...rest.Limits!].map(({ Name, Max }) => `${Name} ${Max}`),
      ['classic-load-balancers 20', 'classic-listeners 100', 'classic-registered-instances 1000'],
    );
    assert.equal(rest.NextMarker, undefined);
    await assert.rejects(elb.send(new DescribeLoadBalancersCommand({ Marker: 'x' })), { name: 'ValidationError' });
    await assert.rejects(elb.send(new DescribeLoadBalancersCommand({ PageSize: 401 })), { name: 'ValidationError' });
  });

  it('keeps policies of its own, of AWS, and those that are on for a listener', async () => {
    await create('web');
    const LoadBalancerName = 'web';
    await elb.send(
      new CreateLBCookieStickinessPolicyCommand({ LoadBalancerName, PolicyName: 'lb', CookieExpirationPeriod: 60 }),
    );
    await elb.send(
      new CreateAppCookieStickinessPolicyCommand({ LoadBalancerName, PolicyName: 'app', CookieName: 'session' }),
    );
    const set = (PolicyNames: string[], LoadBalancerPort = 80) =>
      elb.send(new SetLoadBalancerPoliciesOfListenerCommand({ LoadBalancerName, LoadBalancerPort, PolicyNames }));
    await set(['lb']);
    const found = await describeOne('web');
    assert.deepEqual(found.ListenerDescriptions![0]!.PolicyNames, ['lb']);
    assert.deepEqual(found.Policies!.LBCookieStickinessPolicies, [{ PolicyName: 'lb', CookieExpirationPeriod: 60 }]);
    assert.deepEqual(found.Policies!.AppCookieStickinessPolicies, [{ PolicyName: 'app', CookieName: 'session' }]);

    const remove = (PolicyName: string) =>
      elb.send(new DeleteLoadBalancerPolicyCommand({ LoadBalancerName, PolicyName }));
    await assert.rejects(remove('lb'), { name: 'InvalidConfigurationRequestException' });
    await remove('app');
    const again = { LoadBalancerName, PolicyName: 'lb', CookieName: 'x' };
    await assert.rejects(elb.send(new CreateAppCookieStickinessPolicyCommand(again)), {
      name: 'DuplicatePolicyNameException',
    });
    await assert.rejects(set(['app']), {
      name: 'PolicyNotFoundException',
      message: 'There is no policy with name app for load balancer web',
    });
    await assert.rejects(set(['lb'], 81), { name: 'ListenerNotFoundException' });
    const strange = { LoadBalancerName, PolicyName: 'p', PolicyTypeName: 'NoType' };
    await assert.rejects(elb.send(new CreateLoadBalancerPolicyCommand(strange)), {
      name: 'PolicyTypeNotFoundException',
    });

    const own = await elb.send(new DescribeLoadBalancerPoliciesCommand({ LoadBalancerName }));
    assert.deepEqual(
      own.PolicyDescriptions!.map(({ PolicyName }) => PolicyName),
      ['lb'],
    );
    const samples = await elb.send(new DescribeLoadBalancerPoliciesCommand({}));
    assert.ok(samples.PolicyDescriptions!.some(({ PolicyName }) => PolicyName === 'ELBSecurityPolicy-2016-08'));
    const { PolicyTypeDescriptions } = await elb.send(new DescribeLoadBalancerPolicyTypesCommand({}));
    assert.ok(PolicyTypeDescriptions!.some(({ PolicyTypeName }) => PolicyTypeName === 'LBCookieStickinessPolicyType'));
  });

  it('takes and gives up subnets and security groups, but never the last subnet', async () => {
    await create('web', { AvailabilityZones: undefined, Subnets: [SUBNETS[0]] });
    const change = { LoadBalancerName: 'web', Subnets: [SUBNETS[1]] };
    const { Subnets } = await elb.send(new AttachLoadBalancerToSubnetsCommand(change));
    assert.deepEqual(Subnets, SUBNETS);
    assert.deepEqual((await describeOne('web')).AvailabilityZones, ['eu-west-1a', 'eu-west-1b']);
    await elb.send(new DetachLoadBalancerFromSubnetsCommand(change));
    assert.deepEqual((await describeOne('web')).AvailabilityZones, ['eu-west-1a']);
    const last = { LoadBalancerName: 'web', Subnets: [SUBNETS[0]] };
    await assert.rejects(elb.send(new DetachLoadBalancerFromSubnetsCommand(last)), {
      name: 'InvalidConfigurationRequestException',
    });
    const SecurityGroups = ['sg-0c1a55e5c1a55e500'];
    await elb.send(new ApplySecurityGroupsToLoadBalancerCommand({ LoadBalancerName: 'web', SecurityGroups }));
    assert.deepEqual((await describeOne('web')).SecurityGroups, SecurityGroups);
  });

  it('checks attributes, and keeps those it has no use for', async () => {
    await create('web');
    const modify = (LoadBalancerAttributes: object) =>
      elb.send(new ModifyLoadBalancerAttributesCommand({ LoadBalancerName: 'web', LoadBalancerAttributes } as never));
    await modify({
      AccessLog: { Enabled: true, S3BucketName: 'logs', EmitInterval: 5 },
      AdditionalAttributes: [{ Key: 'elb.http.desyncmitigationmode', Value: 'strictest' }],
    });
    const { LoadBalancerAttributes } = await elb.send(
      new DescribeLoadBalancerAttributesCommand({ LoadBalancerName: 'web' }),
    );
    assert.deepEqual(LoadBalancerAttributes!.AccessLog, { Enabled: true, S3BucketName: 'logs', EmitInterval: 5 });
    assert.equal(LoadBalancerAttributes!.AdditionalAttributes![0]!.Value, 'strictest');
    const wrong: [object, string][] = [
      [{ AccessLog: { Enabled: true } }, 'ValidationError'],
      [{ AccessLog: { Enabled: true, S3BucketName: 'logs', EmitInterval: 7 } }, 'ValidationError'],
      [{ ConnectionDraining: { Enabled: true, Timeout: 3601 } }, 'ValidationError'],
      [{ ConnectionSettings: { IdleTimeout: 0 } }, 'ValidationError'],
      [{ AdditionalAttributes: [{ Key: 'x', Value: 'y' }] }, 'InvalidConfigurationRequestException'],
    ];
    for (const [attributes, name] of wrong)
      await assert.rejects(modify(attributes), { name }, JSON.stringify(attributes));
  });

  it('has the quotas of AWS when the cloud is strict, and only then', async () => {
    for (let i = 0; i < 20; i += 1) await create(`web-${i}`);
    await create('web-20');
    still.settings.strict = true;
    await still.seconds(600);
    await assert.rejects(create('web-21'), {
      name: 'TooManyAccessPointsException',
      message: 'Exceeded quota of account 123456789012',
    });
    await create('web-1', {}).then(({ DNSName }) => assert.ok(DNSName));
    const Listeners = Array.from({ length: 100 }, (_, i) => ({ ...LISTENER, LoadBalancerPort: 1000 + i }));
    await assert.rejects(
      elb.send(new CreateLoadBalancerListenersCommand({ LoadBalancerName: 'web-1', Listeners })),
      (error: Error & { $metadata?: { httpStatusCode?: number } }) => {
        assert.equal(error.name, 'InvalidConfigurationRequestException');
        assert.equal(error.$metadata?.httpStatusCode, 409);
        return true;
      },
    );
  });

  it('tells people about listeners and instances', async () => {
    await create('web');
    const [{ instanceId } = { instanceId: '' }] = still.world().machines.list();
    await elb.send(
      new RegisterInstancesWithLoadBalancerCommand({
        LoadBalancerName: 'web',
        Instances: [{ InstanceId: instanceId }],
      }),
    );
    const [report] = still.world().elb.report();
    assert.deepEqual(report?.listeners, [
      { protocol: 'HTTP', port: 80, instanceProtocol: 'HTTP', instancePort: 11_000 },
    ]);
    assert.deepEqual(report?.instances, [
      {
        instanceId,
        state: 'OutOfService',
        description: 'Instance registration is still in progress.',
        inFlight: 0,
        isDraining: false,
      },
    ]);
    assert.deepEqual(still.world('staging').elb.report(), [], 'accounts have balancers of their own');
  });

  it('answers requests for the other ELB API with an error of its shape', async () => {
    const { status, text } = await sendSigned(still.url, {
      service: 'elasticloadbalancing',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'Action=DescribeLoadBalancers&Version=2015-12-01',
    });
    assert.equal(status, 400);
    assert.match(text, /<ErrorResponse[^>]*><Error><Type>Sender<\/Type><Code>InvalidAction<\/Code>/);
  });
});
