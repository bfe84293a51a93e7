import assert from 'node:assert/strict';
import { CreateLoadBalancerCommand, ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing';
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  GetChangeCommand,
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
  TestDNSAnswerCommand,
  type Change,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { startStill, type Still } from './support/still.ts';

const address = (Name: string, Value = '192.0.2.1'): ResourceRecordSet => ({
  Name,
  Type: 'A',
  TTL: 60,
  ResourceRecords: [{ Value }],
});
const upsert = (record: ResourceRecordSet): Change => ({ Action: 'UPSERT', ResourceRecordSet: record });
const create = (record: ResourceRecordSet): Change => ({ Action: 'CREATE', ResourceRecordSet: record });
const remove = (record: ResourceRecordSet): Change => ({ Action: 'DELETE', ResourceRecordSet: record });
const text = (Name: string, values: string[]): ResourceRecordSet => ({
  Name,
  Type: 'TXT',
  TTL: 60,
  ResourceRecords: values.map((Value) => ({ Value })),
});

describe('localcloud Route 53 changes, by the second', () => {
  let still: Still;
  let route53: Route53Client;
  let HostedZoneId: string;

  beforeEach(async () => {
    still = await startStill();
    await connect();
  });
  afterEach(() => still.stop());

  const connect = async (): Promise<void> => {
    route53 = new Route53Client(still.sdk());
    const { HostedZones } = await route53.send(new ListHostedZonesByNameCommand({ DNSName: 'example.com' }));
    HostedZoneId = HostedZones![0]!.Id!.replace('/hostedzone/', '');
  };
  const change = async (...Changes: Change[]): Promise<string> =>
    (await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes } }))).ChangeInfo!
      .Id!;
  const status = async (Id: string) => (await route53.send(new GetChangeCommand({ Id }))).ChangeInfo!.Status!;
  const dig = async (RecordName: string) => {
    const { RecordData, ResponseCode } = await route53.send(
      new TestDNSAnswerCommand({ HostedZoneId, RecordName, RecordType: 'A' }),
    );
    return ResponseCode === 'NOERROR' ? RecordData!.join() : ResponseCode;
  };

  it('are PENDING for 30 to 60 seconds, differently long, and DNS answers anew only then', async () => {
    const lasting = new Set<number>();
    for (let i = 0; i < 4; i += 1) {
      const id = await change(upsert(address('web.example.com', `192.0.2.${i}`)));
      const before = await dig('web.example.com');
      await still.seconds(29);
      let seconds = 29;
      for (; (await status(id)) === 'PENDING'; seconds += 1) {
        assert.equal(await dig('web.example.com'), before);
        await still.seconds(1);
      }
      assert.equal(await dig('web.example.com'), `192.0.2.${i}`);
      assert.ok(seconds >= 30 && seconds <= 60, String(seconds));
      lasting.add(seconds);
    }
    assert.ok(lasting.size > 1);
  });

  it('reach DNS in the order they were made', async () => {
    for (let i = 1; i < 6; i += 1) await change(upsert(address('web.example.com', `192.0.2.${i}`)));
    const seen: (string | undefined)[] = [];
    for (let i = 0; i < 60; i += 1) {
      await still.seconds(1);
      const now = await dig('web.example.com');
      if (now !== seen.at(-1)) seen.push(now);
    }
    assert.equal(seen[0], 'NXDOMAIN');
    assert.deepEqual(seen.slice(1), seen.slice(1).toSorted());
    assert.equal(seen.at(-1), '192.0.2.5');
  });

  it('stay PENDING and unanswered while the world holds them up; what was INSYNC stays so', async () => {
    const early = await change(create(address('early.example.com')));
    await still.seconds(60);
    still.settings.dnsPending = true;
    const held = await change(create(address('held.example.com')));
    await still.seconds(3600);
    assert.deepEqual([await status(early), await status(held)], ['INSYNC', 'PENDING']);
    assert.equal(await dig('held.example.com'), 'NXDOMAIN');
    still.settings.dnsPending = false;
    assert.equal(await status(held), 'INSYNC');
    assert.equal(await dig('held.example.com'), '192.0.2.1');
  });

  it('need names whose labels DNS can hold', async () => {
    const longest = `${'x'.repeat(63)}.example.com`;
    await change(create(address(longest)));
    const refused = [
      [
        `x${longest}`,
        `[FATAL problem: DomainLabelTooLong (Domain label is too long) encountered with '${'x'.repeat(64)}']`,
      ],
      ['a..example.com', "[FATAL problem: DomainLabelEmpty (Domain label is empty) encountered with 'a..example.com']"],
    ] as const;
    for (const [name, message] of refused) {
      await assert.rejects(change(create(address(name))), { name: 'InvalidChangeBatch', message });
    }
    const name = `${`${'x'.repeat(60)}.`.repeat(4)}example.com`;
    await assert.rejects(change(create(address(name))), { name: 'InvalidChangeBatch' });
  });

  it('are refused while another one of the zone is being processed', async () => {
    const names = Array.from({ length: 8 }, (_, i) => `n${i}.example.com`);
    const results = await Promise.allSettled(names.map((name) => change(create(address(name)))));
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
    assert.ok(refused.length > 0 && refused.length < names.length, String(refused.length));
    for (const error of refused) {
      assert.equal(error.name, 'PriorRequestNotComplete');
      assert.equal(error.message, 'The request was rejected because Route 53 was still processing a prior request.');
    }
    const { ResourceRecordSets } = await route53.send(new ListResourceRecordSetsCommand({ HostedZoneId }));
    assert.equal(ResourceRecordSets!.filter(({ Type }) => Type === 'A').length, names.length - refused.length);

    await change(create(address('one.example.com')));
    await change(create(address('two.example.com')));
    still.settings.dnsBusy = true;
    await assert.rejects(change(create(address('three.example.com'))), { name: 'PriorRequestNotComplete' });
    still.settings.dnsBusy = false;
    await change(create(address('three.example.com')));
  });

  it('hold at most 1,000 values and 32,000 characters, UPSERT counted twice', async () => {
    const records = (count: number, from = 0) =>
      Array.from({ length: count }, (_, i) => address(`r${from + i}.example.com`));
    await change(...records(1000).map(create));
    await assert.rejects(change(...records(1001).map(create)), {
      name: 'InvalidChangeBatch',
      message: '[Number of records limit of 1000 exceeded.]',
    });
    await change(...records(500).map(upsert));
    await assert.rejects(change(...records(501).map(upsert)), {
      message: '[Number of records limit of 1000 exceeded.]',
    });
    const long = (count: number) =>
      text(
        'long.example.com',
        Array.from({ length: count }, (_, i) => `"${String(i).padStart(3998, 'x')}"`),
      );
    await change(upsert(long(4)));
    await assert.rejects(change(upsert(long(5))), { message: '[Number of characters limit of 32000 exceeded.]' });
    const wide = Array.from({ length: 401 }, (_, i) => `"${i}"`);
    await assert.rejects(change(create(text('wide.example.com', wide))), { name: 'InvalidChangeBatch' });
  });

  it('may take a set away and make it anew in one batch, and touch it twice in no other way', async () => {
    const twice = {
      name: 'InvalidChangeBatch',
      message: "[The request contains an invalid set of changes for a resource record set 'A web.example.com.']",
    };
    const [old, fresh] = [address('web.example.com'), address('web.example.com', '192.0.2.2')];
    await change(create(old));
    await change(remove(old), create(fresh));
    await assert.rejects(change(remove(fresh), remove(fresh)), twice);
    await assert.rejects(change(upsert(old), upsert(fresh)), twice);
    await assert.rejects(change(upsert(old), remove(old)), twice);
  });

  it('replace a CNAME by an alias in one batch, and leave the CNAME when the alias leads nowhere', async () => {
    const elb = new ElasticLoadBalancingClient(still.sdk());
    const { DNSName } = await elb.send(
      new CreateLoadBalancerCommand({
        LoadBalancerName: 'web',
        AvailabilityZones: ['eu-west-1a'],
        Listeners: [{ Protocol: 'HTTP', LoadBalancerPort: 80, InstancePort: 11_000 }],
      }),
    );
    const cname: ResourceRecordSet = {
      Name: 'web.example.com',
      Type: 'CNAME',
      TTL: 60,
      ResourceRecords: [{ Value: 'old.example.org' }],
    };
    const alias = (target: string, HostedZone = 'Z32O12XQLNTSW2'): ResourceRecordSet => ({
      Name: 'web.example.com',
      Type: 'A',
      AliasTarget: { HostedZoneId: HostedZone, DNSName: target, EvaluateTargetHealth: true },
    });
    await change(create(cname));
    await assert.rejects(change(remove(cname), create(alias('dualstack.nobody-1.eu-west-1.elb.amazonaws.com'))), {
      message: /but that target was not found\]$/,
    });
    await assert.rejects(change(remove(cname), create(alias(`dualstack.${DNSName}`, HostedZoneId))), {
      message: /does not lie within the target zone, Tried to create an alias .* but that target was not found\]$/,
    });
    const { ResourceRecordSets } = await route53.send(new ListResourceRecordSetsCommand({ HostedZoneId }));
    assert.ok(ResourceRecordSets!.some(({ Type }) => Type === 'CNAME'));
    await change(remove(cname), create(alias(`dualstack.${DNSName}`)));
  });

  it('name health checks and zones there are', async () => {
    const routed = { ...address('web.example.com'), SetIdentifier: 'a', Weight: 1, HealthCheckId: 'none' };
    await assert.rejects(change(create(routed)), { name: 'NoSuchHealthCheck' });
    await assert.rejects(change(create({ ...address('web.example.com'), Weight: 1 })), {
      name: 'InvalidInput',
      message:
        "Invalid request: Missing field 'SetIdentifier' in Change with [Action=CREATE, Name=web.example.com, Type=A, SetIdentifier=null]",
    });
    await assert.rejects(route53.send(new GetChangeCommand({ Id: 'C1' })), { name: 'NoSuchChange' });
  });

  it('are still on their way after a restart', async () => {
    const id = await change(create(address('web.example.com')));
    await still.seconds(20);
    const saved = still.save();
    await still.stop();
    still = await startStill({ saved });
    await connect();
    assert.equal(await status(id), 'PENDING');
    assert.equal(await dig('web.example.com'), 'NXDOMAIN');
    const pending = still.world().route53.report().pendingChanges;
    assert.deepEqual(
      pending.map(({ zone, names }) => [zone, names]),
      [['example.com.', ['web.example.com.']]],
    );
    await still.seconds(40);
    assert.equal(await status(id), 'INSYNC');
    assert.equal(await dig('web.example.com'), '192.0.2.1');
  });

  it('are too many for a zone when the cloud is strict', async () => {
    still.settings.strict = true;
    for (let i = 0; i < 495; i += 1) {
      const params = { Name: `z${i}.example.org`, CallerReference: String(i) };
      await still.world().route53.services[0]!.operations.CreateHostedZone!.run(params, undefined as never);
    }
    await still.seconds(60);
    const make = (name: string) => route53.send(new CreateHostedZoneCommand({ Name: name, CallerReference: name }));
    for (const name of ['a.net', 'b.net', 'c.net', 'd.net']) await make(name);
    await still.seconds(60);
    await assert.rejects(make('e.net'), { name: 'TooManyHostedZones' });
  });
});
