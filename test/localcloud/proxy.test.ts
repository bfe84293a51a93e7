import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { createServer as createHttpServer, Agent, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import {
  ConfigureHealthCheckCommand,
  CreateLoadBalancerCommand,
  DescribeInstanceHealthCommand,
  ElasticLoadBalancingClient,
  ModifyLoadBalancerAttributesCommand,
  RegisterInstancesWithLoadBalancerCommand,
} from '@aws-sdk/client-elastic-load-balancing';
import { ACMClient, ListCertificatesCommand } from '@aws-sdk/client-acm';
import { createCertificate } from '../../src/localcloud/proxy/certificate.ts';
import { startEdge, type Edge } from './support/edge.ts';
import { ask, readBody, until, type AskOptions } from './support/http.ts';

const isProbe = (request: { headers: { 'user-agent'?: string } }): boolean =>
  request.headers['user-agent'] === 'ELB-HealthChecker/1.0';

describe('localcloud load balancer as a proxy', () => {
  let edge: Edge;
  let elb: ElasticLoadBalancingClient;
  let certificate: string;
  let nextPort = 12_000;

  before(async () => {
    edge = await startEdge();
    elb = new ElasticLoadBalancingClient(edge.sdk);
    const { CertificateSummaryList: known } = await new ACMClient(edge.sdk).send(new ListCertificatesCommand({}));
    certificate = known![0]!.CertificateArn!;
  });
  after(() => edge.stop());

  const inService = async (name: string): Promise<number> => {
    const { InstanceStates: states } = await elb.send(new DescribeInstanceHealthCommand({ LoadBalancerName: name }));
    return states!.filter(({ State }) => State === 'InService').length;
  };

  /** A balancer with one listener before backends that all use the same host port, each in service. */
  const build = async (name: string, backends: number, listener: object = {}, target = 'TCP'): Promise<number> => {
    const port = (nextPort += 1);
    await elb.send(
      new CreateLoadBalancerCommand({
        LoadBalancerName: name,
        AvailabilityZones: ['eu-west-1a', 'eu-west-1b'],
        Listeners: [
          { Protocol: 'HTTP', LoadBalancerPort: 80, InstanceProtocol: 'HTTP', InstancePort: port, ...listener },
        ],
      }),
    );
    const limits = { Interval: 10, Timeout: 5, HealthyThreshold: 2, UnhealthyThreshold: 2 };
    const Target = target === 'TCP' ? `TCP:${port}` : `${target}:${port}/`;
    await elb.send(new ConfigureHealthCheckCommand({ LoadBalancerName: name, HealthCheck: { Target, ...limits } }));
    await elb.send(
      new ModifyLoadBalancerAttributesCommand({
        LoadBalancerName: name,
        LoadBalancerAttributes: { CrossZoneLoadBalancing: { Enabled: true } },
      }),
    );
    const Instances = edge.machines
      .list()
      .slice(0, backends)
      .map(({ instanceId: InstanceId }) => ({ InstanceId }));
    await elb.send(new RegisterInstancesWithLoadBalancerCommand({ LoadBalancerName: name, Instances }));
    return port;
  };
  const serve = async (machine: number, port: number, listener: RequestListener): Promise<void> => {
    const { instanceId } = edge.machines.list()[machine]!;
    await edge.listen(instanceId, port, createHttpServer(listener));
  };
  const placeOf = (name: string, port = 80): { host: string; port: number } => {
    const { address } = edge.elb.list().find(({ settings }) => settings.name === name)!.settings;
    return edge.engine.network.resolve(address, port)!;
  };
  const request = (name: string, options: AskOptions = {}) => {
    const { host, port } = placeOf(name, options.scheme === 'https' ? 443 : 80);
    return ask(port, { address: host, ...options });
  };

  it('sends requests to all that are in service, one backend each', async () => {
    const port = await build('spread', 3);
    const counts = [0, 0, 0];
    for (const i of [0, 1, 2]) {
      await serve(i, port, (_request, response) => {
        counts[i]! += 1;
        response.end(String(i));
      });
    }
    await until(
      () => inService('spread'),
      (count) => count === 3,
    );
    for (let i = 0; i < 30; i += 1) assert.equal((await request('spread')).status, 200);
    assert.deepEqual(counts, [10, 10, 10]);
  });

  it('shares by zone first when cross-zone is off', async () => {
    const port = await build('zones', 3);
    await elb.send(
      new ModifyLoadBalancerAttributesCommand({
        LoadBalancerName: 'zones',
        LoadBalancerAttributes: { CrossZoneLoadBalancing: { Enabled: false } },
      }),
    );
    const counts: Record<string, number> = {};
    for (const i of [0, 1, 2]) {
      const { availabilityZone } = edge.machines.list()[i]!;
      await serve(i, port, (_request, response) => {
        counts[availabilityZone] = (counts[availabilityZone] ?? 0) + 1;
        response.end();
      });
    }
    await until(
      () => inService('zones'),
      (count) => count === 3,
    );
    for (let i = 0; i < 30; i += 1) assert.equal((await request('zones')).status, 200);
    assert.deepEqual(counts, { 'eu-west-1a': 15, 'eu-west-1b': 15 }, 'two instances in one zone, one in the other');
  });

  it('passes method, path, body and headers on, and tells where they came from', async () => {
    const port = await build('faithful', 1);
    await serve(0, port, async (incoming, response) => {
      const body = await readBody(incoming);
      const { method, url, headers } = incoming;
      response.writeHead(201, { 'x-custom': 'yes', 'set-cookie': ['a=1', 'b=2'] });
      response.end(JSON.stringify({ method, url, headers, body }));
    });
    await until(
      () => inService('faithful'),
      (count) => count === 1,
    );
    const body = 'x'.repeat(200_000);
    const answer = await request('faithful', {
      host: 'web.example.com',
      method: 'PUT',
      path: '/a/b?c=d',
      body,
      headers: { 'x-forwarded-for': '192.0.2.1', 'x-own': 'kept' },
    });
    assert.equal(answer.status, 201);
    assert.equal(answer.headers['x-custom'], 'yes');
    assert.deepEqual(answer.headers['set-cookie'], ['a=1', 'b=2']);
    const seen = JSON.parse(answer.body) as {
      method: string;
      url: string;
      headers: Record<string, string>;
      body: string;
    };
    assert.deepEqual([seen.method, seen.url, seen.body.length], ['PUT', '/a/b?c=d', body.length]);
    assert.equal(seen.headers.host, 'web.example.com');
    assert.equal(seen.headers['x-own'], 'kept');
    assert.match(seen.headers['x-forwarded-for']!, /^192\.0\.2\.1, 127\./);
    assert.deepEqual([seen.headers['x-forwarded-proto'], seen.headers['x-forwarded-port']], ['http', '80']);
    assert.equal(seen.headers['x-amzn-trace-id'], undefined, 'only the newer balancers trace');
    assert.equal((await request('faithful', { method: 'HEAD' })).status, 201);
  });

  it('answers 503 without a body while nobody is in service', async () => {
    await build('empty', 0);
    const { status, body } = await request('empty');
    assert.deepEqual([status, body], [503, '']);
  });

  it('tries no second backend: a killed listener costs requests until the threshold is reached', async () => {
    const port = await build('killed', 2);
    for (const i of [0, 1]) await serve(i, port, (_request, response) => response.end(String(i)));
    await until(
      () => inService('killed'),
      (count) => count === 2,
    );
    await edge.engine.network.close(edge.machines.list()[0]!.address, port);
    const killedAt = edge.engine.clock.now();
    const seen = { good: 0, bad: 0 };
    await until(
      async () => {
        const { status } = await request('killed');
        assert.ok([200, 504].includes(status), String(status));
        seen[status === 200 ? 'good' : 'bad'] += 1;
        return inService('killed');
      },
      (count) => count === 1,
    );
    const seconds = (edge.engine.clock.now() - killedAt) / 1000;
    assert.ok(seconds > 10 && seconds < 30, `two probes, 10 s apart, not ${seconds} s`);
    assert.ok(seen.bad > 0 && seen.good > 0, JSON.stringify(seen));
    for (let i = 0; i < 10; i += 1) assert.equal((await request('killed')).status, 200);
  });

  it('answers 504 for a backend that hangs up or says nothing, 502 for one that talks nonsense', async () => {
    const answers: Record<string, (socket: Socket) => void> = {
      '/hangs-up': (socket) => socket.destroy(),
      '/silent': () => undefined,
      '/nonsense': (socket) => void socket.end('nonsense\r\n\r\n'),
    };
    const port = await build('broken', 1);
    const { instanceId } = edge.machines.list()[0]!;
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (data) => answers[data.toString().split(' ')[1]!]!(socket));
    });
    await edge.listen(instanceId, port, server);
    await until(
      () => inService('broken'),
      (count) => count === 1,
    );
    await elb.send(
      new ModifyLoadBalancerAttributesCommand({
        LoadBalancerName: 'broken',
        LoadBalancerAttributes: { ConnectionSettings: { IdleTimeout: 1 } } as never,
      }),
    );
    assert.equal((await request('broken', { path: '/hangs-up' })).status, 504);
    assert.equal((await request('broken', { path: '/silent' })).status, 504);
    assert.equal((await request('broken', { path: '/nonsense' })).status, 502);
  });

  it('breaks the answer off when the backend breaks off in the middle of it', async () => {
    const port = await build('half', 1);
    await serve(0, port, (_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half');
      setTimeout(() => response.destroy(), 20);
    });
    await until(
      () => inService('half'),
      (count) => count === 1,
    );
    await assert.rejects(request('half'));
  });

  it('uses no connection to a backend twice, whatever clients do', async () => {
    const port = await build('fresh', 1);
    const sockets = new Set<Socket>();
    await serve(0, port, (incoming, response) => {
      sockets.add(incoming.socket);
      response.end();
    });
    await until(
      () => inService('fresh'),
      (count) => count === 1,
    );
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const before = sockets.size;
    for (let i = 0; i < 20; i += 1) assert.equal((await request('fresh', { agent })).status, 200);
    assert.equal(sockets.size - before, 20);
    agent.destroy();
  });

  it('forgets a request whose client has gone', async () => {
    const port = await build('gone', 1);
    let arrived = (): void => undefined;
    const first = new Promise<void>((resolve) => (arrived = resolve));
    let closed = false;
    await serve(0, port, (incoming, response) => {
      if (isProbe(incoming)) return void response.end();
      arrived();
      response.on('close', () => (closed = true));
    });
    await until(
      () => inService('gone'),
      (count) => count === 1,
    );
    const { host, port: bound } = placeOf('gone');
    const client = connect(bound, host, () => client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'));
    await first;
    client.destroy();
    await until(() => closed, Boolean);
  });

  it('ends TLS at HTTPS listeners, with a certificate for the zone', async () => {
    const listener = { Protocol: 'HTTPS', LoadBalancerPort: 443, SSLCertificateId: certificate };
    const port = await build('secure', 1, listener);
    await serve(0, port, (incoming, response) => response.end(incoming.headers['x-forwarded-proto']));
    await until(
      () => inService('secure'),
      (count) => count === 1,
    );
    const answer = await request('secure', { scheme: 'https', host: 'secure.example.com' });
    assert.deepEqual([answer.status, answer.body], [200, 'https']);
    const { host, port: bound } = placeOf('secure', 443);
    const { cert } = edge.elb.certificate();
    const socket = tlsConnect({ host, port: bound, ca: cert, servername: 'secure.example.com' });
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    assert.ok(socket.authorized);
    socket.destroy();
  });

  it('talks HTTPS to backends and probes them so, if told', async () => {
    const port = await build('inside', 1, { InstanceProtocol: 'HTTPS' }, 'HTTPS');
    const own = createCertificate(['backend.internal']);
    const server = createHttpsServer(own, (_request, response) => response.end('secret'));
    await edge.listen(edge.machines.list()[0]!.instanceId, port, server);
    await until(
      () => inService('inside'),
      (count) => count === 1,
    );
    assert.equal((await request('inside')).body, 'secret');
  });

  it('hands TCP connections through', async () => {
    const port = await build('raw', 1, { Protocol: 'TCP', InstanceProtocol: 'TCP', LoadBalancerPort: 1234 });
    const server = createTcpServer((socket) => socket.on('error', () => undefined).pipe(socket));
    await edge.listen(edge.machines.list()[0]!.instanceId, port, server);
    await until(
      () => inService('raw'),
      (count) => count === 1,
    );
    const { host, port: bound } = placeOf('raw', 1234);
    const socket = connect(bound, host);
    socket.write('ping');
    const [echo] = await new Promise<[Buffer]>((resolve) => socket.once('data', (data) => resolve([data])));
    assert.equal(echo.toString(), 'ping');
    socket.destroy();
  });
});

describe('localcloud certificate', () => {
  it('is a valid self-signed one for all of its names', () => {
    const { cert } = createCertificate(['*.example.com', 'example.com']);
    const parsed = new X509Certificate(cert);
    assert.ok(parsed.verify(parsed.publicKey));
    assert.equal(parsed.subject, 'CN=*.example.com');
    for (const host of ['example.com', 'a.example.com']) assert.ok(parsed.checkHost(host), host);
    assert.equal(parsed.checkHost('a.example.org'), undefined);
    assert.ok(new Date(parsed.validFrom) < new Date() && new Date(parsed.validTo) > new Date());
  });
});
