/** Starts local clouds for tests, and speaks to them with the real SDK clients. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  CreateServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
  type CreateServiceCommandInput,
  type Service,
  type Task,
} from '@aws-sdk/client-ecs';
import {
  ConfigureHealthCheckCommand,
  CreateLoadBalancerCommand,
  ElasticLoadBalancingClient,
  ModifyLoadBalancerAttributesCommand,
} from '@aws-sdk/client-elastic-load-balancing';
import type { JournalEntry } from '../../src/localcloud/engine/contract.ts';
import { startCloud, type Cloud, type CloudOptions } from '../../src/localcloud/cloud.ts';

export const SPEED = 100;

export const sdkConfig = (url: string) => ({
  endpoint: url,
  region: 'eu-west-1',
  credentials: { accessKeyId: 'AKIAWONDERLANDLOCAL1', secretAccessKey: 'local-secret-key' },
  maxAttempts: 1,
});

export const startTestCloud = (options: Partial<CloudOptions> = {}): Promise<Cloud> =>
  startCloud({ port: 0, ingressHttpPort: 0, ingressHttpsPort: 0, speed: SPEED, log: () => {}, ...options });

const SERVER = fileURLToPath(new URL('../../src/localcloud/server.ts', import.meta.url));

export interface CloudProcess {
  url: string;
  process: ChildProcess;
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

/** The cloud as its own process, so that it can be killed. */
export const spawnCloud = async (args: readonly string[]): Promise<CloudProcess> => {
  const child = spawn(process.execPath, ['--import=tsx', SERVER, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const line = await new Promise<string>((resolve, reject) => {
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()));
    void exited.then(() => reject(new Error(`the cloud did not start: ${errors}`)));
  });
  const ready = JSON.parse(line) as { ready: boolean; url: string };
  assert.equal(ready.ready, true);
  return {
    url: ready.url,
    process: child,
    kill: (signal) => {
      child.kill(signal);
      return exited;
    },
  };
};

/** Asks again until there is an answer. */
export const eventually = async <T>(
  ask: () => Promise<T | undefined | false>,
  what: string,
  milliseconds = 10_000,
): Promise<T> => {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    assert.ok(Date.now() < deadline, `in vain waited for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

/** What the tests do with one cloud, at arm's length: by its URL. */
export const createKit = (url: string) => {
  const ecs = new ECSClient(sdkConfig(url));
  const elb = new ElasticLoadBalancingClient(sdkConfig(url));

  const admin = async (method: string, path: string, body?: unknown): Promise<any> => {
    const response = await fetch(`${url}/_wonderland/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    assert.equal(response.status, 200, JSON.stringify(answer));
    return answer;
  };
  const balancer = async (name: string, hostPort: number): Promise<string> => {
    const Listeners = [{ Protocol: 'HTTP', LoadBalancerPort: 80, InstanceProtocol: 'HTTP', InstancePort: hostPort }];
    const AvailabilityZones = ['eu-west-1a', 'eu-west-1b'];
    const { DNSName = '' } = await elb.send(
      new CreateLoadBalancerCommand({ LoadBalancerName: name, AvailabilityZones, Listeners }),
    );
    const HealthCheck = {
      Target: `HTTP:${hostPort}/health`,
      Interval: 10,
      Timeout: 5,
      HealthyThreshold: 2,
      UnhealthyThreshold: 2,
    };
    await elb.send(new ConfigureHealthCheckCommand({ LoadBalancerName: name, HealthCheck }));
    await elb.send(
      new ModifyLoadBalancerAttributesCommand({
        LoadBalancerName: name,
        LoadBalancerAttributes: {
          ConnectionDraining: { Enabled: true, Timeout: 180 },
          CrossZoneLoadBalancing: { Enabled: true },
        },
      }),
    );
    return DNSName;
  };
  const register = async (
    family: string,
    tag: string,
    hostPort: number,
    container: Record<string, unknown> = {},
  ): Promise<string> => {
    const { taskDefinition } = await ecs.send(
      new RegisterTaskDefinitionCommand({
        family,
        containerDefinitions: [
          {
            name: 'web',
            image: `registry.example.com/web:${tag}`,
            cpu: 32,
            memory: 64,
            portMappings: [{ containerPort: 80, hostPort }],
            ...container,
          },
        ],
      }),
    );
    return taskDefinition?.taskDefinitionArn ?? '';
  };
  const create = (name: string, taskDefinition: string, more: Partial<CreateServiceCommandInput> = {}) =>
    ecs.send(
      new CreateServiceCommand({
        cluster: 'crims',
        serviceName: name,
        taskDefinition,
        desiredCount: 2,
        ...more,
      }),
    );
  /** Behind a balancer of the same name. */
  const createBehind = (name: string, taskDefinition: string, more: Partial<CreateServiceCommandInput> = {}) =>
    create(name, taskDefinition, {
      healthCheckGracePeriodSeconds: 60,
      loadBalancers: [{ loadBalancerName: name, containerName: 'web', containerPort: 80 }],
      ...more,
    });
  const update = (service: string, more: Record<string, unknown>) =>
    ecs.send(new UpdateServiceCommand({ cluster: 'crims', service, ...more }));
  const describe = async (name: string): Promise<Service> => {
    const { services } = await ecs.send(new DescribeServicesCommand({ cluster: 'crims', services: [name] }));
    assert.ok(services?.[0] !== undefined, `no service ${name}`);
    return services[0];
  };
  /** Oldest first, without the `(service X)` in front. */
  const events = async (name: string): Promise<string[]> =>
    ((await describe(name)).events ?? [])
      .map(({ message = '' }) => message.replace(`(service ${name}) `, ''))
      .reverse();
  const tasks = async (name: string, desiredStatus: 'RUNNING' | 'STOPPED'): Promise<Task[]> => {
    const { taskArns = [] } = await ecs.send(
      new ListTasksCommand({ cluster: 'crims', serviceName: name, desiredStatus }),
    );
    if (taskArns.length === 0) return [];
    return (await ecs.send(new DescribeTasksCommand({ cluster: 'crims', tasks: taskArns }))).tasks ?? [];
  };
  const steady = (name: string, times = 1): Promise<Service> =>
    eventually(async () => {
      const service = await describe(name);
      const count = service.events?.filter(({ message }) => message?.endsWith('reached a steady state.')).length ?? 0;
      return count >= times && service;
    }, `${name} to be steady ${times} times`);
  const sawEvent = (name: string, text: string): Promise<true> =>
    eventually(async () => (await events(name)).some((event) => event.includes(text)), `event of ${name}: ${text}`);
  const journal = async (operation: string): Promise<JournalEntry[]> =>
    (await admin('GET', `journal?operation=${operation}`)).entries;

  return {
    url,
    ecs,
    elb,
    admin,
    balancer,
    register,
    create,
    createBehind,
    update,
    describe,
    events,
    tasks,
    steady,
    sawEvent,
    journal,
    /** Closes the clients' connections. */
    close: () => {
      ecs.destroy();
      elb.destroy();
    },
  };
};

export type Kit = ReturnType<typeof createKit>;
