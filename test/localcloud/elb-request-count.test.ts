import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import { CloudWatchClient, GetMetricDataCommand, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateLoadBalancerCommand,
  DeleteLoadBalancerCommand,
  DescribeInstanceHealthCommand,
  ElasticLoadBalancingClient,
  RegisterInstancesWithLoadBalancerCommand,
} from '@aws-sdk/client-elastic-load-balancing';
import { startEdge, type Edge } from './support/edge.ts';
import { ask, until } from './support/http.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('localcloud AWS/ELB RequestCount', function () {
  this.timeout(60_000);
  let edge: Edge;
  let elb: ElasticLoadBalancingClient;
  let cloudwatch: CloudWatchClient;
  let nextPort = 13_000;

  const connectClients = (): void => {
    elb = new ElasticLoadBalancingClient(edge.sdk);
    cloudwatch = new CloudWatchClient(edge.sdk);
  };
  before(async () => {
    edge = await startEdge();
    connectClients();
  });
  after(() => edge.stop());

  const serve = (port: number): Promise<void> =>
    edge.listen(
      edge.machines.list()[0]!.instanceId,
      port,
      createServer((request, response) => response.writeHead(request.url === '/broken' ? 500 : 200).end()),
    );
  /** A balancer with one instance in service, or none. */
  const build = async (name: string, protocol: 'HTTP' | 'TCP', instances = 1): Promise<void> => {
    const port = (nextPort += 1);
    await serve(port);
    await elb.send(
      new CreateLoadBalancerCommand({
        LoadBalancerName: name,
        AvailabilityZones: ['eu-west-1a', 'eu-west-1b'],
        Listeners: [{ Protocol: protocol, LoadBalancerPort: 80, InstancePort: port }],
      }),
    );
    if (instances === 0) return;
    const Instances = [{ InstanceId: edge.machines.list()[0]!.instanceId }];
    await elb.send(new RegisterInstancesWithLoadBalancerCommand({ LoadBalancerName: name, Instances }));
    await until(
      () => elb.send(new DescribeInstanceHealthCommand({ LoadBalancerName: name })),
      ({ InstanceStates }) => InstanceStates![0]!.State === 'InService',
    );
  };
  const placeOf = (name: string): { host: string; port: number } => {
    const { address } = edge.elb.list().find(({ settings }) => settings.name === name)!.settings;
    return edge.engine.network.resolve(address, 80)!;
  };
  const request = async (name: string, path = '/'): Promise<number> => {
    const { host, port } = placeOf(name);
    return (await ask(port, { address: host, path })).status;
  };
  const connectOnce = async (name: string): Promise<void> => {
    const socket = connect(placeOf(name));
    await once(socket, 'connect');
    socket.end();
    await once(socket, 'close');
  };

  /** The last hour and, as a careful reader asks, the next. */
  const range = () => {
    const now = edge.engine.clock.now();
    return { StartTime: new Date(now - HOUR), EndTime: new Date(now + HOUR) };
  };
  const sums = async (name: string, Period = 60): Promise<number[]> => {
    const { Datapoints } = await cloudwatch.send(
      new GetMetricStatisticsCommand({
        Namespace: 'AWS/ELB',
        MetricName: 'RequestCount',
        Dimensions: [{ Name: 'LoadBalancerName', Value: name }],
        ...range(),
        Period,
        Statistics: ['Sum', 'Average'],
      }),
    );
    for (const { Average, Unit } of Datapoints!) assert.deepEqual([Average, Unit], [1, 'Count']);
    return Datapoints!.map(({ Sum }) => Sum!);
  };
  const total = (name: string) => async (): Promise<number> =>
    (await sums(name)).reduce((sum, count) => sum + count, 0);
  const counted = (name: string, count: number) => until(total(name), (sum) => sum >= count);
  const aMinuteLater = async (): Promise<void> => {
    const start = edge.engine.clock.now();
    await until(
      () => edge.engine.clock.now(),
      (now) => now - start >= MINUTE,
    );
  };

  it('counts what was routed, errors of the instances too, and tells it when the minute is over', async () => {
    await build('busy', 'HTTP');
    assert.deepEqual([await request('busy'), await request('busy'), await request('busy', '/broken')], [200, 200, 500]);
    await counted('busy', 3);
    await aMinuteLater();
    assert.equal(await request('busy'), 200);
    await counted('busy', 4);
    assert.equal(await total('busy')(), 4);
  });

  it('has no datapoint for a minute without requests, nor for one it could route nowhere', async () => {
    await build('unused', 'HTTP', 0);
    assert.equal(await request('unused'), 503);
    await build('quiet', 'HTTP');
    await request('quiet');
    await counted('quiet', 1);
    await aMinuteLater();
    assert.deepEqual(await sums('quiet'), [1]);
    assert.deepEqual(await sums('unused'), []);
  });

  it('counts the connections of TCP, not what is sent over them', async () => {
    await build('lines', 'TCP');
    for (let i = 0; i < 3; i += 1) await connectOnce('lines');
    await counted('lines', 3);
    assert.equal(await total('lines')(), 3);
  });

  it('answers both ways of asking with one long period that reaches into the future', async () => {
    await build('long', 'HTTP');
    await request('long');
    await request('long');
    await counted('long', 2);
    assert.deepEqual(await sums('long', 2 * 3600), [2]);
    const Metric = {
      Namespace: 'AWS/ELB',
      MetricName: 'RequestCount',
      Dimensions: [{ Name: 'LoadBalancerName', Value: 'long' }],
    };
    const MetricDataQueries = [{ Id: 'requests', MetricStat: { Metric, Period: 7200, Stat: 'Sum' } }];
    const { MetricDataResults } = await cloudwatch.send(new GetMetricDataCommand({ ...range(), MetricDataQueries }));
    assert.deepEqual(MetricDataResults![0]!.Values, [2]);
  });

  it('still tells what a balancer routed last when it is deleted, and when the cloud begins anew', async () => {
    await build('gone', 'HTTP');
    const { clock } = edge.engine;
    await until(clock.now, (now) => now % MINUTE < MINUTE / 2);
    clock.setSpeed(1);
    await request('gone');
    await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerName: 'gone' }));
    assert.equal(await total('gone')(), 0, 'the minute is not over yet');
    const saved = edge.save();
    await edge.stop();
    edge = await startEdge({ saved, speed: 500 });
    connectClients();
    await counted('gone', 1);
    assert.equal(await total('gone')(), 1);
  });
});
