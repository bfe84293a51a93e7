import assert from 'node:assert/strict';
import {
  ConfigureHealthCheckCommand,
  CreateLoadBalancerCommand,
  ElasticLoadBalancingClient,
  RegisterInstancesWithLoadBalancerCommand,
} from '@aws-sdk/client-elastic-load-balancing';
import {
  ChangeResourceRecordSetsCommand,
  CreateHealthCheckCommand,
  DeleteHealthCheckCommand,
  GetHealthCheckCountCommand,
  GetHealthCheckLastFailureReasonCommand,
  GetHealthCheckStatusCommand,
  ListHealthChecksCommand,
  ListHostedZonesByNameCommand,
  Route53Client,
  UpdateHealthCheckCommand,
  type HealthCheckConfig,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { startStill, type Still } from './support/still.ts';

const PORT = 11_000;
const SUCCESS = 'Success: HTTP Status Code 200, OK';
const FAILURE = 'Failure: HTTP Status Code 503, Service Unavailable';

describe('localcloud Route 53 health, by the second', () => {
  let still: Still;
  let route53: Route53Client;
  let elb: ElasticLoadBalancingClient;
  let HostedZoneId: string;
  /** Status that probes of each balancer see. */
  let statuses: Record<string, number>;
  let dnsNames: Record<string, string>;

  beforeEach(async () => {
    still = await startStill();
    statuses = {};
    dnsNames = {};
    await connect();
  });
  afterEach(() => still.stop());

  const connect = async (): Promise<void> => {
    route53 = new Route53Client(still.sdk());
    elb = new ElasticLoadBalancingClient(still.sdk());
    const { HostedZones } = await route53.send(new ListHostedZonesByNameCommand({ DNSName: 'example.com' }));
    HostedZoneId = HostedZones![0]!.Id!;
  };
  /** A balancer with one instance; `statuses` says how that one is. */
  const build = async (name: string, port = PORT): Promise<string> => {
    const { DNSName } = await elb.send(
      new CreateLoadBalancerCommand({
        LoadBalancerName: name,
        AvailabilityZones: ['eu-west-1a', 'eu-west-1b'],
        Listeners: [{ Protocol: 'HTTP', LoadBalancerPort: 80, InstancePort: port }],
      }),
    );
    const limits = { Interval: 5, Timeout: 2, UnhealthyThreshold: 2, HealthyThreshold: 2 };
    const HealthCheck = { Target: `HTTP:${port}/`, ...limits };
    await elb.send(new ConfigureHealthCheckCommand({ LoadBalancerName: name, HealthCheck }));
    const [{ instanceId } = { instanceId: '' }] = still.world().machines.list();
    statuses[name] = 200;
    still.pretend(instanceId, port, () => statuses[name]!);
    const Instances = [{ InstanceId: instanceId }];
    await elb.send(new RegisterInstancesWithLoadBalancerCommand({ LoadBalancerName: name, Instances }));
    await still.seconds(10);
    return (dnsNames[name] = `${DNSName}.`);
  };
  const point = async (...records: ResourceRecordSet[]): Promise<void> => {
    const Changes = records.map((record) => ({ Action: 'UPSERT' as const, ResourceRecordSet: record }));
    await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes } }));
    await still.seconds(60);
  };
  const alias = (Name: string, balancer: string, more: Partial<ResourceRecordSet> = {}, evaluate = true) => ({
    Name,
    Type: 'A' as const,
    AliasTarget: {
      HostedZoneId: 'Z32O12XQLNTSW2',
      DNSName: `dualstack.${dnsNames[balancer]}`,
      EvaluateTargetHealth: evaluate,
    },
    ...more,
  });
  const resolve = (host: string): string | undefined => {
    const end = still
      .world()
      .route53.resolve(host)
      .replace(/^dualstack\./, '');
    return Object.keys(dnsNames).find((name) => dnsNames[name] === end);
  };
  const check = async (config: Partial<HealthCheckConfig> = {}, CallerReference = 'check'): Promise<string> => {
    const HealthCheckConfig = { Type: 'HTTP' as const, FullyQualifiedDomainName: 'web.example.com', ...config };
    return (await route53.send(new CreateHealthCheckCommand({ CallerReference, HealthCheckConfig }))).HealthCheck!.Id!;
  };
  const reports = async (HealthCheckId: string) => {
    const { HealthCheckObservations = [] } = await route53.send(new GetHealthCheckStatusCommand({ HealthCheckId }));
    return HealthCheckObservations;
  };
  const statusOf = async (id: string) => (await reports(id)).map(({ StatusReport }) => StatusReport!.Status!);
  const isHealthy = (id: string): boolean =>
    still
      .world()
      .route53.report()
      .healthChecks.find((one) => one.id === id)!.isHealthy;
  const fail = async (name: string, seconds = 10): Promise<void> => {
    statuses[name] = 500;
    await still.seconds(seconds);
  };

  describe('of health checks', () => {
    beforeEach(async () => {
      await build('web');
      await point(alias('web.example.com', 'web'));
    });

    it('is asked for every interval from three regions, and changes after FailureThreshold answers', async () => {
      const id = await check({ RequestInterval: 10, FailureThreshold: 3 });
      assert.deepEqual(await statusOf(id), [SUCCESS, SUCCESS, SUCCESS]);
      assert.deepEqual(
        (await reports(id)).map(({ Region }) => Region),
        ['us-east-1', 'eu-west-1', 'ap-southeast-1'],
      );
      const first = (await reports(id))[0]!.StatusReport!.CheckedTime!;
      await still.seconds(10);
      assert.equal((await reports(id))[0]!.StatusReport!.CheckedTime!.getTime() - first.getTime(), 10_000);
      statuses.web = 500;
      const seen: [string, boolean][] = [];
      for (let i = 0; i < 5; i += 1) {
        await still.seconds(10);
        seen.push([(await statusOf(id))[0]!, isHealthy(id)]);
      }
      const failures = seen.filter(([status]) => status === FAILURE).map(([, healthy]) => healthy);
      assert.deepEqual(failures.slice(0, 3), [true, true, false], JSON.stringify(seen));

      const { HealthCheckObservations } = await route53.send(
        new GetHealthCheckLastFailureReasonCommand({ HealthCheckId: id }),
      );
      assert.deepEqual(
        HealthCheckObservations!.map(({ StatusReport }) => StatusReport!.Status),
        [FAILURE, FAILURE, FAILURE],
      );
      statuses.web = 200;
      await still.seconds(60);
      assert.equal(isHealthy(id), true);
    });

    it('says when a name does not resolve, and when nothing listens', async () => {
      const lost = await check(
        { FullyQualifiedDomainName: 'nobody.example.com', Regions: ['us-west-1', 'us-west-2', 'sa-east-1'] },
        'a',
      );
      assert.deepEqual(await statusOf(lost), Array(3).fill('Failure: DNS resolution failed: Rcode NXDomain(3)'));
      const closed = await check({ Type: 'TCP', Port: 81 }, 'b');
      assert.match((await statusOf(closed))[0]!, /^Failure: The health checker could not establish a connection/);
      const open = await check({ Type: 'TCP', Port: 80 }, 'c');
      assert.match((await statusOf(open))[0]!, /^Success: /);
    });

    it('is turned around by Inverted, ignored when Disabled, and counted for CALCULATED', async () => {
      const plain = await check({ RequestInterval: 10 }, 'plain');
      const inverted = await check({ RequestInterval: 10, Inverted: true }, 'inverted');
      const disabled = await check({ RequestInterval: 10, Disabled: true }, 'disabled');
      const ChildHealthChecks = [plain, inverted, disabled];
      const calculate = (HealthThreshold: number) =>
        route53.send(
          new CreateHealthCheckCommand({
            CallerReference: `calculated-${HealthThreshold}`,
            HealthCheckConfig: { Type: 'CALCULATED', ChildHealthChecks, HealthThreshold },
          }),
        );
      const two = (await calculate(2)).HealthCheck!.Id!;
      const three = (await calculate(3)).HealthCheck!.Id!;
      assert.deepEqual([plain, inverted, disabled, two, three].map(isHealthy), [true, false, true, true, false]);
      await fail('web', 60);
      assert.deepEqual([plain, inverted, disabled, two, three].map(isHealthy), [false, true, true, true, false]);
      await route53.send(new UpdateHealthCheckCommand({ HealthCheckId: disabled, Disabled: false }));
      await still.seconds(60);
      assert.deepEqual([disabled, two].map(isHealthy), [false, false]);
    });

    it('goes on from where it was after a restart', async () => {
      const id = await check({ RequestInterval: 10 });
      await fail('web', 60);
      assert.equal(isHealthy(id), false);
      const saved = still.save();
      await still.stop();
      still = await startStill({ saved });
      await connect();
      assert.equal(isHealthy(id), false);
      const before = (await reports(id))[0]!.StatusReport!.CheckedTime!;
      await still.seconds(10);
      assert.ok((await reports(id))[0]!.StatusReport!.CheckedTime! > before);
    });

    it('is kept of what the settings allow', async () => {
      const wrong: Partial<HealthCheckConfig>[] = [
        { FullyQualifiedDomainName: undefined as never },
        { RequestInterval: 20 },
        { FailureThreshold: 11 },
        { Type: 'HTTP_STR_MATCH' },
        { SearchString: 'x' },
        { Type: 'TCP' },
        { Type: 'CALCULATED', ChildHealthChecks: ['nobody'], HealthThreshold: 1 },
        { Type: 'CLOUDWATCH_METRIC' },
      ];
      for (const config of wrong) await assert.rejects(check(config), { name: 'InvalidInput' }, JSON.stringify(config));
      const id = await check();
      await route53.send(new DeleteHealthCheckCommand({ HealthCheckId: id }));
      await assert.rejects(check(), { name: 'HealthCheckAlreadyExists' }, 'a reference is spent for ever');
      for (const reference of ['a', 'b', 'c']) await check({}, reference);
      assert.equal((await route53.send(new GetHealthCheckCountCommand({}))).HealthCheckCount, 3);
      const page = await route53.send(new ListHealthChecksCommand({ MaxItems: 2 }));
      const rest = await route53.send(new ListHealthChecksCommand({ Marker: page.NextMarker! }));
      assert.deepEqual(
        [page.HealthChecks!.length, page.IsTruncated, rest.HealthChecks!.length, rest.IsTruncated],
        [2, true, 1, false],
      );
      await assert.rejects(route53.send(new ListHealthChecksCommand({ Marker: 'x' })), { name: 'InvalidInput' });
    });
  });

  describe('of records', () => {
    it('leaves a single alias answered, healthy or not', async () => {
      await build('web');
      await point(alias('web.example.com', 'web'));
      await fail('web');
      assert.equal(resolve('web.example.com'), 'web');
    });

    it('decides between PRIMARY and SECONDARY', async () => {
      await build('main');
      await build('spare', PORT + 1);
      await point(
        alias('web.example.com', 'main', { SetIdentifier: 'main', Failover: 'PRIMARY' }),
        alias('web.example.com', 'spare', { SetIdentifier: 'spare', Failover: 'SECONDARY' }),
      );
      assert.equal(resolve('web.example.com'), 'main');
      await fail('main');
      assert.equal(resolve('web.example.com'), 'spare');
      await fail('spare');
      assert.equal(resolve('web.example.com'), 'main', 'when none is healthy the primary is answered');
      statuses.main = 200;
      await still.seconds(10);
      assert.equal(resolve('web.example.com'), 'main');
    });

    it('does not matter where it is not evaluated', async () => {
      await build('main');
      await build('spare', PORT + 1);
      await point(
        alias('web.example.com', 'main', { SetIdentifier: 'main', Failover: 'PRIMARY' }, false),
        alias('web.example.com', 'spare', { SetIdentifier: 'spare', Failover: 'SECONDARY' }, false),
      );
      await fail('main');
      assert.equal(resolve('web.example.com'), 'main');
    });

    it('takes sets out of a weighted choice, and the weights share the rest', async () => {
      await build('blue');
      await build('green', PORT + 1);
      await point(
        alias('web.example.com', 'blue', { SetIdentifier: 'blue', Weight: 30 }),
        alias('web.example.com', 'green', { SetIdentifier: 'green', Weight: 10 }),
      );
      const count = (): number => {
        const names = Array.from({ length: 400 }, () => resolve('web.example.com'));
        return names.filter((name) => name === 'blue').length;
      };
      const blue = count();
      assert.ok(blue > 240 && blue < 360, String(blue));
      await fail('blue');
      assert.equal(count(), 0);
    });

    it('follows the health check a record names', async () => {
      await build('main');
      await build('spare', PORT + 1);
      await point(alias('probe.example.com', 'main'));
      const HealthCheckId = await check({ FullyQualifiedDomainName: 'probe.example.com', RequestInterval: 10 });
      await point(
        alias('web.example.com', 'main', { SetIdentifier: 'main', Failover: 'PRIMARY', HealthCheckId }, false),
        alias('web.example.com', 'spare', { SetIdentifier: 'spare', Failover: 'SECONDARY' }, false),
      );
      assert.equal(resolve('web.example.com'), 'main');
      await fail('main', 60);
      assert.equal(resolve('web.example.com'), 'spare');
    });
  });
});
