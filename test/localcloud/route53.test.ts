import assert from 'node:assert/strict';
import { CreateLoadBalancerCommand, ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing';
import {
  ChangeResourceRecordSetsCommand,
  ChangeTagsForResourceCommand,
  CreateHealthCheckCommand,
  CreateHostedZoneCommand,
  DeleteHealthCheckCommand,
  DeleteHostedZoneCommand,
  GetChangeCommand,
  GetHealthCheckCommand,
  GetHealthCheckStatusCommand,
  GetHostedZoneCommand,
  ListHealthChecksCommand,
  ListHostedZonesByNameCommand,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  ListTagsForResourceCommand,
  Route53Client,
  UpdateHealthCheckCommand,
  type Change,
  type ListResourceRecordSetsCommandOutput,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { startEdge, type Edge } from './support/edge.ts';
import { until } from './support/http.ts';

const ELB_ZONE = 'Z32O12XQLNTSW2';

const address = (Name: string, Value = '192.0.2.1', TTL = 60): ResourceRecordSet => ({
  Name,
  Type: 'A',
  TTL,
  ResourceRecords: [{ Value }],
});
const cname = (Name: string, Value: string): ResourceRecordSet => ({
  Name,
  Type: 'CNAME',
  TTL: 60,
  ResourceRecords: [{ Value }],
});
const alias = (Name: string, DNSName: string, HostedZoneId = ELB_ZONE): ResourceRecordSet => ({
  Name,
  Type: 'A',
  AliasTarget: { HostedZoneId, DNSName, EvaluateTargetHealth: false },
});

describe('localcloud Route 53', () => {
  let edge: Edge;
  let route53: Route53Client;
  let zone: string;
  let balancer: string;

  before(async () => {
    edge = await startEdge();
    const { DNSName } = await new ElasticLoadBalancingClient(edge.sdk).send(
      new CreateLoadBalancerCommand({
        LoadBalancerName: 'web',
        AvailabilityZones: ['eu-west-1a'],
        Listeners: [{ Protocol: 'HTTP', LoadBalancerPort: 80, InstancePort: 11_000 }],
      }),
    );
    balancer = DNSName!;
    route53 = new Route53Client(edge.sdk);
    const { HostedZones } = await route53.send(new ListHostedZonesByNameCommand({ DNSName: 'example.com' }));
    assert.equal(HostedZones![0]!.Name, 'example.com.');
    zone = HostedZones![0]!.Id!;
  });
  after(() => edge.stop());

  const change = (...Changes: Change[]) =>
    route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zone, ChangeBatch: { Changes } }));
  const create = (record: ResourceRecordSet): Change => ({ Action: 'CREATE', ResourceRecordSet: record });
  const upsert = (record: ResourceRecordSet): Change => ({ Action: 'UPSERT', ResourceRecordSet: record });
  const remove = (record: ResourceRecordSet): Change => ({ Action: 'DELETE', ResourceRecordSet: record });
  const records = async (more: object = {}): Promise<ResourceRecordSet[]> =>
    (await route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: zone, ...more }))).ResourceRecordSets!;
  const named = async (name: string) => (await records()).filter(({ Name }) => Name === `${name}.`);

  describe('changes', () => {
    it('are PENDING at first and INSYNC after a while, but to be read at once', async () => {
      const { ChangeInfo: info } = await change(create(address('slow.example.com')));
      assert.match(info!.Id!, /^\/change\/C[A-Z0-9]+$/);
      assert.equal(info!.Status, 'PENDING');
      assert.deepEqual(await named('slow.example.com'), [address('slow.example.com.')]);
      const get = () => route53.send(new GetChangeCommand({ Id: info!.Id! }));
      assert.equal((await get()).ChangeInfo!.Status, 'PENDING');
      await until(get, ({ ChangeInfo }) => ChangeInfo!.Status === 'INSYNC');
      assert.ok(edge.engine.clock.now() - info!.SubmittedAt!.getTime() >= 30_000);
      await assert.rejects(route53.send(new GetChangeCommand({ Id: 'CNOPE' })), { name: 'NoSuchChange' });
    });

    it('are refused with the words of AWS', async () => {
      await change(create(address('there.example.com')), create(cname('name.example.com', 'there.example.com')));
      const cases: [Change, string][] = [
        [
          create(address('there.example.com')),
          "[Tried to create resource record set [name='there.example.com.', type='A'] but it already exists]",
        ],
        [
          remove(address('nowhere.example.com')),
          "[Tried to delete resource record set [name='nowhere.example.com.', type='A'] but it was not found]",
        ],
        [
          remove(address('there.example.com', '192.0.2.9')),
          "[Tried to delete resource record set [name='there.example.com.', type='A'] but the values provided do not match the current values]",
        ],
        [
          create(address('name.example.com')),
          '[RRSet of type A with DNS name name.example.com. is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone example.com.]',
        ],
        [
          create(cname('there.example.com', 'x.example.com')),
          '[RRSet of type CNAME with DNS name there.example.com. is not permitted as it conflicts with other records with the same DNS name in zone example.com.]',
        ],
        [
          create(cname('example.com', 'x.example.com')),
          '[RRSet of type CNAME with DNS name example.com. is not permitted at apex in zone example.com.]',
        ],
        [
          create(address('web.example.org')),
          '[RRSet with DNS name web.example.org. is not permitted in zone example.com.]',
        ],
        [
          create(address('bad.example.com', 'fish')),
          "[Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with 'fish'']",
        ],
        [
          create(alias('odd.example.com', 'elsewhere.example.org')),
          `[Tried to create an alias that targets elsewhere.example.org., type A in zone ${ELB_ZONE}, but the alias target name does not lie within the target zone, Tried to create an alias that targets elsewhere.example.org., type A in zone ${ELB_ZONE}, but that target was not found]`,
        ],
        [
          create(alias('odd.example.com', 'dualstack.gone-1.eu-west-1.elb.amazonaws.com')),
          `[Tried to create an alias that targets dualstack.gone-1.eu-west-1.elb.amazonaws.com., type A in zone ${ELB_ZONE}, but that target was not found]`,
        ],
        [
          create({ ...address('twin.example.com'), ResourceRecords: [{ Value: '192.0.2.1' }, { Value: '192.0.2.1' }] }),
          "[Duplicate Resource Record: '192.0.2.1']",
        ],
        [
          create({ ...address('text.example.com', 'bare'), Type: 'TXT' }),
          "[Invalid Resource Record: 'FATAL problem: InvalidCharacterString (Value should be enclosed in quotation marks) encountered with 'bare'']",
        ],
        [
          create({ ...address('there.example.com'), SetIdentifier: 'blue', Weight: 1 }),
          '[RRSet with DNS name there.example.com., type A, SetIdentifier blue cannot be created as a non-weighted set exists with the same name and type.]',
        ],
      ];
      for (const [one, message] of cases) {
        await assert.rejects(change(one), { name: 'InvalidChangeBatch', message }, message);
      }
    });

    it('happen all or not at all, and every objection is named', async () => {
      const before = await records();
      await assert.rejects(
        change(
          create(address('first.example.com')),
          remove(address('nowhere.example.com')),
          create(address('first.example.com')),
        ),
        (error: Error) => {
          assert.match(
            error.message,
            /'nowhere.example.com.', type='A'\] but it was not found, The request contains an invalid set of changes for a resource record set 'A first.example.com.'\]$/,
          );
          return true;
        },
      );
      assert.deepEqual(await records(), before);
    });

    it('apply in order: delete and create of one name in one batch', async () => {
      await change(create(cname('moved.example.com', 'old.example.com')));
      const target = `dualstack.${balancer}`;
      await change(remove(cname('moved.example.com', 'old.example.com')), create(alias('moved.example.com', target)));
      const [now] = await named('moved.example.com');
      assert.equal(now!.AliasTarget!.DNSName, `${target}.`);
      assert.equal(now!.TTL, undefined);
      await assert.rejects(
        change(remove(alias('moved.example.com', target)), remove(alias('moved.example.com', target))),
        { name: 'InvalidChangeBatch' },
      );
    });

    it('may be repeated as UPSERT', async () => {
      await change(upsert(address('again.example.com')));
      await change(upsert(address('again.example.com')));
      await change(upsert(address('again.example.com', '192.0.2.2')));
      assert.deepEqual(await named('again.example.com'), [address('again.example.com.', '192.0.2.2')]);
    });

    it('need either values with a TTL or an alias target', async () => {
      await assert.rejects(change(create({ Name: 'none.example.com', Type: 'A' })), { name: 'InvalidInput' });
      const both = { ...alias('both.example.com', 'a.eu-west-1.elb.amazonaws.com'), TTL: 60 };
      await assert.rejects(change(create(both)), { name: 'InvalidInput' });
    });
  });

  describe('lists', () => {
    it('are ordered by reversed labels, start where asked, and come in pages', async () => {
      const names = ['b.order.example.com', 'a.order.example.com', 'z.a.order.example.com', '*.order.example.com'];
      await change(...names.map((name) => create(address(name))));
      const start = { StartRecordName: 'order.example.com', StartRecordType: 'A' as const };
      const ordered = (await records(start)).map(({ Name }) => Name!).filter((name) => name.includes('order'));
      assert.deepEqual(ordered, [
        '\\052.order.example.com.',
        'a.order.example.com.',
        'z.a.order.example.com.',
        'b.order.example.com.',
      ]);
      const [first] = await records({ StartRecordName: 'aa.order.example.com', StartRecordType: 'A' });
      assert.equal(first!.Name, 'b.order.example.com.', 'a start is no filter');

      const all: string[] = [];
      let next: object | undefined = {};
      while (next !== undefined) {
        const page: ListResourceRecordSetsCommandOutput = await route53.send(
          new ListResourceRecordSetsCommand({ HostedZoneId: zone, MaxItems: 2, ...next }),
        );
        all.push(...page.ResourceRecordSets!.map(({ Name, Type }) => `${Name} ${Type}`));
        next = page.IsTruncated
          ? { StartRecordName: page.NextRecordName, StartRecordType: page.NextRecordType }
          : undefined;
      }
      assert.deepEqual(
        all,
        (await records()).map(({ Name, Type }) => `${Name} ${Type}`),
      );
    });

    it('say when a zone is not there', async () => {
      await assert.rejects(route53.send(new GetHostedZoneCommand({ Id: 'ZNOPE' })), {
        name: 'NoSuchHostedZone',
        message: 'No hosted zone found with ID: ZNOPE',
      });
    });
  });

  it('makes zones once per caller reference, and deletes empty ones only', async () => {
    const input = { Name: 'example.org', CallerReference: 'once' };
    const { HostedZone: made, Location, DelegationSet } = await route53.send(new CreateHostedZoneCommand(input));
    assert.ok(Location!.endsWith(made!.Id!));
    assert.equal(DelegationSet!.NameServers!.length, 4);
    await assert.rejects(route53.send(new CreateHostedZoneCommand(input)), { name: 'HostedZoneAlreadyExists' });
    const { HostedZones } = await route53.send(new ListHostedZonesCommand({}));
    assert.ok(HostedZones!.some(({ Id, ResourceRecordSetCount }) => Id === made!.Id && ResourceRecordSetCount === 2));
    await change(upsert(address('kept.example.com')));
    await assert.rejects(route53.send(new DeleteHostedZoneCommand({ Id: zone })), { name: 'HostedZoneNotEmpty' });
    await route53.send(new DeleteHostedZoneCommand({ Id: made!.Id! }));
    await assert.rejects(route53.send(new GetHostedZoneCommand({ Id: made!.Id! })), { name: 'NoSuchHostedZone' });
    await assert.rejects(route53.send(new CreateHostedZoneCommand(input)), { name: 'HostedZoneAlreadyExists' });
  });

  it('keeps health checks: once per reference, versioned, tagged, with a status', async () => {
    const HealthCheckConfig = {
      Type: 'HTTP' as const,
      FullyQualifiedDomainName: 'nobody.example.com',
      ResourcePath: '/health',
    };
    const make = (more: object = {}) =>
      route53.send(
        new CreateHealthCheckCommand({
          CallerReference: 'check',
          HealthCheckConfig: { ...HealthCheckConfig, ...more },
        }),
      );
    const { HealthCheck: made, Location } = await make();
    const HealthCheckId = made!.Id!;
    assert.ok(Location!.endsWith(HealthCheckId));
    assert.deepEqual([made!.HealthCheckConfig!.Port, made!.HealthCheckConfig!.RequestInterval], [80, 30]);
    assert.equal((await make()).HealthCheck!.Id, HealthCheckId);
    await assert.rejects(make({ ResourcePath: '/other' }), { name: 'HealthCheckAlreadyExists' });

    const update = (HealthCheckVersion: number) =>
      route53.send(new UpdateHealthCheckCommand({ HealthCheckId, HealthCheckVersion, ResourcePath: '/other' }));
    assert.equal((await update(1)).HealthCheck!.HealthCheckVersion, 2);
    await assert.rejects(update(1), { name: 'HealthCheckVersionMismatch' });
    const { HealthCheck: found } = await route53.send(new GetHealthCheckCommand({ HealthCheckId }));
    assert.equal(found!.HealthCheckConfig!.ResourcePath, '/other');
    assert.equal(found!.HealthCheckConfig!.FullyQualifiedDomainName, 'nobody.example.com');

    const resource = { ResourceType: 'healthcheck' as const, ResourceId: HealthCheckId };
    const tags = [
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '2' },
    ];
    await route53.send(new ChangeTagsForResourceCommand({ ...resource, AddTags: tags }));
    await route53.send(new ChangeTagsForResourceCommand({ ...resource, RemoveTagKeys: ['a'] }));
    const { ResourceTagSet } = await route53.send(new ListTagsForResourceCommand(resource));
    assert.deepEqual(ResourceTagSet!.Tags, [{ Key: 'b', Value: '2' }]);

    const { HealthCheckObservations } = await route53.send(new GetHealthCheckStatusCommand({ HealthCheckId }));
    assert.match(HealthCheckObservations![0]!.StatusReport!.Status!, /^Failure: /);

    await route53.send(new DeleteHealthCheckCommand({ HealthCheckId }));
    assert.deepEqual((await route53.send(new ListHealthChecksCommand({}))).HealthChecks, []);
    await assert.rejects(route53.send(new GetHealthCheckCommand({ HealthCheckId })), { name: 'NoSuchHealthCheck' });
  });
});
