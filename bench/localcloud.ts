// How fast the local cloud is, and what it costs at the size of a large account: `node --import=tsx bench/localcloud.ts`.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { fileURLToPath } from 'node:url';
import {
  CreateServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import {
  AutoScalingClient,
  SetDesiredCapacityCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { startCloud, type Cloud } from '../src/localcloud/cloud.ts';
import { signed, type Unsigned } from '../test/localcloud/support/sign.ts';
import { sdkConfig } from '../test/localcloud/cloud-kit.ts';
import { median } from './statistics.ts';

const INSTANCES = 500;
const SERVICES = 1_000;
const TASKS_PER_SERVICE = 10;
const TICK_MILLISECONDS = 10_000;
/** Milliseconds of CPU for all services in one tick. */
const TICK_TARGET = 50;

const SERVER = fileURLToPath(new URL('../src/localcloud/server.ts', import.meta.url));
const BARE = `require('node:http').createServer((q, s) => { q.resume().on('end', () => s.end('{}')); }).listen(0, '127.0.0.1', function () { console.log(JSON.stringify({ url: 'http://127.0.0.1:' + this.address().port })); })`;

const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MB`;
const print = (what: string, value: string): void => void process.stdout.write(`${what.padEnd(58)} ${value}\n`);

async function spawnServer(args: string[]): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, url: (JSON.parse(line.toString()) as { url: string }).url };
}

/** Calls a second over sixteen kept connections; one signature serves for all, so that the client costs little. */
async function callsPerSecond(url: string, call: Unsigned, seconds = 4): Promise<number> {
  const headers = await signed(url, call);
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const { hostname, port } = new URL(url);
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const options = { hostname, port, method: 'POST', path: '/', headers, agent };
      const request = httpRequest(options, (response) => void response.resume().once('end', resolve));
      request.once('error', reject).end(call.body);
    });
  await Promise.all(Array.from({ length: 200 }, one));
  const end = Date.now() + seconds * 1000;
  let count = 0;
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (; Date.now() < end; count += 1) await one();
    }),
  );
  agent.destroy();
  return count / seconds;
}

const ecs = (operation: string, body: unknown): Unsigned => ({
  service: 'ecs',
  headers: {
    'x-amz-target': `AmazonEC2ContainerServiceV20141113.${operation}`,
    'content-type': 'application/x-amz-json-1.1',
  },
  body: JSON.stringify(body),
});

async function measureCalls(): Promise<void> {
  const bare = await spawnServer(['-e', BARE]);
  const cloud = await spawnServer(['--import=tsx', SERVER, '--data-plane', 'off']);
  const client = new ECSClient(sdkConfig(cloud.url));
  await registerWeb(client);
  await client.send(
    new CreateServiceCommand({ cluster: 'crims', serviceName: 'web', taskDefinition: 'web', desiredCount: 2 }),
  );
  const calls = {
    'bare HTTP server of Node': await callsPerSecond(bare.url, ecs('DescribeServices', {})),
    DescribeServices: await callsPerSecond(cloud.url, ecs('DescribeServices', { cluster: 'crims', services: ['web'] })),
    'DescribeLoadBalancers (Query, XML)': await callsPerSecond(cloud.url, {
      service: 'elasticloadbalancing',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'Action=DescribeLoadBalancers&Version=2012-06-01',
    }),
    'UpdateService (changes state)': await callsPerSecond(
      cloud.url,
      ecs('UpdateService', { cluster: 'crims', service: 'web', desiredCount: 2 }),
    ),
  };
  const base = calls['bare HTTP server of Node'];
  for (const [name, rate] of Object.entries(calls))
    print(`calls/s: ${name}`, `${Math.round(rate)} (${(rate / base).toFixed(2)} of bare)`);
  for (const { child } of [bare, cloud]) child.kill();
}

const registerWeb = (client: ECSClient, tag = 'v1') =>
  client.send(
    new RegisterTaskDefinitionCommand({
      family: 'web',
      containerDefinitions: [{ name: 'web', image: `registry.example.com/web:${tag}`, cpu: 32, memory: 64 }],
    }),
  );

const inBatches = async (count: number, work: (i: number) => Promise<unknown>): Promise<void> => {
  for (let at = 0; at < count; at += 50)
    await Promise.all(Array.from({ length: Math.min(50, count - at) }, (_, i) => work(at + i)));
};

/** Milliseconds of CPU that each of so many ticks takes. */
async function ticks(advance: NonNullable<Cloud['advance']>, count: number): Promise<number[]> {
  const costs: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const before = process.cpuUsage();
    await advance(TICK_MILLISECONDS);
    const { user, system } = process.cpuUsage(before);
    costs.push((user + system) / 1000);
  }
  return costs;
}

async function measureSize(): Promise<void> {
  const before = process.memoryUsage().rss;
  const cloud = await startCloud({
    port: 0,
    ingressHttpPort: 0,
    ingressHttpsPort: 0,
    speed: 'stepped',
    dataPlane: false,
    seed: 1,
    log: () => undefined,
  });
  const { advance } = cloud;
  if (advance === undefined) throw new Error('the clock is not stepped');
  const config = sdkConfig(cloud.addresses.url);
  const client = new ECSClient(config);
  const groups = new AutoScalingClient(config);
  await groups.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: 'crims', MaxSize: INSTANCES }));
  await groups.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: 'crims', DesiredCapacity: INSTANCES }));
  await advance(600_000);
  await registerWeb(client);
  await inBatches(SERVICES, (i) =>
    client.send(
      new CreateServiceCommand({
        cluster: 'crims',
        serviceName: `s${i}`,
        taskDefinition: 'web',
        desiredCount: TASKS_PER_SERVICE,
      }),
    ),
  );
  const start = process.cpuUsage();
  await advance(120_000);
  const started = process.cpuUsage(start);
  const { services = [] } = await client.send(
    new DescribeServicesCommand({ cluster: 'crims', services: ['s0', `s${SERVICES - 1}`] }),
  );
  const size = `${INSTANCES} instances, ${SERVICES} services, ${SERVICES * TASKS_PER_SERVICE} tasks`;
  print(`size (running of the last service: ${services.at(-1)?.runningCount})`, size);
  print('CPU to start them all', `${Math.round((started.user + started.system) / 1000)} ms`);
  const steady = await ticks(advance, 20);
  print(
    'CPU of a tick, everything steady (median, max)',
    `${median(steady).toFixed(1)} ms, ${Math.max(...steady).toFixed(1)} ms; ${(median(steady) / TICK_TARGET).toFixed(2)} of ${TICK_TARGET} ms`,
  );
  await registerWeb(client, 'v2');
  await inBatches(100, (i) =>
    client.send(new UpdateServiceCommand({ cluster: 'crims', service: `s${i}`, taskDefinition: 'web:2' })),
  );
  const rolling = await ticks(advance, 6);
  print(
    'CPU of a tick, 100 services rolling (median, max)',
    `${median(rolling).toFixed(1)} ms, ${Math.max(...rolling).toFixed(1)} ms`,
  );
  global.gc?.();
  print('memory above an empty process', megabytes(process.memoryUsage().rss - before));
  await cloud.stop();
}

await measureCalls();
await measureSize();
process.exit(0);
