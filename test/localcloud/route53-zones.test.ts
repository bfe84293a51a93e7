import assert from 'node:assert/strict';
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  CreateReusableDelegationSetCommand,
  DeleteHostedZoneCommand,
  DeleteReusableDelegationSetCommand,
  GetAccountLimitCommand,
  GetHostedZoneCommand,
  GetHostedZoneCountCommand,
  GetReusableDelegationSetCommand,
  ListHostedZonesByNameCommand,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  ListReusableDelegationSetsCommand,
  Route53Client,
  TestDNSAnswerCommand,
  UpdateHostedZoneCommentCommand,
  type CreateHostedZoneRequest,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { startStill, type Still } from './support/still.ts';

describe('localcloud Route 53 zones', () => {
  let still: Still;
  let route53: Route53Client;

  beforeEach(async () => {
    still = await startStill();
    route53 = new Route53Client(still.sdk());
  });
  afterEach(() => still.stop());

  const make = async (Name: string, more: Partial<CreateHostedZoneRequest> = {}) =>
    route53.send(new CreateHostedZoneCommand({ Name, CallerReference: Name, ...more }));
  const fill = async (HostedZoneId: string, ...records: ResourceRecordSet[]): Promise<void> => {
    const Changes = records.map((record) => ({ Action: 'CREATE' as const, ResourceRecordSet: record }));
    await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes } }));
    await still.seconds(60);
  };
  const record = (Name: string, Value: string, Type: 'A' | 'CNAME' = 'A'): ResourceRecordSet => ({
    Name,
    Type,
    TTL: 60,
    ResourceRecords: [{ Value }],
  });

  it('are listed by name from a start on, and by page', async () => {
    for (const name of ['b.org', 'a.org', 'www.a.org', 'a-b.org']) await make(name);
    const names = async (more: object): Promise<string[]> =>
      (await route53.send(new ListHostedZonesByNameCommand(more))).HostedZones!.map(({ Name }) => Name!);
    assert.deepEqual(await names({ DNSName: 'org' }), ['a-b.org.', 'a.org.', 'www.a.org.', 'b.org.']);
    assert.deepEqual(await names({ DNSName: 'www.a.org' }), ['www.a.org.', 'b.org.']);
    const page = await route53.send(new ListHostedZonesByNameCommand({ MaxItems: 2, DNSName: 'a.org' }));
    assert.deepEqual([page.IsTruncated, page.NextDNSName], [true, 'b.org.']);
    const rest = { DNSName: page.NextDNSName!, HostedZoneId: page.NextHostedZoneId! };
    assert.deepEqual(await names(rest), ['b.org.']);
    await assert.rejects(names({ HostedZoneId: 'Z1' }), { name: 'InvalidInput' });
    assert.equal((await route53.send(new GetHostedZoneCountCommand({}))).HostedZoneCount, 5);
    const limit = await route53.send(new GetAccountLimitCommand({ Type: 'MAX_HOSTED_ZONES_BY_OWNER' }));
    assert.deepEqual([limit.Limit!.Value, limit.Count], [500, 5]);
    await assert.rejects(route53.send(new ListHostedZonesCommand({ Marker: 'Z1' })), { name: 'InvalidInput' });
    await assert.rejects(route53.send(new ListHostedZonesCommand({ MaxItems: 'many' as never })), {
      name: 'InvalidInput',
    });
  });

  it('have comments and names that can be domains', async () => {
    const { HostedZone } = await make('a.org', { HostedZoneConfig: { Comment: 'first' } });
    const Id = HostedZone!.Id!;
    assert.equal(HostedZone!.Config!.Comment, 'first');
    await route53.send(new UpdateHostedZoneCommentCommand({ Id, Comment: 'second' }));
    assert.equal((await route53.send(new GetHostedZoneCommand({ Id }))).HostedZone!.Config!.Comment, 'second');
    for (const name of ['a..org', `${'x'.repeat(64)}.org`, '*.org']) {
      await assert.rejects(make(name), { name: 'InvalidDomainName' }, name);
    }
  });

  it('share the name servers of a reusable delegation set', async () => {
    const { DelegationSet } = await route53.send(new CreateReusableDelegationSetCommand({ CallerReference: 'one' }));
    const DelegationSetId = DelegationSet!.Id!;
    const first = await make('a.org', { DelegationSetId });
    const second = await make('b.org', { DelegationSetId });
    assert.deepEqual(first.DelegationSet!.NameServers, DelegationSet!.NameServers);
    assert.deepEqual(second.DelegationSet!.NameServers, DelegationSet!.NameServers);
    assert.notDeepEqual((await make('c.org')).DelegationSet!.NameServers, DelegationSet!.NameServers);
    await assert.rejects(make('www.a.org', { DelegationSetId }), { name: 'ConflictingDomainExists' });
    await assert.rejects(make('d.org', { DelegationSetId: 'N1' }), { name: 'NoSuchDelegationSet' });
    await assert.rejects(route53.send(new CreateReusableDelegationSetCommand({ CallerReference: 'one' })), {
      name: 'DelegationSetAlreadyCreated',
    });
    const { HostedZones } = await route53.send(new ListHostedZonesCommand({ DelegationSetId }));
    assert.deepEqual(
      HostedZones!.map(({ Name }) => Name),
      ['a.org.', 'b.org.'],
    );
    const remove = () => route53.send(new DeleteReusableDelegationSetCommand({ Id: DelegationSetId }));
    await assert.rejects(remove(), { name: 'DelegationSetInUse' });
    for (const { Id } of HostedZones!) await route53.send(new DeleteHostedZoneCommand({ Id }));
    await remove();
    await assert.rejects(route53.send(new GetReusableDelegationSetCommand({ Id: DelegationSetId })), {
      name: 'NoSuchDelegationSet',
    });
    assert.deepEqual((await route53.send(new ListReusableDelegationSetsCommand({}))).DelegationSets, []);
  });

  it('list records by reversed labels, the dot at the end and escaped characters counted', async () => {
    const Id = (await make('a.org')).HostedZone!.Id!;
    const names = ['x-1.a.org', 'x.a.org', 'y.x.a.org', '1.x.a.org', '*.x.a.org'];
    await fill(Id, ...names.map((name) => record(name, '192.0.2.1')));
    const list = async (more: object) =>
      (await route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: Id, ...more }))).ResourceRecordSets!;
    const found = (await list({ StartRecordName: 'b.a.org' })).map(({ Name }) => Name);
    assert.deepEqual(found, ['x-1.a.org.', 'x.a.org.', '\\052.x.a.org.', '1.x.a.org.', 'y.x.a.org.']);
    await assert.rejects(list({ StartRecordType: 'A' }), { name: 'InvalidInput' });
    await assert.rejects(list({ StartRecordName: 'a.org', StartRecordIdentifier: 'x' }), { name: 'InvalidInput' });
  });

  it('answer as DNS would', async () => {
    const Id = (await make('a.org')).HostedZone!.Id!.replace('/hostedzone/', '');
    await fill(
      Id,
      record('www.a.org', '192.0.2.1'),
      record('also.a.org', 'www.a.org', 'CNAME'),
      record('*.wild.a.org', '192.0.2.2'),
      record('fixed.wild.a.org', '192.0.2.3'),
    );
    const dig = async (RecordName: string, RecordType: 'A' | 'MX' = 'A') => {
      const answer = await route53.send(new TestDNSAnswerCommand({ HostedZoneId: Id, RecordName, RecordType }));
      return `${answer.ResponseCode} ${answer.RecordData!.join()}`.trim();
    };
    assert.equal(await dig('WWW.a.org'), 'NOERROR 192.0.2.1');
    assert.equal(await dig('www.a.org', 'MX'), 'NOERROR');
    assert.equal(await dig('also.a.org'), 'NOERROR www.a.org');
    assert.equal(await dig('any.wild.a.org'), 'NOERROR 192.0.2.2');
    assert.equal(await dig('very.deep.wild.a.org'), 'NOERROR 192.0.2.2');
    assert.equal(await dig('fixed.wild.a.org'), 'NOERROR 192.0.2.3');
    assert.equal(await dig('below.fixed.wild.a.org'), 'NXDOMAIN');
    assert.equal(await dig('nobody.a.org'), 'NXDOMAIN');
  });

  it('are separate for every account, the longest name deciding', async () => {
    const staging = new Route53Client(still.sdk('staging'));
    const zonesOf = async (client: Route53Client) =>
      (await client.send(new ListHostedZonesCommand({}))).HostedZones!.map(({ Name }) => Name);
    assert.deepEqual(await zonesOf(route53), ['example.com.']);
    assert.deepEqual(await zonesOf(staging), ['staging.example.com.']);
    assert.equal(still.world('staging').route53.zoneFor('a.staging.example.com'), 'staging.example.com.');
    assert.equal(still.world().route53.zoneFor('a.staging.example.com'), 'example.com.');
    assert.equal(still.world('staging').route53.zoneFor('a.example.com'), undefined);
  });
});
