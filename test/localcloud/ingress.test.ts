import assert from 'node:assert/strict';
import { Agent, createServer } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { connect } from 'node:net';
import { ACMClient, ListCertificatesCommand } from '@aws-sdk/client-acm';
import {
  CreateLoadBalancerCommand,
  DeleteLoadBalancerCommand,
  DescribeInstanceHealthCommand,
  DescribeLoadBalancersCommand,
  ElasticLoadBalancingClient,
  RegisterInstancesWithLoadBalancerCommand,
} from '@aws-sdk/client-elastic-load-balancing';
import {
  ChangeResourceRecordSetsCommand,
  CreateHealthCheckCommand,
  DeleteHealthCheckCommand,
  GetChangeCommand,
  GetHealthCheckStatusCommand,
  ListHostedZonesCommand,
  Route53Client,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { chooseListener } from '../../src/localcloud/ingress.ts';
import type { Protocol } from '../../src/localcloud/services/elb/model.ts';
import { startEdge, type Edge } from './support/edge.ts';
import { ask, until } from './support/http.ts';

const PORT = 11000;

describe('localcloud ingress', () => {
  let edge: Edge;
  let dnsName: string;
  let elb: ElasticLoadBalancingClient;
  let route53: Route53Client;

  before(async () => {
    edge = await startEdge();
    elb = new ElasticLoadBalancingClient(edge.sdk);
    route53 = new Route53Client(edge.sdk);
    const { CertificateSummaryList: known } = await new ACMClient(edge.sdk).send(new ListCertificatesCommand({}));
    dnsName = await createBalancer('web', [
      { Protocol: 'HTTP', LoadBalancerPort: 80 },
      { Protocol: 'HTTPS', LoadBalancerPort: 443, SSLCertificateId: known![0]!.CertificateArn },
    ]);
    for (const { instanceId } of edge.machines.list().slice(0, 2)) {
      const server = createServer((request, response) => {
        const seconds = Number(new URL(request.url!, 'http://x').searchParams.get('seconds') ?? 0);
        setTimeout(
          () => response.end(`${request.headers['x-forwarded-proto']} ${request.headers.host}`),
          seconds * 1000,
        );
      });
      await edge.listen(instanceId, PORT, server);
    }
    const Instances = edge.machines
      .list()
      .slice(0, 2)
      .map(({ instanceId }) => ({ InstanceId: instanceId }));
    await elb.send(new RegisterInstancesWithLoadBalancerCommand({ LoadBalancerName: 'web', Instances }));
    await point({
      Name: 'web.example.com',
      Type: 'A',
      AliasTarget: { HostedZoneId: 'Z32O12XQLNTSW2', DNSName: `dualstack.${dnsName}`, EvaluateTargetHealth: false },
    });
    await until(
      () => elb.send(new DescribeInstanceHealthCommand({ LoadBalancerName: 'web' })),
      ({ InstanceStates }) => InstanceStates!.every(({ State }) => State === 'InService'),
    );
  });
  after(() => edge.stop());

  const createBalancer = async (LoadBalancerName: string, listeners: object[]): Promise<string> => {
    const input = {
      LoadBalancerName,
      AvailabilityZones: ['eu-west-1a', 'eu-west-1b'],
      Listeners: listeners.map((listener) => ({ InstanceProtocol: 'HTTP', InstancePort: PORT, ...listener }) as never),
    };
    return (await elb.send(new CreateLoadBalancerCommand(input))).DNSName!;
  };
  const point = async (record: ResourceRecordSet): Promise<void> => {
    const { HostedZones } = await route53.send(new ListHostedZonesCommand({}));
    const { ChangeInfo } = await route53.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: HostedZones![0]!.Id,
        ChangeBatch: { Changes: [{ Action: 'UPSERT', ResourceRecordSet: record }] },
      }),
    );
    edge.engine.clock.setSpeed(1000);
    await until(
      () => route53.send(new GetChangeCommand({ Id: ChangeInfo!.Id })),
      (answer) => answer.ChangeInfo!.Status === 'INSYNC',
    );
    edge.engine.clock.setSpeed(50);
  };

  it('follows an alias to the listener of the scheme', async () => {
    const plain = await ask(edge.ports.http, { host: 'web.example.com' });
    assert.deepEqual([plain.status, plain.body], [200, 'http web.example.com']);
    const secure = await ask(edge.ports.https, { host: `WEB.example.com:${edge.ports.https}`, scheme: 'https' });
    assert.deepEqual([secure.status, secure.body], [200, `https WEB.example.com:${edge.ports.https}`]);
  });

  it('knows balancers by their own DNS names', async () => {
    for (const host of [dnsName, `dualstack.${dnsName}`]) {
      assert.equal((await ask(edge.ports.http, { host })).status, 200, host);
    }
  });

  it('follows CNAMEs and wildcards, but not for ever', async () => {
    await point({ Name: 'also.example.com', Type: 'CNAME', TTL: 60, ResourceRecords: [{ Value: 'web.example.com' }] });
    await point({ Name: '*.wild.example.com', Type: 'CNAME', TTL: 60, ResourceRecords: [{ Value: dnsName }] });
    await point({ Name: 'loop.example.com', Type: 'CNAME', TTL: 60, ResourceRecords: [{ Value: 'loop.example.com' }] });
    assert.equal((await ask(edge.ports.http, { host: 'also.example.com' })).status, 200);
    assert.equal((await ask(edge.ports.http, { host: 'any.wild.example.com' })).status, 200);
    assert.equal((await ask(edge.ports.http, { host: 'loop.example.com' })).status, 404);
  });

  it('is what health checks of Route 53 ask', async () => {
    const check = async (CallerReference: string, more: object): Promise<string[]> => {
      const HealthCheckConfig = {
        Type: 'HTTP_STR_MATCH' as const,
        FullyQualifiedDomainName: 'web.example.com',
        RequestInterval: 10,
        ...more,
      };
      const { HealthCheck } = await route53.send(new CreateHealthCheckCommand({ CallerReference, HealthCheckConfig }));
      const { HealthCheckObservations } = await until(
        () => route53.send(new GetHealthCheckStatusCommand({ HealthCheckId: HealthCheck!.Id! })),
        (answer) => answer.HealthCheckObservations!.length === 3,
      );
      await route53.send(new DeleteHealthCheckCommand({ HealthCheckId: HealthCheck!.Id! }));
      return HealthCheckObservations!.map(({ StatusReport }) => StatusReport!.Status!);
    };
    const success = 'Success: HTTP Status Code 200, OK';
    assert.deepEqual(await check('found', { SearchString: 'http web.example.com' }), [success, success, success]);
    assert.match((await check('missing', { SearchString: 'https web' }))[0]!, /^Failure: .*search string/i);
    assert.equal((await check('secure', { Type: 'HTTPS' }))[0], success);
    assert.match((await check('tcp', { Type: 'TCP', Port: 80 }))[0]!, /^Success: /);
  });

  it('answers by the old record until a change is INSYNC', async () => {
    const { HostedZones } = await route53.send(new ListHostedZonesCommand({}));
    const record = { Name: 'late.example.com', Type: 'CNAME' as const, TTL: 60, ResourceRecords: [{ Value: dnsName }] };
    const { ChangeInfo } = await route53.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: HostedZones![0]!.Id,
        ChangeBatch: { Changes: [{ Action: 'CREATE', ResourceRecordSet: record }] },
      }),
    );
    assert.equal((await ask(edge.ports.http, { host: 'late.example.com' })).status, 404);
    await until(
      () => ask(edge.ports.http, { host: 'late.example.com' }),
      ({ status }) => status === 200,
    );
    assert.ok(edge.engine.clock.now() - ChangeInfo!.SubmittedAt!.getTime() >= 30_000);
  });

  it('says what is missing: the record, the balancer', async () => {
    const unknown = await ask(edge.ports.http, { host: 'unknown.example.com' });
    assert.equal(unknown.status, 404);
    assert.match(unknown.body, /'unknown.example.com' has no record/);
    for (const host of ['<script>', 'no_such host.example.com', 'UNKNOWN.example.com.']) {
      const strange = await ask(edge.ports.http, { host });
      assert.deepEqual([strange.status, JSON.parse(strange.body).message], [404, `The host '${host}' has no record.`]);
    }
    const gone = await createBalancer('gone', [{ Protocol: 'HTTP', LoadBalancerPort: 80 }]);
    await point({ Name: 'gone.example.com', Type: 'CNAME', TTL: 60, ResourceRecords: [{ Value: gone }] });
    assert.equal((await ask(edge.ports.http, { host: 'gone.example.com' })).status, 503, 'nobody is registered');
    await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerName: 'gone' }));
    const lost = await ask(edge.ports.http, { host: 'gone.example.com' });
    assert.equal(lost.status, 404);
    assert.match(lost.body, /leads to gone-\d+\..* which is no load balancer/);
  });

  it('survives what no URL may hold, and clients that leave early', async () => {
    const socket = connect(edge.ports.http, '127.0.0.1');
    socket.write(Buffer.from('GET /\xff\xfe HTTP/1.1\r\nhost: web.example.com\r\n\r\n', 'latin1'));
    const line = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
    assert.match(line, /^HTTP\/1\.1 400 /);
    socket.destroy();
    const hasty = connect(edge.ports.http, '127.0.0.1', () => {
      hasty.write('GET /?seconds=1 HTTP/1.1\r\nhost: web.example.com\r\n\r\n', () => hasty.destroy());
    });
    await new Promise((resolve) => hasty.on('close', resolve));
    assert.equal((await ask(edge.ports.http, { host: 'web.example.com' })).status, 200);
  });

  it('loses nothing of 2,000 requests on kept and fresh connections, slow ones among them', async function () {
    this.timeout(60_000);
    const plain = new Agent({ keepAlive: true, maxSockets: 8 });
    const secure = new SecureAgent({ keepAlive: true, maxSockets: 4, rejectUnauthorized: false });
    const failures: string[] = [];
    const run = async (count: number, options: object, port: number): Promise<void> => {
      for (let i = 0; i < count; i += 1) {
        try {
          const { status } = await ask(port, { host: 'web.example.com', ...options });
          if (status !== 200) failures.push(String(status));
        } catch (error) {
          failures.push((error as Error).message);
        }
      }
    };
    const { http, https } = edge.ports;
    await Promise.all([
      ...Array.from({ length: 8 }, () => run(150, { agent: plain }, http)),
      ...Array.from({ length: 4 }, () => run(100, { agent: secure, scheme: 'https' }, https)),
      ...Array.from({ length: 4 }, () => run(99, {}, http)),
      ...Array.from({ length: 4 }, () => run(1, { path: '/?seconds=1', agent: plain }, http)),
    ]);
    plain.destroy();
    secure.destroy();
    assert.deepEqual(failures, []);
  });

  it('comes up again after a restart, with the same addresses, records and health', async () => {
    const saved = edge.save();
    const describe = async () =>
      (await elb.send(new DescribeLoadBalancersCommand({ LoadBalancerNames: ['web'] }))).LoadBalancerDescriptions;
    const places = () => edge.elb.list().map(({ settings }) => edge.engine.network.resolve(settings.address, 80));
    const before = { described: await describe(), places: places(), certificate: edge.elb.certificate() };
    await edge.stop();
    edge = await startEdge({ saved });
    elb = new ElasticLoadBalancingClient(edge.sdk);
    assert.deepEqual({ described: await describe(), places: places(), certificate: edge.elb.certificate() }, before);
    const { InstanceStates } = await elb.send(new DescribeInstanceHealthCommand({ LoadBalancerName: 'web' }));
    assert.deepEqual(
      InstanceStates!.map(({ State }) => State),
      ['InService', 'InService'],
    );
    const { instanceId } = edge.machines.list()[0]!;
    await edge.listen(
      instanceId,
      PORT,
      createServer((_request, response) => response.end('again')),
    );
    await until(
      () => ask(edge.ports.http, { host: 'web.example.com' }),
      ({ status, body }) => status === 200 && body === 'again',
    );
  });
});

describe('localcloud ingress chooseListener', () => {
  const listener = (protocol: Protocol, loadBalancerPort: number) => ({ protocol, loadBalancerPort });
  const cases: [string, ReturnType<typeof listener>[], 'http' | 'https', number | undefined][] = [
    ['by scheme', [listener('HTTP', 80), listener('HTTPS', 443)], 'https', 443],
    ['the usual port first', [listener('HTTP', 8080), listener('HTTP', 80)], 'http', 80],
    ['the only one for the other scheme', [listener('HTTPS', 443)], 'http', 443],
    ['TCP for http', [listener('HTTPS', 443), listener('TCP', 1234)], 'http', 1234],
    ['none of several others', [listener('HTTPS', 443), listener('SSL', 8443)], 'http', undefined],
  ];
  for (const [name, listeners, scheme, port] of cases) {
    it(name, () => assert.equal(chooseListener(listeners, scheme)?.loadBalancerPort, port));
  }
});
